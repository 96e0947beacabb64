#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "tests/proxy/tunnel/proxy_fixture.h"
#include "tests/support/http_origin.h"

namespace chainmend::test {
namespace {

// What clients speak inside their tunnels, and by which names.
class ClientWishes : public ProxyTest {
  protected:
    static void relay(config::Settings& settings) { settings.intercept.not_tls = "relay"; }
    std::string url_target(const HttpOrigin& origin) const {
        return "leaf.test:" + std::to_string(origin.port());
    }
    static constexpr const char* connected = "HTTP/1.1 200 Connection established\r\n\r\n";
};

TEST_F(ClientWishes, AServerThatSpeaksFirstIsRelayedWhereThatIsAllowed) {
    start(relay);
    const HttpOrigin ssh([](HttpOrigin::Conversation& c) {
        c.send("SSH-2.0-OpenSSH_9.2\r\n");
        c.send("<" + c.read(4) + ">");
    });
    for (const auto* who : {"", "User-Agent: Mozilla/5.0\r\n"}) {
        ProxyClient client(proxy->address());
        ASSERT_EQ(client.connect(url_target(ssh), who), connected);
        EXPECT_EQ(client.receive(21), "SSH-2.0-OpenSSH_9.2\r\n");
        if (*who == '\0') continue;
        client.send("ping");
        EXPECT_EQ(client.receive_all(), "<ping>");
    }
    proxy->stop();
    for (const auto& decision : proxy->decisions())
        EXPECT_EQ(decision["chainmend"]["detail"], "not TLS: relayed unread");
}

TEST_F(ClientWishes, AClientThatSpeaksFirstIsRelayedWhereThatIsAllowed) {
    start(relay);
    const HttpOrigin http([](HttpOrigin::Conversation& c) {
        if (c.read_head().starts_with("GET / ")) c.send(http_ok("hello"));
    });
    ProxyClient client(proxy->address());
    ASSERT_EQ(client.connect(url_target(http), "User-Agent: Mozilla/5.0\r\n"), connected);
    client.send("GET / HTTP/1.1\r\nHost: leaf.test\r\n\r\n");
    EXPECT_TRUE(client.receive_all().ends_with("hello"));
}

// It would answer a ClientHello with nothing, or for ever wait for the rest of it.
TEST_F(ClientWishes, AClientThatSpeaksBeforeItIsAnsweredIsRelayedWithoutAskingForTls) {
    start(relay);
    const HttpOrigin echo([](HttpOrigin::Conversation& c) { c.send("<" + c.read(16) + ">"); });
    for (const bool at_once : {true, false}) {
        ProxyClient client(proxy->address());
        const auto connect = "CONNECT " + url_target(echo) + " HTTP/1.1\r\nHost: x\r\n\r\n";
        client.send(at_once ? connect + "SSH-2.0-client\r\n" : connect);
        if (!at_once) client.send("SSH-2.0-client\r\n");
        EXPECT_EQ(client.receive_all(), std::string(connected) + "<SSH-2.0-client\r\n>") << at_once;
    }
}

TEST_F(ClientWishes, AServerThatSendsTheClientHelloBackIsRelayed) {
    start(relay);
    const HttpOrigin echo([](HttpOrigin::Conversation& c) {
        for (std::string byte; !(byte = c.read(1)).empty();)
            c.send(byte);
    });
    ProxyClient client(proxy->address());
    ASSERT_EQ(client.connect(url_target(echo)), connected);
    client.send("ping");
    EXPECT_EQ(client.receive(4), "ping");
    // Who speaks TLS to such a server gets nothing of it, and the server nothing of the client.
    ProxyClient other(proxy->address());
    ASSERT_EQ(other.connect(url_target(echo)), connected);
    EXPECT_NE(other.start_tls(trusting()).find("alert"), std::string::npos);
    proxy->stop();
    EXPECT_EQ(proxy->decisions().back()["chainmend"]["reason"], "tls_protocol_error");
    EXPECT_EQ(proxy->decisions().back()["event"]["outcome"], "failure");
}

TEST_F(ClientWishes, AServerThatWaitsForMoreThanAClientHelloIsRelayed) {
    start([](config::Settings& settings) {
        relay(settings);
        settings.upstream.handshake_timeout = std::chrono::milliseconds{200};
    });
    const HttpOrigin binary([](HttpOrigin::Conversation& c) {
        const auto begin = c.read(4);
        begin == "ping" ? c.send("pong") : static_cast<void>(c.read_to_end());
    });
    ProxyClient client(proxy->address());
    ASSERT_EQ(client.connect(url_target(binary)), connected);
    client.send("ping");
    EXPECT_EQ(client.receive(4), "pong");
}

// Its answer to the CONNECT tells more than an alert in the tunnel could.
TEST_F(ClientWishes, AServerOfOldTlsAloneIsRefusedBeforeTheTunnelAsEver) {
    start(relay);
    auto options = OriginOptions::of(leaf(), {ca1.certificate()});
    options.minimum_version = 0x0301;
    options.maximum_version = 0x0302;
    options.cipher_list = "ALL:@SECLEVEL=0";
    const Origin origin(options);
    EXPECT_TRUE(status_of(origin).starts_with("HTTP/1.1 502 chainmend tls_")) << status_of(origin);
}

// The server spoke TLS for the proxy: the client's other protocol gets a connection of its own.
TEST_F(ClientWishes, AClientWithoutTlsReachesAServerThatHasIt) {
    start(relay);
    const Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    ProxyClient client(proxy->address());
    ASSERT_EQ(client.connect(target(origin)), connected);
    client.send("HELO there\r\n");
    client.shutdown_write();
    client.receive_all();
    ASSERT_TRUE(origin.wait_until([](const auto& all) { return all.size() == 2 && all[1].ended; }));
    EXPECT_FALSE(origin.connections()[1].handshake_done);
}

TEST_F(ClientWishes, TlsIsNeverRelayedUnreadToAServerThatSeemedToHaveNone) {
    start(relay);
    const HttpOrigin origin([](HttpOrigin::Conversation& c) {
        c.send("220 mail\r\n");
        c.read_to_end();
    });
    ProxyClient client(proxy->address());
    ASSERT_EQ(client.connect(url_target(origin)), connected);
    EXPECT_EQ(client.receive(10), "220 mail\r\n");
    const auto seen = origin.received();
    client.send(ProxyClient::client_hello(trusting()));
    client.receive_all();
    proxy->stop();
    EXPECT_EQ(origin.received(), seen);
    EXPECT_EQ(proxy->tunnels()[0]["chainmend"]["end"], "broken_by_client");
}

TEST_F(ClientWishes, WhatIsNotTlsIsRefusedOtherwise) {
    start();
    const HttpOrigin ssh([](HttpOrigin::Conversation& c) {
        c.send("SSH-2.0-OpenSSH_9.2\r\n");
        c.read_to_end();
    });
    ProxyClient client(proxy->address());
    EXPECT_TRUE(client.connect(url_target(ssh)).starts_with("HTTP/1.1 502 chainmend not_tls: "));
    ProxyClient browser(proxy->address());
    ASSERT_EQ(browser.connect(url_target(ssh), "User-Agent: Mozilla/5.0\r\n"), connected);
    EXPECT_EQ(browser.receive_all(), "");
    proxy->stop();
    EXPECT_EQ(proxy->tunnels()[0]["chainmend"]["end"], "server_not_tls");
}

TEST_F(ClientWishes, AnotherNameInTheHandshakeIsRefusedWhereThatIsSet) {
    CertificateSpec spec;
    spec.dns_names = {"leaf.test", "other.test"};
    const Origin origin(OriginOptions::of(ca1.leaf("leaf.test", spec), {ca1.certificate()}));
    start([](config::Settings& settings) { settings.intercept.sni_mismatch = "refuse"; });
    {
        ProxyClient client(proxy->address());
        client.connect(target(origin));
        EXPECT_NE(client.start_tls(trusting("other.test")).find("unrecognized name"), std::string::npos);
    }
    ASSERT_TRUE(proxy->wait_for_records(2));
    proxy->stop();
    const auto tunnel = proxy->tunnels()[0];
    EXPECT_EQ(tunnel["chainmend"]["end"], "sni_mismatch");
    EXPECT_EQ(tunnel["tls"]["client"]["server_name"], "other.test");
    EXPECT_EQ(tunnel["destination"]["domain"], "leaf.test");
}

TEST_F(ClientWishes, AddressesAreVerifiedAndMintedAsAddresses) {
    start();
    for (const std::string address : {"127.0.0.1", "::1"}) {
        CertificateSpec spec;
        spec.ip_addresses = {address};
        auto options = OriginOptions::of(ca1.issue(spec), {ca1.certificate()});
        options.address = address;
        const Origin origin(options);
        const auto host = address == "::1" ? "[::1]" : address;
        ProxyClient client(proxy->address());
        ASSERT_EQ(client.connect(host + ":" + std::to_string(origin.port())), connected) << address;
        ClientTlsOptions tls{proxy->ca(), ""};
        ASSERT_EQ(client.start_tls(tls), "");
        const auto shown = client.peer_certificate();
        EXPECT_TRUE(shown->dns_names().empty());
        EXPECT_EQ(shown->ip_addresses().size(), 1U);
        EXPECT_EQ(origin.connections()[0].server_name, "");
    }
}

TEST_F(ClientWishes, InternationalNamesAreThereAsALabels) {
    const std::string name = "xn--bcher-kva.test";
    start([&](config::Settings& settings) { settings.upstream.resolve[name] = "127.0.0.1"; });
    const Origin origin(OriginOptions::of(leaf({}, name), {ca1.certificate()}));
    ProxyClient client(proxy->address());
    ASSERT_EQ(client.connect("XN--Bcher-KVA.test:" + std::to_string(origin.port())), connected);
    ASSERT_EQ(client.start_tls(trusting(name)), "");
    EXPECT_EQ(client.peer_certificate()->dns_names(), std::vector<std::string>{name});
}

TEST_F(ClientWishes, OldClientsAreServedOnlyWhereThatIsSet) {
    ClientTlsOptions old;
    old.server_name = "leaf.test";
    old.minimum_version = old.maximum_version = 0x0301;
    const Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    start();
    old.ca = proxy->ca();
    {
        ProxyClient client(proxy->address());
        client.connect(target(origin));
        EXPECT_NE(client.start_tls(old), "");
    }
    start([](config::Settings& settings) { settings.intercept.min_tls = "1.0"; });
    old.ca = proxy->ca();
    ProxyClient client(proxy->address());
    client.connect(target(origin));
    ASSERT_EQ(client.start_tls(old), "");
    EXPECT_EQ(client.version(), "TLSv1");
    // Without the extension that says so nobody can be supposed to know ECDSA.
    EXPECT_EQ(EVP_PKEY_get_base_id(X509_get0_pubkey(client.peer_certificate()->x509())), EVP_PKEY_RSA);
    EXPECT_NE(client.get("leaf.test").find("hello from the origin"), std::string::npos);
}

// From before elliptic curves: such a client encrypts to the key of the certificate.
TEST_F(ClientWishes, ClientsWithoutEllipticCurvesAreServedOnlyWhereThatIsSet) {
    const Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    const auto old = [&](int version) {
        ClientTlsOptions options{proxy->ca(), "leaf.test"};
        options.minimum_version = options.maximum_version = version;
        options.cipher_list = "AES128-SHA:@SECLEVEL=0";
        return options;
    };
    for (const auto* setting : {"1.2", "1.0"}) {
        start([&](config::Settings& settings) { settings.intercept.min_tls = setting; });
        for (const int version : {0x0301, 0x0302, 0x0303}) {
            ProxyClient client(proxy->address());
            ASSERT_EQ(client.connect(target(origin)), connected);
            if (setting == std::string("1.2")) {
                EXPECT_NE(client.start_tls(old(version)), "");
                continue;
            }
            ASSERT_EQ(client.start_tls(old(version)), "") << version;
            EXPECT_NE(X509_get_key_usage(client.peer_certificate()->x509()) & KU_KEY_ENCIPHERMENT, 0U);
            EXPECT_NE(client.get("leaf.test").find("hello from the origin"), std::string::npos);
        }
    }
    ASSERT_TRUE(origin.wait_until([](const auto& all) { return all.size() == 6; }));
    for (const auto& connection : origin.connections())
        EXPECT_EQ(connection.version, "TLSv1.3");
}

// curl offers both: the server is asked for HTTP/1.1 the first time, for both from the second on.
TEST_F(ClientWishes, AClientOfBothProtocolsGetsHttp2FromItsSecondConnectionOn) {
    auto options = OriginOptions::of(leaf(), {ca1.certificate()});
    options.alpn = {"h2", "http/1.1"};
    const Origin origin(options);
    start();
    for (const std::string expected : {"http/1.1", "h2", "h2"}) {
        ProxyClient client(proxy->address());
        ASSERT_EQ(client.connect(target(origin)), connected);
        auto tls = trusting();
        tls.alpn = {"h2", "http/1.1"};
        ASSERT_EQ(client.start_tls(tls), "");
        EXPECT_EQ(client.protocol(), expected);
    }
    EXPECT_EQ(origin.accepted(), 3);
}

}  // namespace
}  // namespace chainmend::test
