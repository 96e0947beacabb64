#include "proxy/report/document.h"

#include "certs/printable.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

/// Of any length: what is to be shown has been cut where it had to be.
std::string harmless(const std::string& text) {
    return certs::printable(text, std::string::npos);
}

bool is_verbatim(Document::Kind kind) {
    return kind == Document::Kind::code || kind == Document::Kind::file;
}

/// What plain text has in front of each line.
const char* indentation(Document::Kind kind) {
    switch (kind) {
        case Document::Kind::list:
            return "    - ";
        case Document::Kind::file:
            return "";
        case Document::Kind::text:
        case Document::Kind::code:
            break;
    }
    return "    ";
}

/// What Markdown would take for markup, escaped.
std::string markdown(const std::string& text) {
    std::string out;
    for (const char c : harmless(text)) {
        if (std::string_view("\\`*_{}[]<>#|!~&").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::string html(const std::string& text) {
    return html_escaped(text);
}

}  // namespace

Document::Section& Document::Section::add(Kind kind, std::vector<std::string> lines) {
    if (!lines.empty()) blocks.push_back({kind, std::move(lines)});
    return *this;
}

Document::Section& Document::section(const std::string& heading) {
    return sections.emplace_back(Section{heading, {}});
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::string document_text(const Document& document) {
    std::string out = harmless(document.title) + "\n";
    for (const auto& section : document.sections) {
        if (section.blocks.empty()) continue;
        out += "\n  " + harmless(section.heading) + "\n";
        for (const auto& block : section.blocks) {
            for (const auto& line : block.lines) {
                std::string shown = indentation(block.kind) + harmless(line);
                shown.erase(shown.find_last_not_of(' ') + 1);
                out += shown + "\n";
            }
        }
    }
    return out;
}

std::string document_markdown(const Document& document) {
    std::string out = "# " + markdown(document.title) + "\n";
    for (const auto& section : document.sections) {
        if (section.blocks.empty()) continue;
        out += "\n## " + markdown(section.heading) + "\n";
        for (const auto& block : section.blocks) {
            out += "\n";
            if (is_verbatim(block.kind)) out += "```text\n";
            for (const auto& line : block.lines) {
                switch (block.kind) {
                    case Document::Kind::text:
                        out += markdown(line) + "\n";
                        break;
                    case Document::Kind::list:
                        out += "- " + markdown(line) + "\n";
                        break;
                    case Document::Kind::code:
                    case Document::Kind::file:
                        // A line of back-quotes would end the block.
                        out += (line.find("```") == std::string::npos ? harmless(line) : "?") + "\n";
                        break;
                }
            }
            if (is_verbatim(block.kind)) out += "```\n";
        }
    }
    return out;
}

std::string document_html(const Document& document) {
    std::string out =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + html(document.title) +
        "</title><style>body{font:16px/1.5 sans-serif;max-width:64em;margin:2em auto;padding:0 1em}"
        "pre{background:#f4f4f4;padding:1em;overflow:auto}</style></head>\n<body><h1>" +
        html(document.title) + "</h1>\n";
    for (const auto& section : document.sections) {
        if (section.blocks.empty()) continue;
        out += "<h2>" + html(section.heading) + "</h2>\n";
        for (const auto& block : section.blocks) {
            const bool code = is_verbatim(block.kind);
            const bool list = block.kind == Document::Kind::list;
            out += code ? "<pre>" : list ? "<ul>\n" : "";
            for (const auto& line : block.lines)
                out += code   ? html(line) + "\n"
                       : list ? "<li>" + html(line) + "</li>\n"
                              : "<p>" + html(line) + "</p>\n";
            out += code ? "</pre>\n" : list ? "</ul>\n" : "";
        }
    }
    return out + "</body></html>\n";
}

}  // namespace chainmend::proxy
