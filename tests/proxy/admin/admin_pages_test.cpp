#include "proxy/admin/admin_gate.h"
#include "tests/proxy/admin/admin_fixture.h"

namespace chainmend::test {
namespace {

using proxy::gate_objection;
using proxy::IpAddress;

proxy::RequestHead asking(const std::string& host, const std::string& origin = "") {
    proxy::RequestHead head{"GET", "/status", 1, {{"host", host}}};
    if (!origin.empty()) head.headers.push_back({"origin", origin});
    return head;
}

TEST(AdminGate, LetsLoopbackAndTheAddressThatWasConnectedTo) {
    const auto own = *IpAddress::parse("192.168.7.7");
    for (const char* host : {"localhost", "LocalHost:8182", "box.localhost:9000", "127.0.0.1:8182",
                             "127.9.9.9", "[::1]:8182", "[::ffff:127.0.0.1]", "192.168.7.7:8182"}) {
        EXPECT_EQ(gate_objection(asking(host), own), "") << host;
    }
}

TEST(AdminGate, KeepsOtherNamesOut) {
    const auto own = *IpAddress::parse("192.168.7.7");
    for (const char* host : {"", "rebound.test", "rebound.test:8182", "localhost.rebound.test", "localhost:",
                             "localhost:80a", "192.168.7.8", "[::1", "[::1]x", "0.0.0.0", "2130706433",
                             "0x7f.1", "127.0.0.1.rebound.test", "user@localhost", "localhost:8182:8182"}) {
        EXPECT_NE(gate_objection(asking(host), own), "") << host;
    }
    EXPECT_NE(gate_objection({"GET", "/", 0, {}}, own), "");
}

TEST(AdminGate, LetsOnlyItsOwnPagesAsk) {
    const auto own = *IpAddress::parse("127.0.0.1");
    EXPECT_EQ(gate_objection(asking("127.0.0.1:8182", "http://127.0.0.1:8182"), own), "");
    for (const char* origin : {"null", "http://rebound.test", "http://127.0.0.1:3000",
                               "https://127.0.0.1:8182", "http://127.0.0.1:8182.rebound.test"}) {
        EXPECT_NE(gate_objection(asking("127.0.0.1:8182", origin), own), "") << origin;
    }
}

class AdminPages : public AdminTest {
  protected:
    std::string status_line(const std::string& request) const {
        const auto answer = ask(request);
        return answer.substr(0, answer.find("\r\n"));
    }
};

TEST_F(AdminPages, TellBrowsersTheProxyInAFileTheyRead) {
    start_with_pages();
    const auto answer = page("/proxy.pac");
    EXPECT_NE(answer.find("\r\nContent-Type: application/x-ns-proxy-autoconfig\r\n"), std::string::npos)
        << answer;
    EXPECT_NE(answer.find("return \"PROXY " + proxy->address() + "\";"), std::string::npos) << answer;
    EXPECT_NE(answer.find("function FindProxyForURL(url, host)"), std::string::npos) << answer;
}

TEST_F(AdminPages, TellHealthAndReadinessAndHandOutTheCa) {
    start_with_pages();
    EXPECT_EQ(body_of(page("/healthz")), "ok\n");
    EXPECT_EQ(body_of(page("/readyz")), "ready\n");
    EXPECT_EQ(body_of(page("/ca.pem")), proxy->ca()->pem());
    const auto answer = page("/status?pretty");
    EXPECT_EQ(answer.rfind("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", 0), 0U) << answer;
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
}

// RFC 9110 section 9.3.2: the same header fields, and no content.
TEST_F(AdminPages, AnswerHeadAsGetWithoutContent) {
    start_with_pages();
    for (const std::string path : {"/healthz", "/readyz", "/ca.pem", "/nothing", "/d/00000000"}) {
        const auto whole = page(path);
        const auto head = ask("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        EXPECT_EQ(head, whole.substr(0, whole.find("\r\n\r\n") + 4));
    }
}

TEST_F(AdminPages, RefuseWhatTheyDoNotKnow) {
    start_with_pages();
    const std::string host = "\r\nHost: localhost\r\n";
    EXPECT_EQ(status_line("GET /nothing HTTP/1.1" + host + "\r\n"), "HTTP/1.1 404 Not Found");
    EXPECT_EQ(status_line("POST /status HTTP/1.1" + host + "Content-Length: 2\r\n\r\n{}"),
              "HTTP/1.1 405 Method Not Allowed");
    EXPECT_EQ(status_line("CONNECT leaf.test:443 HTTP/1.1" + host + "\r\n"),
              "HTTP/1.1 405 Method Not Allowed");
    EXPECT_EQ(status_line("GET /status HTTP/1.1\r\nHost: rebound.test\r\n\r\n"), "HTTP/1.1 403 Forbidden");
    EXPECT_EQ(status_line("GET /status HTTP/1.1" + host + "Origin: http://rebound.test\r\n\r\n"),
              "HTTP/1.1 403 Forbidden");
    EXPECT_EQ(status_line("nonsense\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(status_line("GET / HTTP/1.1" + host + "X: " + std::string(17 * 1024, 'x') + "\r\n\r\n"),
              "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_F(AdminPages, AnswerWhoeverComesAfterManyThatSayNothing) {
    start_with_pages();
    std::vector<std::unique_ptr<ProxyClient>> silent;
    for (int count = 0; count < 40; ++count)
        silent.push_back(std::make_unique<ProxyClient>(proxy->admin_address()));
    EXPECT_EQ(body_of(page("/healthz")), "ok\n");
}

TEST_F(AdminPages, AreReadyNoMoreWhileTheProxyDrains) {
    start_with_pages();
    Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    ProxyClient client(proxy->address());
    ASSERT_EQ(client.connect(target(origin)), "HTTP/1.1 200 Connection established\r\n\r\n");
    ASSERT_EQ(client.start_tls(trusting()), "");
    proxy->server().request_stop();
    status_when([](const auto& now) { return now["ready"] == false; });
    EXPECT_EQ(page("/readyz").rfind("HTTP/1.1 503 ", 0), 0U);
    EXPECT_EQ(body_of(page("/healthz")), "ok\n");
}

TEST_F(AdminPages, AreNotReadyWhenTheSigningCaIsOver) {
    start_with_pages();
    EXPECT_EQ(page("/readyz").rfind("HTTP/1.1 200 ", 0), 0U);
    proxy->set_time(*proxy->ca()->not_after() + std::chrono::seconds{1});
    const auto answer = page("/readyz");
    EXPECT_EQ(answer.rfind("HTTP/1.1 503 ", 0), 0U) << answer;
    EXPECT_NE(answer.find("the signing CA has expired"), std::string::npos) << answer;
    EXPECT_EQ(status()["ready"], false);
    EXPECT_EQ(body_of(page("/healthz")), "ok\n");
}

class AdminAddress : public AdminTest {
  protected:
    Result<std::unique_ptr<proxy::Server>> made(const std::string& state, const std::string& admin) {
        config::Settings settings;
        settings.listen.address = "127.0.0.1:0";
        settings.listen.admin = admin;
        settings.trust.system = false;
        settings.trust.files = {directory.write("roots.pem", root.pem())};
        settings.repair.store = directory / (state + "/intermediates");
        settings.history.database = "";
        settings.intercept.ca_dir = directory / (state + "/ca");
        settings.log.file = directory / (state + ".json");
        proxy::ServerOptions options;
        options.now = [] { return noon(); };
        return proxy::Server::make(std::move(settings), options);
    }
};

TEST_F(AdminAddress, ThatWasAskedForAndIsTakenStopsTheStart) {
    start_with_pages();
    const auto second = made("b", proxy->admin_address());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::environment);
    EXPECT_NE(second.error().message.find("listen.admin"), std::string::npos) << second.error().message;
}

TEST_F(AdminAddress, ThatIsTheDefaultAndTakenOnlyCostsThePages) {
    const auto first = made("a", config::ListenSettings{}.admin);
    const auto second = made("b", config::ListenSettings{}.admin);
    ASSERT_TRUE(first && second);
    EXPECT_TRUE((*first)->admin_address().empty() || (*second)->admin_address().empty());
}

TEST_F(AdminAddress, ThatIsEmptySwitchesThePagesOff) {
    const auto server = made("a", "");
    ASSERT_TRUE(server);
    EXPECT_EQ((*server)->admin_address(), "");
    EXPECT_EQ((*server)->start_up_text().find("/status"), std::string::npos);
}

TEST_F(AdminAddress, CanNotBeReachedThroughTheProxy) {
    start_with_pages();
    ProxyClient client(proxy->address());
    const auto head = client.connect(proxy->admin_address());
    EXPECT_EQ(head.rfind("HTTP/1.1 200", 0), std::string::npos) << head;
}

}  // namespace
}  // namespace chainmend::test
