#include "certs/mint.h"
#include "proxy/files/signing_ca_directory.h"
#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {
namespace {

// Servers that must not be reached, each with its own code; nothing is minted and no byte relayed.
class RefusedServers : public ProxyTest {
  protected:
    /// Expects this status and code for a CONNECT, the same in the record, and returns the answer's head.
    std::string expect_refused(const std::string& authority, int status, const std::string& code) {
        if (!proxy) start();
        auto client = std::make_unique<ProxyClient>(proxy->address());
        const auto head = client->connect(authority);
        const auto wanted = "HTTP/1.1 " + std::to_string(status) + " chainmend " + code + ": ";
        EXPECT_EQ(head.rfind(wanted, 0), 0U) << head;
        EXPECT_NE(head.find("Proxy-Status: chainmend; error="), std::string::npos);
        EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos);
        EXPECT_NE(client->receive_all().find(code), std::string::npos);
        client.reset();
        const auto decision = only_decision();
        EXPECT_EQ(decision["chainmend"]["reason"], code);
        EXPECT_EQ(decision["chainmend"]["decision"], "refused");
        EXPECT_EQ(decision["http"]["response"]["status_code"], status);
        EXPECT_NE(head.find("/d/" + decision["chainmend"]["id"].get<std::string>()), std::string::npos);
        return head;
    }
    void expect_refused(const Identity& identity, const std::string& code,
                        std::vector<certs::CertificatePtr> chain) {
        const Origin origin(OriginOptions::of(identity, std::move(chain)));
        const auto head = expect_refused(target(origin), 502, code);
        EXPECT_NE(head.find("error=tls_certificate_error; next-hop=leaf.test; details=\"" + code + "\""),
                  std::string::npos)
            << head;
        ASSERT_TRUE(origin.wait_until_all_ended());
        const auto connections = origin.connections();
        ASSERT_EQ(connections.size(), 1U);
        EXPECT_EQ(connections[0].received, "");
        EXPECT_NE(connections[0].error.find("alert"), std::string::npos) << connections[0].error;
    }
};

TEST_F(RefusedServers, Expired) {
    CertificateSpec spec;
    spec.not_before = noon() - std::chrono::days{90};
    spec.not_after = noon() - std::chrono::days{3};
    expect_refused(leaf({}, "leaf.test", spec), "expired", {ca1.certificate()});
}

TEST_F(RefusedServers, NotYetValid) {
    CertificateSpec spec;
    spec.not_before = noon() + std::chrono::days{1};
    expect_refused(leaf({}, "leaf.test", spec), "not_yet_valid", {ca1.certificate()});
}

TEST_F(RefusedServers, WrongHost) {
    expect_refused(leaf({}, "elsewhere.test"), "host_mismatch", {ca1.certificate()});
}

TEST_F(RefusedServers, SelfSigned) {
    CertificateSpec spec;
    spec.common_name = "leaf.test";
    const Origin origin(OriginOptions::of(Identity::self_signed(spec)));
    start();
    EXPECT_EQ(status_of(origin).rfind("HTTP/1.1 502 chainmend ", 0), 0U);
    EXPECT_EQ(only_decision()["chainmend"]["decision"], "refused");
}

// sent: leaf, CA X, Root X      trusted: another root
TEST_F(RefusedServers, UntrustedRoot) {
    const auto stranger = Identity::root("Root X");
    const auto ca_x = stranger.intermediate("CA X");
    expect_refused(ca_x.leaf("leaf.test"), "untrusted_root", {ca_x.certificate(), stranger.certificate()});
}

// Somebody has got a certificate from our own signing CA, and the CA is among the trusted ones, as it is in
// the system's store of a machine whose clients trust it.
TEST_F(RefusedServers, ACertificateOfOurOwnSigningCa) {
    start();
    const auto ca = proxy::load_signing_ca(directory / "ca", noon());
    ASSERT_TRUE(ca.ok());
    const auto mint = certs::Mint::make(ca->ca, {});
    const auto minted =
        (*mint)->certificate_for(*certs::ReferenceIdentity::dns("leaf.test"), certs::KeyType::ecdsa_p256,
                                 noon() + std::chrono::days{30}, noon());
    ASSERT_TRUE(minted.ok());
    const OriginOptions alone{.certificate = (*minted)->certificate, .key = (*minted)->key};
    auto with_ca = alone;
    with_ca.chain = {proxy->ca()};
    const auto own_ca = proxy->ca();
    const auto own_file = directory.write("own.pem", root.pem() + own_ca->pem());
    const auto in_a_rule = [&](config::Settings& settings) {
        config::HostRule rule;
        rule.match = {"leaf.test"};
        rule.trust_files = {own_file};
        settings.hosts = {rule};
    };
    struct Case {
        const char* what;
        RunningProxy::Adjust adjust;
        std::vector<certs::CertificatePtr> roots;
        OriginOptions server;
    };
    for (const Case& c : {Case{"trusted by everybody", {}, {root.certificate(), own_ca}, alone},
                          Case{"trusted and sent", {}, {root.certificate(), own_ca}, with_ca},
                          Case{"trusted by a rule", in_a_rule, {root.certificate()}, alone},
                          Case{"sent only", {}, {root.certificate()}, with_ca}}) {
        SCOPED_TRACE(c.what);
        start(c.adjust, c.roots);
        const Origin fake(c.server);
        ProxyClient client(proxy->address());
        auto answer = client.connect(target(fake));
        answer += client.receive_all();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 chainmend untrusted_root: ")) << answer;
        EXPECT_NE(answer.find("this proxy's own signing CA is never trusted for servers"), std::string::npos)
            << answer;
        EXPECT_EQ(answer.find("trust.files"), std::string::npos) << answer;
        EXPECT_EQ(last_decision()["chainmend"]["reason"], "untrusted_root");
    }
}

TEST_F(RefusedServers, NobodyListens) {
    std::uint16_t port = 0;
    {
        const Origin gone(OriginOptions{.behaviour = OriginBehaviour::silent});
        port = gone.port();
    }
    const auto head = expect_refused("leaf.test:" + std::to_string(port), 502, "connection_refused");
    EXPECT_NE(head.find("error=connection_refused"), std::string::npos);
}

TEST_F(RefusedServers, TheNameDoesNotResolve) {
    const auto head = expect_refused("nowhere.invalid:443", 502, "dns_error");
    EXPECT_NE(head.find("error=dns_error; next-hop=nowhere.invalid"), std::string::npos);
}

TEST_F(RefusedServers, NotTls) {
    const Origin origin(
        OriginOptions{.behaviour = OriginBehaviour::greet, .body = "SSH-2.0-OpenSSH_9.2\r\n"});
    const auto head = expect_refused(target(origin), 502, "not_tls");
    EXPECT_NE(head.find("error=tls_protocol_error"), std::string::npos);
}

TEST_F(RefusedServers, PlainHttpOnTheTlsPort) {
    const Origin origin(
        OriginOptions{.behaviour = OriginBehaviour::reply, .body = "HTTP/1.1 400 Bad Request\r\n\r\n"});
    expect_refused(target(origin), 502, "not_tls");
}

TEST_F(RefusedServers, ClosedBeforeTheHandshake) {
    const Origin origin(OriginOptions{.behaviour = OriginBehaviour::close});
    expect_refused(target(origin), 502, "connection_terminated");
}

TEST_F(RefusedServers, SilentAfterTheConnection) {
    const Origin origin(OriginOptions{.behaviour = OriginBehaviour::silent});
    start([](config::Settings& settings) {
        settings.upstream.handshake_timeout = std::chrono::milliseconds{100};
    });
    const auto head = expect_refused(target(origin), 504, "tls_timeout");
    EXPECT_NE(head.find("error=connection_read_timeout"), std::string::npos);
}

// Whether it is TLS that such a server speaks nobody can tell: its client is heard then, and one that speaks
// TLS is told nothing else than before.
TEST_F(RefusedServers, SilentWhereOtherThanTlsIsRelayed) {
    const Origin origin(OriginOptions{.behaviour = OriginBehaviour::silent});
    start([](config::Settings& settings) {
        settings.upstream.handshake_timeout = std::chrono::milliseconds{100};
        settings.intercept.not_tls = "relay";
    });
    {
        ProxyClient client(proxy->address());
        ASSERT_TRUE(client.connect(target(origin)).starts_with("HTTP/1.1 200 "));
        EXPECT_NE(client.start_tls(trusting()).find("alert access denied"), std::string::npos);
    }
    const auto decision = only_decision();
    EXPECT_EQ(decision["chainmend"]["reason"], "tls_timeout");
    EXPECT_EQ(decision["chainmend"]["detail"], "the TLS handshake did not end in time");
    EXPECT_EQ(proxy->tunnels()[0]["chainmend"]["end"], "refused");
}

TEST_F(RefusedServers, OnlyAnOldTlsVersion) {
    const auto end_entity = leaf();
    auto options = OriginOptions::of(end_entity, {ca1.certificate()});
    options.minimum_version = 0x0301;
    options.maximum_version = 0x0302;
    options.cipher_list = "ALL:@SECLEVEL=0";
    const Origin origin(options);
    start();
    ProxyClient client(proxy->address());
    EXPECT_EQ(client.connect(target(origin)).rfind("HTTP/1.1 502 chainmend tls_", 0), 0U);
}

TEST_F(RefusedServers, LinkLocalAndMetadataAddresses) {
    start([](config::Settings& settings) { settings.upstream.resolve["leaf.test"] = "169.254.169.254"; });
    const auto head = expect_refused("leaf.test:443", 403, "destination_denied");
    EXPECT_NE(head.find("error=destination_ip_prohibited"), std::string::npos);
}

TEST_F(RefusedServers, TheProxyItself) {
    start();
    expect_refused(proxy->address(), 403, "proxy_loop");
}

TEST_F(RefusedServers, ADeniedPort) {
    start([](config::Settings& settings) { settings.connect.ports = {{443}}; });
    expect_refused("leaf.test:25", 403, "port_denied");
}

TEST_F(RefusedServers, ADeniedNetwork) {
    start([](config::Settings& settings) { settings.connect.deny = {{"127.0.0.0/8"}}; });
    expect_refused("leaf.test:443", 403, "destination_denied");
}

TEST_F(RefusedServers, AHostThatTheConfigurationRefuses) {
    start([](config::Settings& settings) {
        config::HostRule rule;
        rule.match = {"*.test"};
        rule.action = config::HostAction::refuse;
        settings.hosts = {rule};
    });
    expect_refused("leaf.test:443", 403, "host_denied");
}

// A site that was good and is now somebody else's: judged at once, whatever is remembered.
TEST_F(RefusedServers, AnotherCertificateOnTheSameHostIsJudgedAtOnce) {
    const auto good = leaf();
    start();
    const Origin origin(OriginOptions::of(good, {ca1.certificate()}));
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    const Origin evil(OriginOptions::of(Identity::root("Evil").leaf("leaf.test")));
    EXPECT_NE(status_of(evil).find(" 502 "), std::string::npos);
}

TEST_F(RefusedServers, AnAcceptedVerdictEndsWithTheCertificate) {
    CertificateSpec spec;
    spec.not_after = noon() + std::chrono::minutes{5};
    const auto end_entity = leaf({}, "leaf.test", spec);
    const Origin origin(OriginOptions::of(end_entity, {ca1.certificate()}));
    start();
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    proxy->set_time(noon() + std::chrono::minutes{6});
    EXPECT_NE(status_of(origin).find(" 502 chainmend expired: "), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
