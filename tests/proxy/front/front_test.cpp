#include <arpa/inet.h>
#include <crypt.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/http/base64.h"
#include "tests/proxy/tunnel/proxy_fixture.h"
#include "tests/support/http_origin.h"

namespace chainmend::test {
namespace {

// What stands in front of requests: passwords, load balancers, listeners.
class Front : public ProxyTest {
  protected:
    Front() : http([](HttpOrigin::Conversation& c) { c.answer_each(http_ok("hello")); }) {}

    void ask_for_passwords(config::Settings& settings) {
        crypt_data data{};
        const std::string hash = crypt_r("correct horse", "$2y$04$abcdefghijklmnopqrstuu", &data);
        settings.listen.auth = directory.write("users", "anna:" + hash + "\n");
    }
    static std::string credentials(const std::string& userinfo) {
        return "Proxy-Authorization: Basic " + proxy::encode_base64(as_bytes(userinfo)) + "\r\n";
    }
    std::string ask(const std::string& address, const std::string& more, const std::string& in_front = "") {
        ProxyClient client(address);
        client.send(in_front + "GET " + http.url() + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more +
                    "\r\n");
        return client.receive_all();
    }
    static void log_requests(config::Settings& settings) { settings.log.requests = true; }

    HttpOrigin http;
};

TEST_F(Front, AsksForAPasswordAndTakesTheRightOneOnly) {
    start([this](config::Settings& settings) { ask_for_passwords(settings); });
    const auto& address = proxy->address();
    const auto none = ask(address, "");
    EXPECT_TRUE(none.starts_with("HTTP/1.1 407 chainmend authentication_required: ")) << none;
    EXPECT_NE(none.find("\r\nProxy-Authenticate: Basic realm=\"chainmend\", charset=\"UTF-8\"\r\n"),
              std::string::npos);
    for (const auto* wrong : {"anna:wrong", "bert:correct horse", "anna:", ":", "anna:correct horse\r\nX: y"})
        EXPECT_TRUE(ask(address, credentials(wrong)).starts_with("HTTP/1.1 407 ")) << wrong;
    EXPECT_TRUE(ask(address, "Proxy-Authorization: Bearer x\r\n").starts_with("HTTP/1.1 407 "));
    EXPECT_EQ(http.connections(), 0);
    for (int i = 0; i < 2; ++i)
        EXPECT_TRUE(ask(address, credentials("anna:correct horse")).ends_with("\r\n\r\nhello"));
    EXPECT_EQ(http.received().find("Authorization"), std::string::npos);
    proxy->stop();
    const auto secret = proxy::encode_base64(as_bytes("anna:correct horse"));
    for (const auto& text : {secret, std::string("correct horse")})
        EXPECT_EQ(proxy->log_text().find(text), std::string::npos);
}

TEST_F(Front, AsksForAPasswordForTunnelsToo) {
    start([this](config::Settings& settings) { ask_for_passwords(settings); });
    const Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    EXPECT_EQ(status_of(origin).rfind("HTTP/1.1 407 ", 0), 0U);
    EXPECT_EQ(origin.accepted(), 0);
    ProxyClient client(proxy->address());
    EXPECT_TRUE(
        client.connect(target(origin), credentials("anna:correct horse")).starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(client.start_tls(trusting()), "");
}

TEST_F(Front, EachRequestOfAConnectionNeedsItsPassword) {
    start([this](config::Settings& settings) { ask_for_passwords(settings); });
    ProxyClient client(proxy->address());
    const auto request = "GET " + http.url() + " HTTP/1.1\r\nHost: x\r\n";
    client.send(request + credentials("anna:correct horse") + "\r\n" + request + "\r\n");
    EXPECT_TRUE(client.receive_head().starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(client.receive(5), "hello");
    EXPECT_TRUE(client.receive_head().starts_with("HTTP/1.1 407 "));
}

TEST_F(Front, DoesNotStartWithAPasswordFileThatIsNone) {
    EXPECT_THROW(start([this](config::Settings& settings) {
                     settings.listen.auth = directory.write("users", "anna:plain\n");
                 }),
                 std::runtime_error);
    EXPECT_THROW(start([this](config::Settings& settings) { settings.listen.auth = directory / "gone"; }),
                 std::runtime_error);
}

TEST_F(Front, TakesTheClientFromAListedBalancer) {
    start([](config::Settings& settings) {
        log_requests(settings);
        settings.listen.proxy_protocol_from = {"127.0.0.0/8"};
    });
    const auto answer = ask(proxy->address(), "", "PROXY TCP4 192.0.2.7 192.0.2.8 5000 8181\r\n");
    EXPECT_TRUE(answer.ends_with("\r\n\r\nhello")) << answer;
    const auto decision = only_decision();
    EXPECT_EQ(decision["client"]["ip"], "192.0.2.7");
    EXPECT_EQ(decision["client"]["port"], 5000);
}

TEST_F(Front, RefusesAListedBalancerThatDoesNotSayWhoseConnectionItIs) {
    start([](config::Settings& settings) { settings.listen.proxy_protocol_from = {"127.0.0.1"}; });
    EXPECT_TRUE(ask(proxy->address(), "").starts_with("HTTP/1.1 400 chainmend bad_request: "));
}

TEST_F(Front, NeverBelievesAStrangersHeader) {
    start([](config::Settings& settings) { settings.listen.proxy_protocol_from = {"192.0.2.0/24"}; });
    EXPECT_TRUE(ask(proxy->address(), "", "PROXY TCP4 192.0.2.7 192.0.2.8 5000 8181\r\n")
                    .starts_with("HTTP/1.1 400 chainmend bad_request: "));
    EXPECT_EQ(http.connections(), 0);
}

/// A socket that listens on a free port of loopback, and its address.
struct Listening {
    Listening() {
        socket = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in any{};
        any.sin_family = AF_INET;
        any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof any;
        auto* native = reinterpret_cast<sockaddr*>(&any);
        EXPECT_EQ(::bind(socket, native, size), 0);
        EXPECT_EQ(::listen(socket, 16), 0);
        EXPECT_EQ(::getsockname(socket, native, &size), 0);
        address = "127.0.0.1:" + std::to_string(ntohs(any.sin_port));
    }
    ~Listening() { ::close(socket); }
    int socket;
    std::string address;
};

TEST_F(Front, ListensOnSeveralAddresses) {
    std::string second;
    {
        const Listening free;
        second = free.address;
    }
    start([&](config::Settings& settings) { settings.listen.also = {second}; });
    EXPECT_TRUE(ask(proxy->address(), "").ends_with("hello"));
    EXPECT_TRUE(ask(second, "").ends_with("hello"));
    // Neither is a place to be connected to.
    ProxyClient client(proxy->address());
    EXPECT_TRUE(client.connect(second).starts_with("HTTP/1.1 403 chainmend proxy_loop: "));
}

TEST_F(Front, AcceptsOnSocketsThatWereHandedOver) {
    const Listening first;
    const Listening second;
    proxy = std::make_unique<RunningProxy>(
        directory, std::vector{root.certificate()}, std::vector<std::string>{"leaf.test"},
        [](config::Settings& settings) { settings.listen.workers = 2; },
        std::vector{first.socket, second.socket});
    EXPECT_EQ(proxy->address(), first.address);
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(ask(first.address, "").ends_with("hello"));
        EXPECT_TRUE(ask(second.address, "").ends_with("hello"));
    }
}

TEST_F(Front, TellsBrowsersOfThisMachineHowToUseIt) {
    start([this](config::Settings& settings) {
        ask_for_passwords(settings);
        settings.listen.proxy_protocol_from = {"127.0.0.2"};
    });
    const std::string request = "GET /proxy.pac?x HTTP/1.1\r\nHost: anything\r\n\r\n";
    ProxyClient client(proxy->address());
    client.send(request);
    const auto answer = client.receive_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/x-ns-proxy-autoconfig\r\n"))
        << answer;
    EXPECT_NE(answer.find("return \"PROXY " + proxy->address() + "\""), std::string::npos) << answer;
    // So that the address in a refusal can be opened.
    EXPECT_NE(answer.find("host == \"chainmend.internal\") return \"PROXY "), std::string::npos) << answer;
    ProxyClient other(proxy->address());
    other.send("GET /proxy.pac2 HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(other.receive_all().starts_with("HTTP/1.1 407 "));
}

TEST_F(Front, TellsNothingToBrowsersOfOthers) {
    start([](config::Settings& settings) { settings.listen.proxy_protocol_from = {"127.0.0.1"}; });
    ProxyClient client(proxy->address());
    client.send("PROXY TCP4 192.0.2.7 192.0.2.8 5000 8181\r\nGET /proxy.pac HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 400 chainmend bad_request: "));
}

TEST_F(Front, DoesNotStartOnADescriptorThatIsNoListener) {
    EXPECT_THROW((RunningProxy(directory, {root.certificate()}, {}, {}, {0})), std::runtime_error);
}

TEST_F(Front, WarnsWhenOthersMayReadThePasswords) {
    const auto notes_with = [this](mode_t mode) {
        ::testing::internal::CaptureStderr();
        start([&](config::Settings& settings) {
            ask_for_passwords(settings);
            EXPECT_EQ(chmod(settings.listen.auth.c_str(), mode), 0);
        });
        proxy->stop();
        return ::testing::internal::GetCapturedStderr();
    };
    for (const mode_t open : {0644U, 0666U, 0620U}) {
        const auto notes = notes_with(open);
        EXPECT_NE(notes.find("listen.auth: others on this machine can read or change"), std::string::npos)
            << notes;
    }
    for (const mode_t closed : {0600U, 0640U})
        EXPECT_EQ(notes_with(closed).find("listen.auth"), std::string::npos) << closed;
}

TEST_F(Front, TellsABalancerThatIsNotOnTheListWhereThatIsSet) {
    start();
    for (const std::string& header :
         {std::string("PROXY TCP4 192.0.2.7 192.0.2.8 5000 443\r\n"), std::string("PROXY UNKNOWN\r\n"),
          std::string("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16)}) {
        ProxyClient client(proxy->address());
        client.send(header + "CONNECT leaf.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
        EXPECT_NE(client.receive_all().find("not in listen.proxy_protocol_from"), std::string::npos)
            << header;
    }
}

TEST_F(Front, WarnsWhenEverybodyMayReadTheStatusPages) {
    for (const std::string address : {"0.0.0.0", "127.0.0.1"}) {
        ::testing::internal::CaptureStderr();
        start([&](config::Settings& settings) {
            ask_for_passwords(settings);
            settings.listen.admin = address + ":0";
        });
        const auto admin = proxy->admin_address();
        proxy->stop();
        const auto notes = ::testing::internal::GetCapturedStderr();
        const bool warned =
            notes.find("everybody who reaches " + admin + " can read the status pages") != std::string::npos;
        EXPECT_EQ(warned, address == "0.0.0.0") << notes;
    }
}

TEST_F(Front, WarnsWhenEverybodyMayUseIt) {
    ::testing::internal::CaptureStderr();
    start([](config::Settings& settings) { settings.listen.address = "0.0.0.0:0"; });
    const auto port = proxy->address().substr(proxy->address().rfind(':'));
    proxy->stop();
    const auto notes = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(notes.find("everybody who reaches 0.0.0.0" + port + " can use this proxy without a password"),
              std::string::npos)
        << notes;
    ::testing::internal::CaptureStderr();
    start([this](config::Settings& settings) {
        settings.listen.address = "0.0.0.0:0";
        ask_for_passwords(settings);
    });
    proxy->stop();
    EXPECT_EQ(::testing::internal::GetCapturedStderr().find("everybody"), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
