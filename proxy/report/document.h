#pragma once

#include <string>
#include <vector>

namespace chainmend::proxy {

/// A report for people that can be read on a terminal, in a ticket and in a browser. The texts in it may be
/// anything: rendering makes them harmless.
struct Document {
    enum class Kind {
        text,  ///< sentences
        list,  ///< points
        code,  ///< lines to be read or copied exactly so
        file,  ///< what a file holds: as code, and in plain text without indentation, so that it can be
               ///< copied
    };
    struct Block {
        Kind kind = Kind::text;
        std::vector<std::string> lines;
    };
    struct Section {
        std::string heading;
        std::vector<Block> blocks;

        Section& add(Kind kind, std::vector<std::string> lines);
    };

    std::string title;
    std::vector<Section> sections;

    Section& section(const std::string& heading);
};

/// Plain text with an indentation of two spaces below headings.
std::string document_text(const Document& document);
std::string document_markdown(const Document& document);
/// A whole page without scripts or anything from elsewhere.
std::string document_html(const Document& document);

/// The lines of `text`, without their ends.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace chainmend::proxy
