#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {
namespace {

// What clients send before there is a tunnel.
class Requests : public ProxyTest {
  protected:
    /// Sends `request` and returns the answer's head; every answer but 200 closes the connection.
    std::string answer_to(const std::string& request) {
        if (!proxy) start();
        ProxyClient client(proxy->address());
        client.send(request);
        const auto head = client.receive_head();
        client.receive_all();
        return head;
    }
    void expect_status(const std::string& request, int status) {
        const auto head = answer_to(request);
        EXPECT_EQ(head.rfind("HTTP/1.1 " + std::to_string(status) + " chainmend ", 0), 0U) << request << "\n"
                                                                                           << head;
    }
};

TEST_F(Requests, OddAuthoritiesAre400) {
    for (const auto* authority :
         {"leaf.test", "leaf.test:", "leaf.test:0", "leaf.test:65536", "leaf.test:-1", "leaf.test:443x",
          ":443", "user@leaf.test:443", "leaf.test:443/path", "https://leaf.test:443", "[fe80::1%25eth0]:443",
          "[::1]", "2130706433:443", "0x7f.1:443",
          "le\x01"
          "af.test:443",
          "*:443"}) {
        expect_status(std::string("CONNECT ") + authority + " HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    }
    expect_status("CONNECT " + std::string(10'000, 'a') + ":443 HTTP/1.1\r\nHost: x\r\n\r\n", 400);
}

TEST_F(Requests, AmbiguousHeadsAre400) {
    const std::string connect = "CONNECT leaf.test:443 HTTP/1.1\r\n";
    expect_status(connect + "Host: a\r\nHost: b\r\n\r\n", 400);
    expect_status(connect + "Host : a\r\n\r\n", 400);
    expect_status(connect + "Host: a\r\nX: y\r\n folded\r\n\r\n", 400);
    expect_status(connect + "Host: a\r\nX: \x01\r\n\r\n", 400);
    expect_status("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400);
    expect_status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400);
}

TEST_F(Requests, AnEndlessHeadIs431) {
    expect_status("CONNECT leaf.test:443 HTTP/1.1\r\nHost: x\r\nX: " + std::string(200'000, 'a'), 431);
}

TEST_F(Requests, OriginFormIs400) {
    expect_status("GET / HTTP/1.1\r\nHost: leaf.test\r\n\r\n", 400);
}

TEST_F(Requests, EachIsOnRecord) {
    answer_to("GET / HTTP/1.1\r\nHost: leaf.test\r\nUser-Agent: a\"b\\c\r\n\r\n");
    const auto decision = only_decision();
    EXPECT_EQ(decision["chainmend"]["reason"], "bad_request");
    EXPECT_EQ(decision["event"]["action"], "http-request");
    EXPECT_EQ(decision["user_agent"]["original"], "a\"b\\c");
    EXPECT_EQ(proxy->tunnels().size(), 0U);
}

TEST_F(Requests, AHeadThatDoesNotEndIs408) {
    // Long enough that on a busy machine, too, its beginning has come by then.
    start([](config::Settings& settings) { settings.listen.request_timeout = std::chrono::seconds{1}; });
    expect_status("CONNECT leaf.test:443 HTTP/1.1\r\nHost: ", 408);
}

TEST_F(Requests, AConnectionThatSaysNothingIsClosedWithoutARecord) {
    start(
        [](config::Settings& settings) { settings.listen.request_timeout = std::chrono::milliseconds{50}; });
    ProxyClient client(proxy->address());
    EXPECT_EQ(client.receive_all(), "");
    proxy->stop();
    EXPECT_EQ(proxy->records().size(), 0U);
}

// Nothing behind a refused CONNECT may be taken for another request.
TEST_F(Requests, BytesBehindARefusedConnectAreNotARequest) {
    start();
    auto client = std::make_unique<ProxyClient>(proxy->address());
    client->send(
        "CONNECT nowhere.invalid:443 HTTP/1.1\r\nHost: x\r\n\r\nCONNECT leaf.test:1 HTTP/1.1\r\nHost: "
        "x\r\n\r\n");
    const auto all = client->receive_all();
    client.reset();
    EXPECT_EQ(all.find("HTTP/1.1", 1), std::string::npos) << all;
    EXPECT_EQ(only_decision()["chainmend"]["reason"], "dns_error");
}

TEST_F(Requests, BeyondTheConnectionLimitIs503) {
    start([](config::Settings& settings) { settings.listen.max_connections = 1; });
    const ProxyClient holder(proxy->address());
    // The first connection is accepted first: both are in one queue of one worker.
    expect_status("CONNECT leaf.test:443 HTTP/1.1\r\nHost: x\r\n\r\n", 503);
}

TEST_F(Requests, TheAnswersBodyFollowsAccept) {
    const auto ask = [this](const std::string& accept) {
        return answer_to("GET / HTTP/1.1\r\nHost: x\r\nAccept: " + accept + "\r\n\r\n");
    };
    EXPECT_NE(ask("text/html").find("Content-Type: text/html"), std::string::npos);
    EXPECT_NE(ask("application/json").find("Content-Type: application/json"), std::string::npos);
    EXPECT_NE(ask("*/*").find("Content-Type: text/plain"), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
