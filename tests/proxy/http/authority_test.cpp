#include "proxy/http/authority.h"

#include <gtest/gtest.h>

namespace chainmend::proxy {
namespace {

TEST(Authority, TakesNamesAndAddressesWithTheirPort) {
    struct Case {
        const char* text;
        const char* host;
        int port;
        const char* canonical;
    };
    for (const Case& c :
         {Case{"example.com:443", "example.com", 443, "example.com:443"},
          Case{"EXAMPLE.com:8443", "example.com", 8443, "example.com:8443"},
          Case{"localhost:1", "localhost", 1, "localhost:1"},
          Case{"127.0.0.1:65535", "127.0.0.1", 65535, "127.0.0.1:65535"},
          Case{"[::1]:443", "::1", 443, "[::1]:443"},
          Case{"[2001:DB8::1]:443", "2001:db8::1", 443, "[2001:db8::1]:443"},
          Case{"xn--bcher-kva.example:443", "xn--bcher-kva.example", 443, "xn--bcher-kva.example:443"},
          Case{"under_score.example:443", "under_score.example", 443, "under_score.example:443"}}) {
        const auto authority = parse_authority(c.text);
        ASSERT_TRUE(authority) << c.text << ": " << authority.error().message;
        EXPECT_EQ(authority->host.text(), c.host);
        EXPECT_EQ(authority->port, c.port);
        EXPECT_EQ(authority->text(), c.canonical);
    }
}

TEST(Authority, RefusesEveryOtherForm) {
    const std::string cases[] = {
        "",
        ":",
        ":443",
        "example.com",
        "example.com:",
        "example.com:0",
        "example.com:65536",
        "example.com:65979",
        "example.com:-1",
        "example.com:+443",
        "example.com:443x",
        "example.com: 443",
        "example.com:0x1bb",
        "example.com:000443",
        "example.com:443/",
        "example.com:443/path",
        "example.com:443?",
        "example.com:443#",
        "user@example.com:443",
        "user:password@example.com:443",
        "http://example.com:443",
        "http://example.com/",
        "https://example.com:443/",
        "/",
        "*",
        "//example.com:443",
        "example.com:443:443",
        "::1:443",
        "[::1]",
        "[::1]443",
        "[]:443",
        "[:443",
        "]:443",
        "[::1:443",
        "[fe80::1%eth0]:443",
        "[fe80::1%25eth0]:443",
        "fe80::1%eth0:443",
        "[127.0.0.1]:443",
        "[example.com]:443",
        "[v1.x]:443",
        "0x7f.0.0.1:443",
        "0177.0.0.1:443",
        "127.1:443",
        "2130706433:443",
        "0x7f000001:443",
        "1.2.3.4.5:443",
        "256.1.1.1:443",
        "example.0x1:443",
        "foo.1:443",
        "1.2.3.4.:443",
        "exa mple.com:443",
        "example\tcom:443",
        "example..com:443",
        ".example.com:443",
        "-example-.com/:443",
        "ex%61mple.com:443",
        "example.com\r\n:443",
        "ex\xc3\xa4mple.com:443",
        "*.example.com:443",
        "example.com\\:443",
        std::string("example.com\0:443", 16),
        std::string("exam\0ple.com:443", 16),
        std::string(10'000, 'a') + ":443",
        std::string(64, 'a') + ".com:443",
        "example.com:443 ",
        " example.com:443",
    };
    for (const std::string& text : cases) {
        const auto authority = parse_authority(text);
        ASSERT_FALSE(authority) << text;
        EXPECT_EQ(authority.error().code, ErrorCode::malformed);
        for (const char c : authority.error().message)
            EXPECT_TRUE(c >= 0x20 && c < 0x7f) << text;
        EXPECT_LT(authority.error().message.size(), 200u);
    }
}

}  // namespace
}  // namespace chainmend::proxy
