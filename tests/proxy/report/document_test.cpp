#include "proxy/report/document.h"

#include <gtest/gtest.h>

#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

// A terminal takes U+009B for the begin of a command; U+2028 ends a line for some and U+202E turns it.
const std::string hostile =
    "a\xc2\x9b"
    "31m\xe2\x80\xa8"
    "b\xe2\x80\xae"
    "c\x1b[m\xff d\xc3\xa9";
const std::string harmless = "a\\u{9b}31m\\u{2028}b\\u{202e}c\\x1b[m\\xff d\xc3\xa9";

Document document_of(const std::string& text) {
    Document document;
    document.title = text;
    auto& section = document.section(text);
    for (const auto kind :
         {Document::Kind::text, Document::Kind::list, Document::Kind::code, Document::Kind::file})
        section.add(kind, {text});
    return document;
}

TEST(Documents, ShowNoCharacterThatActs) {
    const auto text = document_text(document_of(hostile));
    EXPECT_EQ(text, harmless + "\n\n  " + harmless + "\n    " + harmless + "\n    - " + harmless + "\n    " +
                        harmless + "\n" + harmless + "\n");
    for (const auto& rendered :
         {document_markdown(document_of(hostile)), document_html(document_of(hostile))}) {
        for (const char* part : {"\xc2\x9b", "\xe2\x80", "\x1b", "\xff"})
            EXPECT_EQ(rendered.find(part), std::string::npos) << rendered;
        EXPECT_NE(rendered.find("d\xc3\xa9"), std::string::npos) << rendered;
    }
}

TEST(Documents, AreEscapedForHtmlByTheSameRule) {
    EXPECT_EQ(html_escaped(hostile + "<&>"), harmless + "&lt;&amp;&gt;");
}

}  // namespace
}  // namespace chainmend::proxy
