#include "proxy/fetch/url.h"

#include <gtest/gtest.h>

namespace chainmend::proxy {
namespace {

TEST(Url, ReadsWhatCertificatesReallyHold) {
    struct Case {
        const char* text;
        const char* host;
        int port;
        const char* path;
    };
    for (const Case& c :
         {Case{"http://r13.i.lencr.org/", "r13.i.lencr.org", 80, "/"},
          Case{"HTTP://CACerts.DigiCert.com/A%20b.crt", "cacerts.digicert.com", 80, "/A%20b.crt"},
          Case{"http://a.test", "a.test", 80, "/"}, Case{"http://a.test.", "a.test", 80, "/"},
          Case{"http://a.test?x=1", "a.test", 80, "/?x=1"},
          Case{"http://a.test:8080/x?y#fragment", "a.test", 8080, "/x?y"},
          Case{"http://a.test:/x", "a.test", 80, "/x"},
          Case{"http://127.0.0.1:1234/x", "127.0.0.1", 1234, "/x"},
          Case{"http://[::1]:1234/x", "::1", 1234, "/x"},
          Case{"http://[2001:DB8::1]/", "2001:db8::1", 80, "/"}, Case{"http://0x7f.1/", "0x7f.1", 80, "/"}}) {
        const auto url = parse_url(c.text);
        ASSERT_TRUE(url) << c.text << url.error().message;
        EXPECT_EQ(url->host, c.host) << c.text;
        EXPECT_EQ(url->port, c.port) << c.text;
        EXPECT_EQ(url->path, c.path) << c.text;
        const auto again = parse_url(url->text());
        ASSERT_TRUE(again) << url->text();
        EXPECT_EQ(*again, *url);
    }
    EXPECT_EQ(parse_url("http://[::1]:81/")->host_header(), "[::1]:81");
    EXPECT_EQ(parse_url("http://a.test:80/")->host_header(), "a.test");
}

TEST(Url, OtherSchemesAreBlockedByName) {
    for (const char* text :
         {"https://a.test/", "ldap://a.test/cn=x y?cACertificate", "ldap:///CN=x", "file:///etc/passwd",
          "ftp://a.test/", "gopher://a.test/", "javascript:alert(1)", "data:,x"}) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().code, ErrorCode::blocked) << text;
        EXPECT_EQ(url.error().message, "not followed (http only)");
    }
}

TEST(Url, RefusesHostileText) {
    const std::string cases[] = {"",
                                 "a.test",
                                 "//a.test/",
                                 "http:",
                                 "http:/a.test/",
                                 "http://",
                                 "http:///x",
                                 "http://:80/",
                                 "http://user@a.test/",
                                 "http://user:password@a.test/",
                                 "http://a.test@b.test/",
                                 "http://a.test/x\r\nHost: b.test",
                                 "http://a.test/\tx",
                                 "http://a.test/x y",
                                 "http://a.test\\@b.test/",
                                 "http://a.test/\xc3\xa4",
                                 "http://\xc3\xa4.test/",
                                 std::string("http://a.test/\0x", 16),
                                 "http://a.test:0/",
                                 "http://a.test:65536/",
                                 "http://a.test:+80/",
                                 "http://a.test:80x/",
                                 "http://a.test:080000/",
                                 "http://a..test/",
                                 "http://.test/",
                                 "http://[::1/",
                                 "http://::1/",
                                 "http://[]/",
                                 "http://[fe80::1%25lo]/",
                                 "http://[127.0.0.1]/",
                                 "http://[::1]x/",
                                 "http://a[::1]/",
                                 "http://a%2etest/",
                                 "http://*/",
                                 "http://a.test/" + std::string(2048, 'x'),
                                 "http://" + std::string(64, 'a') + ".test/",
                                 "\x01http://a.test/"};
    for (const std::string& text : cases) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().code, ErrorCode::malformed) << text;
        for (const char c : url.error().message)
            EXPECT_TRUE(c >= 0x20 && c < 0x7f) << text;
    }
}

TEST(Url, ResolvesRedirects) {
    const Url base = *parse_url("http://a.test:8080/one/two?x");
    struct Case {
        const char* location;
        const char* target;
    };
    for (const Case& c :
         {Case{"http://b.test/y", "http://b.test/y"}, Case{"//b.test:81/y", "http://b.test:81/y"},
          Case{"/y", "http://a.test:8080/y"}, Case{"y?z#f", "http://a.test:8080/one/y?z"},
          Case{"?z", "http://a.test:8080/one/two?z"}, Case{"../y", "http://a.test:8080/y"},
          Case{"../../../y", "http://a.test:8080/y"}, Case{"./", "http://a.test:8080/one/"},
          Case{"..", "http://a.test:8080/"}, Case{"", "http://a.test:8080/one/two?x"}}) {
        const auto target = resolve_url(base, c.location);
        ASSERT_TRUE(target) << c.location << target.error().message;
        EXPECT_EQ(target->text(), c.target) << c.location;
    }
    EXPECT_EQ(resolve_url(base, "https://b.test/").error().code, ErrorCode::blocked);
    EXPECT_EQ(resolve_url(base, "file:///etc/passwd").error().code, ErrorCode::blocked);
    EXPECT_FALSE(resolve_url(base, "/x y"));
    EXPECT_FALSE(resolve_url(base, "/x\r\nY: z"));
    EXPECT_FALSE(resolve_url(base, "//user@b.test/"));
}

TEST(Url, RefusesOneThatItWouldWriteLongerThanItReads) {
    const std::string longest(2048 - std::string("http://a.test/").size(), 'x');
    const auto whole = parse_url("http://a.test/" + longest);
    ASSERT_TRUE(whole);
    EXPECT_TRUE(resolve_url(*whole, "/" + longest));
    EXPECT_FALSE(resolve_url(*whole, "/x" + longest));
    EXPECT_TRUE(parse_url("http://a.test?" + longest.substr(1)));
    EXPECT_FALSE(parse_url("http://a.test?" + longest));
}

TEST(Url, IsHttpsWhereAPersonAskedForIt) {
    const auto url = parse_url("HTTPS://Lists.test/a.pem", Schemes::http_and_https);
    ASSERT_TRUE(url) << url.error().message;
    EXPECT_TRUE(url->secure);
    EXPECT_EQ(url->port, 443);
    EXPECT_EQ(url->text(), "https://lists.test/a.pem");
    EXPECT_EQ(url->host_header(), "lists.test");
    EXPECT_EQ(resolve_url(*url, "b.pem", Schemes::http_and_https)->text(), "https://lists.test/b.pem");
    EXPECT_EQ(resolve_url(*url, "//b.test:81/", Schemes::http_and_https)->text(), "https://b.test:81/");
    EXPECT_FALSE(resolve_url(*url, "http://b.test/", Schemes::http_and_https)->secure);
    EXPECT_EQ(parse_url("https://a.test:80/", Schemes::http_and_https)->text(), "https://a.test:80/");
    EXPECT_EQ(parse_url("ftp://a.test/", Schemes::http_and_https).error().message,
              "not followed (http and https only)");
}

}  // namespace
}  // namespace chainmend::proxy
