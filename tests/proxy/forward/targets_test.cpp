#include "tests/proxy/forward/exchange_fixture.h"

namespace chainmend::test {
namespace {

using Conversation = HttpOrigin::Conversation;

// What real clients write where a request in absolute form names its server.
class Targets : public ExchangeTest {};

TEST_F(Targets, MayBeIpv6Addresses) {
    const HttpOrigin origin([](Conversation& c) { c.answer_each(http_ok("hello")); }, "::1");
    EXPECT_TRUE(ask(get(origin.url("/", "[::1]"), "Connection: close\r\n")).ends_with("\r\n\r\nhello"));
    EXPECT_NE(origin.received().find("\r\nHost: [::1]:" + std::to_string(origin.port()) + "\r\n"),
              std::string::npos)
        << origin.received();
}

// aiohttp asks so for a WebSocket (RFC 6455 section 3); what it wants is the upgrade of an HTTP connection.
TEST_F(Targets, MayBeWebSocketUrls) {
    const HttpOrigin origin([](Conversation& c) {
        c.read_head();
        c.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        c.send("<" + c.read(4) + ">");
    });
    ProxyClient client(proxy->address());
    client.send(get("ws://leaf.test:" + std::to_string(origin.port()) + "/chat",
                    "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    EXPECT_TRUE(client.receive_head().starts_with("HTTP/1.1 101 "));
    client.send("ping");
    EXPECT_EQ(client.receive_all(), "<ping>");
    EXPECT_TRUE(origin.received().starts_with("GET /chat HTTP/1.1\r\n")) << origin.received();
}

TEST_F(Targets, OfSecureWebSocketsAreSpokenToWithTls) {
    const Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    const auto answer =
        ask(get("wss://leaf.test:" + std::to_string(origin.port()) + "/", "Connection: close\r\n"));
    EXPECT_TRUE(answer.ends_with("hello from the origin\n")) << answer;
}

TEST_F(Targets, OfOtherSchemesAreToldToBeUnsupported) {
    const auto answer = ask(get("ftp://alice:s3cret@leaf.test/a?b=http://x"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 chainmend bad_request: ftp:// is not supported: "))
        << answer;
    EXPECT_EQ(answer.find("s3cret"), std::string::npos) << answer;
    EXPECT_NE(ask(get("/a?b=ftp://x")).find("this is a proxy and no web server"), std::string::npos);
}

TEST_F(Targets, AtTheProxysOwnNameAreToldHowToAsk) {
    for (const char* request : {"CONNECT chainmend.internal:443 HTTP/1.1\r\nHost: x\r\n\r\n",
                                "CONNECT Chainmend.Internal:80 HTTP/1.1\r\nHost: x\r\n\r\n",
                                "GET https://chainmend.internal/d/1 HTTP/1.1\r\nHost: x\r\n\r\n"}) {
        const auto answer = ask(request);
        EXPECT_TRUE(
            answer.starts_with("HTTP/1.1 400 chainmend bad_request: chainmend.internal is this proxy itself, "
                               "which answers there without TLS: http://chainmend.internal/; "))
            << answer;
        EXPECT_NE(answer.find("\nAsk the proxy for http://chainmend.internal/..."), std::string::npos)
            << answer;
    }
}

// RFC 9110 section 9.3.2
TEST_F(Targets, AskedForByHeadAreRefusedWithoutABody) {
    for (const char* method : {"HEAD", "GET"}) {
        const auto answer =
            ask(std::string(method) + " http://leaf.test:1/ HTTP/1.1\r\nHost: leaf.test\r\n\r\n");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 chainmend connection_refused: ")) << answer;
        EXPECT_NE(answer.find("\r\nContent-Length: "), std::string::npos) << answer;
        EXPECT_EQ(answer.ends_with("\r\n\r\n"), *method == 'H') << answer;
    }
}

TEST_F(Targets, QuoteNoPasswordOfAUrl) {
    const auto answer = ask(get("http://alice:s3cret@leaf.test/"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
    EXPECT_NE(answer.find("***@leaf.test"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("s3cret"), std::string::npos) << answer;
    const auto connect = ask("CONNECT alice:s3cret@leaf.test HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(connect.find("s3cret"), std::string::npos) << connect;
    proxy->stop();
    EXPECT_EQ(proxy->log_text().find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
