#include "proxy/front/proxy_protocol.h"

#include <gtest/gtest.h>

namespace chainmend::proxy {
namespace {

using State = ProxyProtocolReader::State;

struct Read {
    State state;
    std::string source;  // "-" for none
    std::string rest;

    bool operator==(const Read&) const = default;
};

/// What becomes of `text`: the same at once and byte by byte, but for what lies behind the header.
Read read(std::string_view text) {
    ProxyProtocolReader whole;
    whole.receive(as_bytes(text));
    ProxyProtocolReader piecemeal;
    for (std::size_t i = 0; i < text.size() && piecemeal.state() == State::incomplete; ++i)
        piecemeal.receive(as_bytes(text.substr(i, 1)));
    EXPECT_EQ(whole.state(), piecemeal.state()) << text;
    EXPECT_EQ(whole.source(), piecemeal.source()) << text;
    EXPECT_EQ(whole.detail().empty(), whole.state() != State::failed);
    const auto rest = whole.take_rest();
    return {whole.state(), whole.source() ? whole.source()->text() : "-", std::string(as_text(rest))};
}

std::string binary(int version_and_command, int family, const std::string& addresses) {
    std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
    header += static_cast<char>(version_and_command);
    header += static_cast<char>(family);
    header += static_cast<char>(addresses.size() >> 8);
    header += static_cast<char>(addresses.size() & 0xff);
    return header + addresses;
}

const std::string v4_addresses("\xc0\x00\x02\x07\xc0\x00\x02\x08\x13\x88\x01\xbb", 12);

TEST(ProxyProtocol, ReadsTheLineOfVersion1) {
    EXPECT_EQ(read("PROXY TCP4 192.0.2.7 192.0.2.8 5000 443\r\nCONNECT"),
              (Read{State::complete, "192.0.2.7:5000", "CONNECT"}));
    EXPECT_EQ(read("PROXY TCP6 2001:db8::7 2001:db8::8 5000 443\r\n"),
              (Read{State::complete, "[2001:db8::7]:5000", ""}));
    EXPECT_EQ(read("PROXY UNKNOWN\r\nrest"), (Read{State::complete, "-", "rest"}));
    EXPECT_EQ(read("PROXY UNKNOWN ffff:f...f:ffff 1 2\r\n"), (Read{State::complete, "-", ""}));
}

TEST(ProxyProtocol, ReadsTheHeaderOfVersion2) {
    EXPECT_EQ(read(binary(0x21, 0x11, v4_addresses) + "CONNECT"),
              (Read{State::complete, "192.0.2.7:5000", "CONNECT"}));
    const std::string v6 = std::string("\x20\x01\x0d\xb8") + std::string(11, '\0') + "\x07" +
                           std::string("\x20\x01\x0d\xb8") + std::string(11, '\0') + "\x08" +
                           std::string("\x13\x88\x01\xbb", 4);
    EXPECT_EQ(read(binary(0x21, 0x21, v6)), (Read{State::complete, "[2001:db8::7]:5000", ""}));
    // Extensions behind the addresses are passed over.
    EXPECT_EQ(read(binary(0x21, 0x11, v4_addresses + std::string("\x04\x00\x01x", 4)) + "y"),
              (Read{State::complete, "192.0.2.7:5000", "y"}));
    // The balancer speaking for itself, and a Unix socket's peer.
    EXPECT_EQ(read(binary(0x20, 0x00, "")), (Read{State::complete, "-", ""}));
    EXPECT_EQ(read(binary(0x21, 0x31, std::string(216, 'x'))), (Read{State::complete, "-", ""}));
}

TEST(ProxyProtocol, WaitsForTheRest) {
    for (const std::string text : {"P", "PROXY ", "PROXY TCP4 192.0.2.7 192.0.2.8 5000 443\r", "\r\n\r\n"})
        EXPECT_EQ(read(text).state, State::incomplete) << text;
    EXPECT_EQ(read(binary(0x21, 0x11, v4_addresses).substr(0, 20)).state, State::incomplete);
}

TEST(ProxyProtocol, RefusesEverythingElse) {
    for (const std::string text :
         {"CONNECT leaf.test:443 HTTP/1.1\r\n", "PROXY TCP4 192.0.2.7 192.0.2.8 5000\r\n",
          "PROXY TCP4 192.0.2.7 192.0.2.8 5000 443 1\r\n", "PROXY TCP5 192.0.2.7 192.0.2.8 5000 443\r\n",
          "PROXY TCP4 2001:db8::7 192.0.2.8 5000 443\r\n", "PROXY TCP6 192.0.2.7 192.0.2.8 5000 443\r\n",
          "PROXY TCP4 192.0.2.7 192.0.2.8 05000 443\r\n", "PROXY TCP4 192.0.2.7 192.0.2.8 70000 443\r\n",
          "PROXY TCP4 0x7f.1 192.0.2.8 5000 443\r\n", "PROXY  TCP4 192.0.2.7 192.0.2.8 5000 443\r\n",
          "PROXY\r\n", "GET / HTTP/1.1\r\n"})
        EXPECT_EQ(read(text).state, State::failed) << text;
    EXPECT_EQ(read("PROXY UNKNOWN " + std::string(200, 'x')).state, State::failed);
    EXPECT_EQ(read(binary(0x11, 0x11, v4_addresses)).state, State::failed);
    EXPECT_EQ(read(binary(0x22, 0x11, v4_addresses)).state, State::failed);
    EXPECT_EQ(read(binary(0x21, 0x11, v4_addresses.substr(1))).state, State::failed);
    EXPECT_EQ(read(binary(0x21, 0x11, std::string(5000, 'x'))).state, State::failed);
}

}  // namespace
}  // namespace chainmend::proxy
