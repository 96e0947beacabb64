#include "proxy/http/request_parser.h"

#include <gtest/gtest.h>

namespace chainmend::proxy {
namespace {

using State = RequestParser::State;

/// What becomes of `text`, the same whether it comes at once or byte by byte.
struct Parsed {
    State state;
    RequestHead head;
    RequestParser::Refusal refusal;
    std::string rest;
};

Parsed parse(std::string_view text) {
    RequestParser whole;
    whole.receive(as_bytes(text));
    const Bytes rest = whole.take_rest();

    RequestParser piecemeal;
    std::size_t taken = 0;
    while (taken < text.size() && piecemeal.receive(as_bytes(text.substr(taken, 1))) == State::incomplete)
        ++taken;
    EXPECT_EQ(piecemeal.state(), whole.state());
    EXPECT_EQ(piecemeal.refusal().reason, whole.refusal().reason);
    EXPECT_EQ(piecemeal.head().target, whole.head().target);
    EXPECT_EQ(piecemeal.head().headers.size(), whole.head().headers.size());
    return {whole.state(), whole.head(), whole.refusal(), std::string(as_text(rest))};
}

TEST(RequestParser, ReadsAConnectAndKeepsTheBytesBehindIt) {
    const Parsed parsed = parse(
        "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nUser-Agent:  curl/8 "
        "\r\n\r\n\x16\x03\x01rest\r\n\r\n");
    ASSERT_EQ(parsed.state, State::complete) << parsed.refusal.reason;
    EXPECT_TRUE(parsed.head.is_connect());
    EXPECT_EQ(parsed.head.target, "example.com:443");
    EXPECT_EQ(parsed.head.minor_version, 1);
    ASSERT_TRUE(parsed.head.header("user-agent"));
    EXPECT_EQ(*parsed.head.header("user-agent"), "curl/8");
    EXPECT_EQ(parsed.head.header("cookie"), nullptr);
    EXPECT_EQ(parsed.rest, "\x16\x03\x01rest\r\n\r\n");
}

TEST(RequestParser, ReadsOtherRequestsWithoutTheirBodies) {
    const Parsed parsed =
        parse("POST http://a.test/x?y HTTP/1.0\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\n\r\n");
    ASSERT_EQ(parsed.state, State::complete) << parsed.refusal.reason;
    EXPECT_EQ(parsed.head.method, "POST");
    EXPECT_EQ(parsed.head.target, "http://a.test/x?y");
    EXPECT_EQ(parsed.head.minor_version, 0);
    EXPECT_EQ(parsed.rest, "bodyGET / HTTP/1.1\r\n\r\n");
}

TEST(RequestParser, WaitsForTheEndOfTheHead) {
    RequestParser parser;
    EXPECT_EQ(parser.head_size(), 0u);
    EXPECT_EQ(parser.receive(as_bytes("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n")), State::incomplete);
    EXPECT_GT(parser.head_size(), 0u);
}

TEST(RequestParser, TakesAnEmptyHeaderValueForWhatItIs) {
    const Parsed parsed = parse("CONNECT a:1 HTTP/1.1\r\nHost:\r\nX-Empty: \r\nX-More: 1\r\n\r\n");
    ASSERT_EQ(parsed.state, State::complete) << parsed.refusal.reason;
    ASSERT_EQ(parsed.head.headers.size(), 3u);
    EXPECT_EQ(*parsed.head.header("x-empty"), "");
    EXPECT_EQ(*parsed.head.header("x-more"), "1");
}

TEST(RequestParser, RefusesWhatTwoParsersCouldReadDifferently) {
    const std::string connect = "CONNECT a.test:443 HTTP/1.1\r\n";
    const std::string post = "POST / HTTP/1.1\r\n";
    const std::string cases[] = {
        connect + "Host: a\r\nHost: b\r\n\r\n",
        connect + "Host : a\r\n\r\n",
        connect + "Host\t: a\r\n\r\n",
        connect + " Host: a\r\n\r\n",
        connect + "Host: a\r\n folded\r\n\r\n",
        connect + "Host: a\r\n\tfolded\r\n\r\n",
        connect + "Host: a\nX: b\r\n\r\n",
        connect + "Host: a\rX: b\r\n\r\n",
        connect + std::string("Host: a\0b\r\n\r\n", 13),
        connect +
            "Host: a\x01"
            "b\r\n\r\n",
        connect + "Host: a\x7f\r\n\r\n",
        connect + "Ho\xc3\xbft: a\r\n\r\n",
        connect + "Host\r\n\r\n",
        connect + ": a\r\n\r\n",
        connect + "Content-Length: 5\r\n\r\n",
        connect + "Transfer-Encoding: chunked\r\n\r\n",
        connect + "Host: a\r\n\r\r\n",
        post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\n",
        post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        post + "Content-Length: +4\r\n\r\n",
        post + "Content-Length: 4 4\r\n\r\n",
        post + "Content-Length: 99999999999999999999999\r\n\r\n",
        post + "Transfer-Encoding: chunked, identity\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        post + "Transfer-Encoding: xchunked\r\n\r\n",
        "CONNECT a.test:443\r\n\r\n",
        "CONNECT  a.test:443 HTTP/1.1\r\n\r\n",
        "CONNECT a.test:443 HTTP/1.1 \r\n\r\n",
        "CONNECT a.test:443 FTP/1.1\r\n\r\n",
        "CONNECT a.test :443 HTTP/1.1\r\n\r\n",
        "CONNECT a.test\x01:443 HTTP/1.1\r\n\r\n",
        "CONNECT a.test:443 HTTP/1.1\n\r\n",
        "connect a.test:443 HTTP/1.1\r\n\r\n",
        "NOSUCH a.test:443 HTTP/1.1\r\n\r\n",
        "N(SUCH http://a.test/ HTTP/1.1\r\n\r\n",
        std::string(33, 'X') + " http://a.test/ HTTP/1.1\r\n\r\n",
        "\r\n\r\nGET http://a.test/ HTTP/1.1\r\n\r\n",
        "\rGET http://a.test/ HTTP/1.1\r\n\r\n",
        "GET\t/ HTTP/1.1\r\n\r\n",
        "\r\n\r\n",
        " CONNECT a.test:443 HTTP/1.1\r\n\r\n",
    };
    for (const std::string& text : cases) {
        const Parsed parsed = parse(text);
        EXPECT_EQ(parsed.state, State::failed) << text;
        EXPECT_EQ(parsed.refusal.status, 400) << text << parsed.refusal.reason;
        EXPECT_FALSE(parsed.refusal.reason.empty());
        EXPECT_EQ(parsed.rest, "");
    }
}

TEST(RequestParser, TakesMethodsThatItDoesNotKnow) {
    for (const std::string method : {"QUERY", "FOO", "get", "M-SEARCH", "X~1"}) {
        const Parsed parsed =
            parse(method + " http://a.test/x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc");
        ASSERT_EQ(parsed.state, State::complete) << method << parsed.refusal.reason;
        EXPECT_EQ(parsed.head.method, method);
        EXPECT_EQ(parsed.head.target, "http://a.test/x");
        EXPECT_EQ(parsed.rest, "abc");
    }
}

TEST(RequestParser, PassesOverAnEmptyLineInFront) {
    RequestParser parser;
    EXPECT_EQ(parser.receive(as_bytes("\r")), State::incomplete);
    EXPECT_EQ(parser.receive(as_bytes("\n")), State::incomplete);
    EXPECT_EQ(parser.head_size(), 0u);
    EXPECT_EQ(parser.receive(as_bytes("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n")),
              State::complete);
    EXPECT_EQ(parser.head().method, "GET");
}

TEST(RequestParser, RefusesOtherVersionsAs505) {
    for (const char* version : {"HTTP/2.0", "HTTP/0.9", "HTTP/9.9"}) {
        const Parsed parsed = parse(std::string("CONNECT a.test:443 ") + version + "\r\n\r\n");
        EXPECT_EQ(parsed.state, State::failed);
        EXPECT_EQ(parsed.refusal.status, 505) << version << parsed.refusal.reason;
    }
}

TEST(RequestParser, RefusesTheHttp2PrefaceAs400) {
    EXPECT_EQ(parse("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").refusal.status, 400);
}

TEST(RequestParser, TellsWhoeverSpeaksTlsAtOnceThatThisIsAProxy) {
    RequestParser parser;
    EXPECT_EQ(parser.receive(as_bytes(std::string_view("\x16\x03\x01\x02\x00\x01", 6))), State::failed);
    EXPECT_NE(parser.refusal().reason.find("TLS"), std::string::npos);
    EXPECT_NE(parser.refusal().reason.find("http://"), std::string::npos);
}

TEST(RequestParser, BoundsTheHeadAt16KiB) {
    RequestParser parser;
    parser.receive(as_bytes("CONNECT a.test:443 HTTP/1.1\r\nX: "));
    const std::string piece(1024, 'x');
    int pieces = 0;
    while (parser.receive(as_bytes(piece)) == State::incomplete)
        ASSERT_LT(++pieces, 17);
    EXPECT_EQ(parser.refusal().status, 431);
    const Parsed largest = parse("GET /" + std::string(16 * 1024 - 5 - 13, 'x') + " HTTP/1.1\r\n\r\n");
    EXPECT_EQ(largest.state, State::complete) << largest.refusal.reason;
    EXPECT_EQ(parse("GET /" + std::string(16 * 1024 - 5 - 12, 'x') + " HTTP/1.1\r\n\r\n").refusal.status,
              431);
}

TEST(RequestParser, BoundsTheNumberOfHeaders) {
    const auto with = [](int count) {
        std::string text = "CONNECT a.test:443 HTTP/1.1\r\n";
        for (int number = 0; number < count; ++number)
            text += "A: b\r\n";
        return parse(text + "\r\n");
    };
    EXPECT_EQ(with(100).state, State::complete);
    EXPECT_EQ(with(101).refusal.status, 431);
}

TEST(RequestParser, TakesNothingAfterItsEnd) {
    RequestParser parser;
    parser.receive(as_bytes("CONNECT a.test:443 HTTP/1.1\r\n\r\n"));
    ASSERT_EQ(parser.state(), State::complete);
    EXPECT_EQ(parser.receive(as_bytes("\x01garbage")), State::complete);
    EXPECT_TRUE(parser.take_rest().empty());
}

}  // namespace
}  // namespace chainmend::proxy
