#include "proxy/io/ip_address.h"

#include <gtest/gtest.h>

#include "proxy/io/cidr.h"
#include "proxy/io/native_address.h"

namespace chainmend::proxy {
namespace {

TEST(IpAddress, ReadsDottedQuadsAndRfc4291TextOnly) {
    for (const char* good : {"0.0.0.0", "192.0.2.1", "::", "::1", "2001:db8::1", "::ffff:10.0.0.1"}) {
        ASSERT_TRUE(IpAddress::parse(good)) << good;
        EXPECT_EQ(IpAddress::parse(good)->text(), good);
    }
    for (const char* bad :
         {"", "1", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "256.0.0.1", "1.2.3.4.5", "1.2.3.4 ",
          "[::1]", "fe80::1%lo", "::1::", "12345::", "localhost", "1.2.3.4\n"}) {
        EXPECT_FALSE(IpAddress::parse(bad)) << bad;
    }
    EXPECT_FALSE(IpAddress::parse(std::string_view("127.0.0.1\0x", 11)));
}

TEST(IpAddress, SeesThroughTheIpv4MappedForm) {
    EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1")->unmapped(), *IpAddress::parse("10.0.0.1"));
    EXPECT_TRUE(IpAddress::parse("::ffff:127.9.9.9")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("::ffff:0.0.0.0")->is_unspecified());
    EXPECT_FALSE(IpAddress::parse("128.0.0.1")->is_loopback());
}

TEST(SocketAddress, ReadsAndWritesBothFamilies) {
    for (const char* good : {"127.0.0.1:80", "[::1]:8080", "0.0.0.0:0", "[2001:db8::1]:65535"}) {
        ASSERT_TRUE(SocketAddress::parse(good)) << good;
        EXPECT_EQ(SocketAddress::parse(good)->text(), good);
        EXPECT_EQ(SocketAddress::from_sockaddr(NativeAddress(*SocketAddress::parse(good)).get()),
                  SocketAddress::parse(good));
    }
    for (const char* bad :
         {"", "127.0.0.1", "127.0.0.1:", ":80", "::1:80", "[127.0.0.1]:80", "127.0.0.1:65536", "127.0.0.1:-1",
          "127.0.0.1:8x", "127.0.0.1:+8", "localhost:80", "[fe80::1%lo]:80"}) {
        EXPECT_FALSE(SocketAddress::parse(bad)) << bad;
    }
}

TEST(Cidr, ContainsExactlyItsBlock) {
    struct Case {
        const char* block;
        const char* inside;
        const char* outside;
    };
    for (const Case& c :
         {Case{"10.0.0.0/8", "10.255.255.255", "11.0.0.0"}, Case{"192.0.2.1", "192.0.2.1", "192.0.2.2"},
          Case{"172.16.0.0/12", "172.31.0.1", "172.32.0.0"}, Case{"0.0.0.0/0", "8.8.8.8", "::1"},
          Case{"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"}, Case{"::/0", "fe80::1", "1.1.1.1"},
          Case{"10.0.0.0/8", "::ffff:10.0.0.1", "::10.0.0.1"},
          Case{"::ffff:127.0.0.0/104", "127.0.0.1", "128.0.0.0"},
          Case{"::ffff:127.0.0.1", "::ffff:127.0.0.1", "127.0.0.2"},
          Case{"::ffff:0:0/96", "8.8.8.8", "::8.8.8.8"}, Case{"::/80", "::1", "8.8.8.8"}}) {
        const auto block = Cidr::parse(c.block);
        ASSERT_TRUE(block) << c.block;
        EXPECT_TRUE(block->contains(*IpAddress::parse(c.inside))) << c.block << " " << c.inside;
        EXPECT_FALSE(block->contains(*IpAddress::parse(c.outside))) << c.block << " " << c.outside;
    }
}

TEST(Cidr, RefusesSlips) {
    for (const char* bad : {"", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129",
                            "2001:db8::1/64", "ten/8", "10.0.0.0/8/8", "10.0.0.0/0x8"}) {
        const auto block = Cidr::parse(bad);
        ASSERT_FALSE(block) << bad;
        EXPECT_EQ(block.error().code, ErrorCode::configuration);
    }
}

TEST(CidrPort, TakesAPortBehindEitherFamily) {
    struct Case {
        const char* text;
        const char* canonical;
        std::optional<int> port;
    };
    for (const Case& c :
         {Case{"10.0.0.0/8", "10.0.0.0/8", {}}, Case{"10.0.0.0/8:8080", "10.0.0.0/8:8080", 8080},
          Case{"10.1.1.1:443", "10.1.1.1/32:443", 443}, Case{"fd00::/8", "fd00::/8", {}},
          Case{"[fd00::/8]:81", "[fd00::/8]:81", 81}, Case{"[::1]", "::1/128", {}},
          Case{"[::ffff:10.0.0.0/104]:81", "10.0.0.0/8:81", 81}}) {
        const auto entry = CidrPort::parse(c.text);
        ASSERT_TRUE(entry) << c.text;
        EXPECT_EQ(entry->text(), c.canonical);
        EXPECT_EQ(entry->port.has_value(), c.port.has_value());
    }
    for (const char* bad : {"10.0.0.0/8:0", "10.0.0.0/8:65536", "10.0.0.0/8:", "10.0.0.0/8:x", "[fd00::/8",
                            "[fd00::/8]81", "x:1"}) {
        EXPECT_FALSE(CidrPort::parse(bad)) << bad;
    }
}

}  // namespace
}  // namespace chainmend::proxy
