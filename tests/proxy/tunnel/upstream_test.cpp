#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "proxy/http/base64.h"
#include "proxy/policy/upstream_proxy.h"
#include "tests/proxy/tunnel/proxy_fixture.h"
#include "tests/support/http_origin.h"

namespace chainmend::test {
namespace {

using Conversation = HttpOrigin::Conversation;

void pass(int from, int to) {
    char buffer[16384];
    for (;;) {
        const auto size = ::recv(from, buffer, sizeof buffer, 0);
        if (size <= 0) break;
        send_all(to, {buffer, static_cast<std::size_t>(size)});
    }
    ::shutdown(to, SHUT_WR);
}

/// An honest proxy: connects to 127.0.0.1 and the port that a CONNECT names.
void serve_connect(Conversation& client) {
    const auto head = client.read_head();
    const auto colon = head.find(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(head.substr(colon + 1))));
    const int server = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        client.send("HTTP/1.1 503 Nobody There\r\nContent-Length: 0\r\n\r\n");
    } else {
        client.send("HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\n");
        std::thread down([&] { pass(server, client.socket()); });
        pass(client.socket(), server);
        down.join();
    }
    ::close(server);
}

// Servers that are reached through another proxy, or want to know who asks.
class Upstreams : public ProxyTest {
  protected:
    void start_through(const HttpOrigin& upstream, const std::string& userinfo = "",
                       std::vector<std::string> exceptions = {}) {
        start([&](config::Settings& settings) {
            settings.upstream.proxy = "http://" + userinfo + "127.0.0.1:" + std::to_string(upstream.port());
            settings.upstream.no_proxy = exceptions;
        });
    }
    std::string ask(const std::string& url) {
        ProxyClient client(proxy->address());
        client.send("GET " + url + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        return client.receive_all();
    }
};

TEST_F(Upstreams, AreReachedThroughAProxyWithItsCredentials) {
    const HttpOrigin upstream(serve_connect);
    const Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    start_through(upstream, "anna:a%3Ab@");
    ProxyClient client(proxy->address());
    const auto authority = "unknown.test:" + std::to_string(origin.port());
    // The name is the upstream proxy's to look up; the certificate is for another.
    EXPECT_TRUE(client.connect(authority).starts_with("HTTP/1.1 502 chainmend host_mismatch: "));
    EXPECT_TRUE(upstream.received().starts_with("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority +
                                                "\r\nProxy-Authorization: Basic " +
                                                proxy::encode_base64(as_bytes("anna:a:b")) + "\r\n\r\n"))
        << upstream.received();
    ProxyClient other(proxy->address());
    ASSERT_TRUE(other.connect(target(origin)).starts_with("HTTP/1.1 200 "));
    ASSERT_EQ(other.start_tls(trusting()), "");
    EXPECT_NE(other.get("leaf.test").find("hello from the origin"), std::string::npos);
    EXPECT_EQ(upstream.connections(), 2);
}

TEST_F(Upstreams, AreReachedDirectlyWhereTheExceptionsSaySo) {
    const HttpOrigin upstream(serve_connect);
    const Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    start_through(upstream, "", {".leaf.test"});
    ProxyClient client(proxy->address());
    EXPECT_TRUE(client.connect(target(origin)).starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(upstream.connections(), 0);
}

TEST_F(Upstreams, TellWhatTheirProxySaid) {
    const HttpOrigin upstream([](Conversation& c) {
        c.read_head();
        c.send("HTTP/1.1 407 Who Are You\r\nContent-Length: 0\r\n\r\n");
    });
    start_through(upstream);
    ProxyClient client(proxy->address());
    const auto head = client.connect("leaf.test:443");
    EXPECT_TRUE(
        head.starts_with("HTTP/1.1 502 chainmend upstream_proxy_refused: the upstream proxy answered 407 "
                         "Who Are You; "))
        << head;
    EXPECT_EQ(head.find("Proxy-Authenticate"), std::string::npos);
}

TEST_F(Upstreams, KeepTheirProxysQuestionForAPasswordToThemselves) {
    const HttpOrigin upstream([](Conversation& c) {
        c.read_head();
        c.send("HTTP/1.1 407 Who Are You\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
    });
    start_through(upstream);
    ProxyClient client(proxy->address());
    client.send("GET http://leaf.test/ HTTP/1.1\r\nHost: leaf.test\r\nConnection: close\r\n\r\n");
    const auto answer = client.receive_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 chainmend upstream_proxy_refused: ")) << answer;
    EXPECT_EQ(answer.find("Proxy-Authenticate"), std::string::npos);
}

TEST_F(Upstreams, TellThatTheirProxyIsSilent) {
    const HttpOrigin upstream([](Conversation& c) { c.read_to_end(); });
    start([&](config::Settings& settings) {
        settings.upstream.proxy = "http://127.0.0.1:" + std::to_string(upstream.port());
        settings.upstream.connect_timeout = std::chrono::seconds{1};
    });
    ProxyClient client(proxy->address());
    const auto head = client.connect("leaf.test:443");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 504 chainmend upstream_proxy_timeout: ")) << head;
}

TEST_F(Upstreams, PlainRequestsGoToTheirProxyInAbsoluteForm) {
    const HttpOrigin upstream([](Conversation& c) { c.answer_each(http_ok("by proxy")); });
    start_through(upstream, "u:p@");
    EXPECT_TRUE(ask("http://far.test/a?b").ends_with("\r\n\r\nby proxy"));
    EXPECT_TRUE(
        upstream.received().starts_with("GET http://far.test/a?b HTTP/1.1\r\nHost: far.test\r\n"
                                        "Proxy-Authorization: Basic dTpw\r\n"))
        << upstream.received();
}

TEST_F(Upstreams, NamedByAForbiddenAddressAreNotReachedThroughAProxyEither) {
    const HttpOrigin upstream(serve_connect);
    start_through(upstream);
    EXPECT_TRUE(ask("http://169.254.169.254/").starts_with("HTTP/1.1 403 chainmend destination_denied: "));
    ProxyClient client(proxy->address());
    EXPECT_TRUE(client.connect(proxy->address()).starts_with("HTTP/1.1 403 chainmend proxy_loop: "));
    EXPECT_EQ(upstream.connections(), 0);
}

TEST(UpstreamProxy, KnowsItsExceptions) {
    const auto made = proxy::UpstreamProxy::make(
        "http://proxy.test:3128", {"exact.test", ".suffix.test", "*.below.test", "10.0.0.0/8", "192.0.2.7"});
    ASSERT_TRUE(made.ok());
    const auto serves = [&](const std::string& host) {
        return made->serves(*proxy::parse_authority(host + ":443"));
    };
    for (const auto* direct : {"exact.test", "www.exact.test", "suffix.test", "a.suffix.test", "a.below.test",
                               "10.1.2.3", "192.0.2.7"})
        EXPECT_FALSE(serves(direct)) << direct;
    for (const auto* through : {"inexact.test", "below.test", "192.0.2.8", "other.test"})
        EXPECT_TRUE(serves(through)) << through;
    for (const auto* bad :
         {"https://proxy.test:3128", "proxy.test:3128", "http://proxy.test", "http://a%zz@p.test:1"})
        EXPECT_FALSE(proxy::UpstreamProxy::make(bad, {}).ok()) << bad;
    EXPECT_FALSE(proxy::UpstreamProxy::make("http://p.test:1", {"a b"}).ok());
}

/// PKCS#12 of `identity`.
std::string pkcs12(const Identity& identity, const char* password) {
    PKCS12* store = PKCS12_create(password, "client", identity.key()->evp_pkey(),
                                  identity.certificate()->x509(), nullptr, 0, 0, 0, 0, 0);
    unsigned char* der = nullptr;
    const int size = i2d_PKCS12(store, &der);
    std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    PKCS12_free(store);
    return bytes;
}

TEST_F(Upstreams, AreShownTheCertificateOfTheirHostAndNobodyElseIs) {
    CertificateSpec spec;
    spec.extended_key_usage = "clientAuth";
    const auto anna = ca1.leaf("anna", spec);
    for (const bool as_pem : {true, false}) {
        const auto file = as_pem ? directory.write("client.pem", anna.key_pem() + ca1.pem() + anna.pem())
                                 : directory.write("client.p12", pkcs12(anna, "secret"));
        auto options = OriginOptions::of(leaf(), {ca1.certificate()});
        options.require_client_certificate = true;
        const Origin origin(options);
        CertificateSpec other_spec;
        other_spec.dns_names = {"other.test"};
        auto other_options = OriginOptions::of(ca1.leaf("other.test", other_spec), {ca1.certificate()});
        other_options.request_client_certificate = true;
        const Origin other(other_options);
        start([&](config::Settings& settings) {
            config::HostRule rule;
            rule.match = {"leaf.test"};
            rule.client_certificate = file;
            rule.client_certificate_password = as_pem ? "" : "secret";
            settings.hosts = {rule};
        });
        ProxyClient client(proxy->address());
        ASSERT_TRUE(client.connect(target(origin)).starts_with("HTTP/1.1 200 "));
        ASSERT_EQ(client.start_tls(trusting()), "");
        EXPECT_NE(client.get("leaf.test").find("hello from the origin"), std::string::npos);
        EXPECT_EQ(origin.connections()[0].client_certificate, "CN=anna");
        ProxyClient second(proxy->address());
        ASSERT_TRUE(second.connect(target(other, "other.test")).starts_with("HTTP/1.1 200 "));
        ASSERT_EQ(second.start_tls(trusting("other.test")), "");
        EXPECT_EQ(other.connections()[0].client_certificate, "");
    }
}

TEST_F(Upstreams, WithAClientCertificateThatIsNoneDoNotStart) {
    const auto start_with = [&](const std::string& file, const std::string& password) {
        start([&](config::Settings& settings) {
            config::HostRule rule;
            rule.match = {"leaf.test"};
            rule.client_certificate = file;
            rule.client_certificate_password = password;
            settings.hosts = {rule};
        });
    };
    const auto anna = ca1.leaf("anna");
    EXPECT_THROW(start_with(directory / "gone", ""), std::runtime_error);
    EXPECT_THROW(start_with(directory.write("a.pem", anna.pem()), ""), std::runtime_error);
    EXPECT_THROW(start_with(directory.write("b.pem", anna.key_pem() + ca1.pem()), ""), std::runtime_error);
    EXPECT_THROW(start_with(directory.write("c.p12", pkcs12(anna, "secret")), "wrong"), std::runtime_error);
}

}  // namespace
}  // namespace chainmend::test
