#include "config/sha256_text.h"
#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {
namespace {

using std::chrono::days;

// What [[host]] rules, pins and exceptions make of a CONNECT, through the running proxy.
class HostPolicyTest : public ProxyTest {
  protected:
    RunningProxy& start_with(config::HostRule rule, const RunningProxy::Adjust& more = {}) {
        if (rule.match.empty()) rule.match = {"leaf.test"};
        return start([&](config::Settings& settings) {
            settings.hosts.push_back(rule);
            if (more) more(settings);
        });
    }
    OriginOptions complete(CertificateSpec spec = {}) {
        return OriginOptions::of(leaf({}, "leaf.test", std::move(spec)), {ca1.certificate()});
    }
    /// Refused as it is, accepted where a rule allows TLS 1.0.
    void expect_reached_by_an_old_rule(const Origin& origin) {
        start();
        EXPECT_NE(status_of(origin).find(" 502 "), std::string::npos);
        config::HostRule rule;
        rule.min_tls = "1.0";
        start_with(rule);
        EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    }
    static std::string pin(const certs::CertificatePtr& certificate) {
        return to_base64(certificate->spki_sha256());
    }
};

TEST_F(HostPolicyTest, AHostThatIsPassedThroughIsRelayedUnread) {
    const auto stranger = Identity::root("Stranger").leaf("leaf.test");  // nobody here would accept it
    const Origin origin(OriginOptions::of(stranger));
    config::HostRule rule;
    rule.action = config::HostAction::pass;
    start_with(rule);
    {
        ProxyClient client(proxy->address());
        EXPECT_EQ(client.connect(target(origin)), "HTTP/1.1 200 Connection established\r\n\r\n");
        // The client sees the server's own certificate and decides itself.
        EXPECT_EQ(client.start_tls({root.certificate(), "leaf.test"}),
                  "unable to get local issuer certificate");
    }
    {
        ProxyClient client(proxy->address());
        client.connect(target(origin));
        ClientTlsOptions regardless;
        regardless.goes_on_regardless = true;
        EXPECT_EQ(client.start_tls(regardless), "");
        EXPECT_EQ(client.peer_certificate()->sha256(), stranger.certificate()->sha256());
        EXPECT_NE(client.get("leaf.test").find("hello from the origin"), std::string::npos);
        client.send_close_notify();
        client.read_to_end();
    }
    proxy->stop();
    for (const auto& decision : proxy->decisions()) {
        EXPECT_EQ(decision["chainmend"]["decision"], "accepted");
        EXPECT_EQ(decision["chainmend"]["detail"], "passed through unread, [[host]] 1 (leaf.test)");
        EXPECT_FALSE(decision["chainmend"].contains("path"));
    }
    EXPECT_EQ(proxy->tunnels().size(), 2U);
}

TEST_F(HostPolicyTest, ARefusalNamesThePatternThatMatched) {
    config::HostRule rule;
    rule.match = {"*.corp.example", "leaf.test"};
    rule.action = config::HostAction::refuse;
    start_with(rule);
    ProxyClient client(proxy->address());
    EXPECT_NE(client.connect("leaf.test:443").find(" 403 "), std::string::npos);
    const auto decision = only_decision();
    EXPECT_EQ(decision["chainmend"]["detail"],
              "leaf.test is refused by the configuration, [[host]] 1 (leaf.test)");
    EXPECT_EQ(decision["event"]["action"], "connect");
    EXPECT_EQ(decision["destination"]["port"], 443);
}

TEST_F(HostPolicyTest, BytesSentTogetherWithTheConnectArePassedThroughToo) {
    auto options = complete();
    options.behaviour = OriginBehaviour::reply;
    options.body = "plain answer";
    const Origin origin(options);
    config::HostRule rule;
    rule.action = config::HostAction::pass;
    start_with(rule);
    {
        ProxyClient client(proxy->address());
        client.send("CONNECT " + target(origin) + " HTTP/1.1\r\nHost: x\r\n\r\nSSH-2.0-test\r\n");
        EXPECT_EQ(client.receive_head(), "HTTP/1.1 200 Connection established\r\n\r\n");
        EXPECT_EQ(client.receive_all(), "plain answer");
    }
    ASSERT_TRUE(origin.wait_until_all_ended());
    EXPECT_EQ(origin.connections().at(0).received, "SSH-2.0-test\r\n");
}

// Who asks for one host and shows the name of another can not have that one read.
TEST_F(HostPolicyTest, AnSniThatIsNotToBeReadIsNotReadUnderAnotherConnect) {
    CertificateSpec spec;
    spec.dns_names = {"leaf.test", "other.test"};  // it could be inspected as either
    const Origin origin(complete(spec));
    start();
    {
        ProxyClient client(proxy->address());
        client.connect(target(origin));
        EXPECT_EQ(client.start_tls({proxy->ca(), "other.test"}), "");
    }
    for (const auto action : {config::HostAction::pass, config::HostAction::refuse}) {
        config::HostRule rule;
        rule.match = {"other.test"};
        rule.action = action;
        start_with(rule);
        ProxyClient client(proxy->address());
        client.connect(target(origin));
        EXPECT_NE(client.start_tls({proxy->ca(), "other.test"}), "");
    }
}

TEST_F(HostPolicyTest, ExtraAnchorsHoldForTheirHostsOnly) {
    const auto corp = Identity::root("Corp Root");
    const Origin here(OriginOptions::of(corp.leaf("leaf.test")));
    const Origin elsewhere(OriginOptions::of(corp.leaf("other.test")));
    config::HostRule rule;
    rule.trust_files = {directory.write("corp.pem", corp.pem())};
    start_with(rule);
    EXPECT_NE(status_of(here).find(" 200 "), std::string::npos);
    EXPECT_NE(status_of(elsewhere, "other.test").find("issuer_not_found"), std::string::npos);
}

TEST_F(HostPolicyTest, AnchorsOfOnlySomeHostsVouchForThese) {
    const Origin here(complete());
    const Origin elsewhere(OriginOptions::of(leaf({}, "other.test"), {ca1.certificate()}));
    start([&](config::Settings& settings) {
        settings.trust.only_for = {{settings.trust.files[0], "leaf.test"}};
    });
    EXPECT_NE(status_of(here).find(" 200 "), std::string::npos);
    EXPECT_NE(status_of(elsewhere, "other.test").find("untrusted_root"), std::string::npos);
}

TEST_F(HostPolicyTest, ARootMayBeDistrustedForWhatItIssuesAfterADay) {
    CertificateSpec late;
    late.not_before = noon() - days{1};
    CertificateSpec early;
    early.not_before = noon() - days{30};
    const Origin new_one(complete(late));
    const Origin old_one(complete(early));
    start([&](config::Settings& settings) {
        settings.trust.distrust_after = {{to_hex(root.certificate()->sha256()), "2026-05-20"}};
    });
    EXPECT_NE(status_of(old_one).find(" 200 "), std::string::npos);
    EXPECT_NE(status_of(new_one).find("untrusted_root"), std::string::npos);
}

TEST_F(HostPolicyTest, TheProfileIsTheRules) {
    CertificateSpec spec;
    spec.digest = "SHA1";
    const Origin origin(complete(spec));
    config::HostRule rule;
    rule.profile = "compat";
    start_with(rule);
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    EXPECT_EQ(only_decision()["chainmend"]["profile"], "compat");
    start();
    EXPECT_NE(status_of(origin).find("weak_signature"), std::string::npos);
}

TEST_F(HostPolicyTest, AnOldServerIsReachedByItsRuleAndWarnedOf) {
    auto options = complete();
    options.minimum_version = 0x0302;
    options.maximum_version = 0x0302;
    options.cipher_list = "DEFAULT@SECLEVEL=0";
    const Origin origin(options);
    expect_reached_by_an_old_rule(origin);
    const auto decision = last_decision();
    EXPECT_EQ(decision["tls"]["version"], "1.1");
    EXPECT_NE(decision["chainmend"]["warnings"].dump().find("old_tls"), std::string::npos);
}

TEST_F(HostPolicyTest, AServerThatSignsWithSha1IsReachedByItsRuleAndWarnedOf) {
    auto options = complete();
    options.maximum_version = 0x0303;
    options.cipher_list = "ECDHE+AESGCM";
    options.signature_algorithms = "ECDSA+SHA1:RSA+SHA1";
    const Origin origin(options);
    expect_reached_by_an_old_rule(origin);
    EXPECT_NE(last_decision()["chainmend"]["warnings"].dump().find("signs with SHA-1, which [[host]] 1"),
              std::string::npos);
}

TEST_F(HostPolicyTest, NoPasswordOfARuleComesIntoTheRecord) {
    const Origin origin(complete());
    config::HostRule rule;
    rule.match = {"elsewhere.test"};
    rule.upstream_proxy = "http://bob:s3cret@127.0.0.1:9";
    rule.client_certificate_password = "s3cret";
    start([&](config::Settings& settings) {
        settings.upstream.proxy = "";
        settings.hosts = {rule};
    });
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    proxy->stop();
    EXPECT_NE(content_of(directory / "history.db").find("bob:***@127.0.0.1"), std::string::npos);
    for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
        if (!file.is_regular_file()) continue;
        EXPECT_EQ(content_of(file.path()).find("s3cret"), std::string::npos) << file.path();
    }
}

TEST_F(HostPolicyTest, PortsAndNetworksAreTheRules) {
    config::HostRule rule;
    rule.connect_ports = {443};
    start_with(rule);
    const Origin origin(complete());
    EXPECT_NE(status_of(origin).find(" 403 chainmend port_denied"), std::string::npos);
    rule = {};
    rule.connect_deny = {"127.0.0.0/8"};
    start_with(rule);
    EXPECT_NE(status_of(origin).find(" 403 chainmend destination_denied"), std::string::npos);
    // Whatever the rule says, the proxy is not connected to itself.
    rule.connect_deny = std::vector<std::string>{};
    start_with(rule);
    ProxyClient client(proxy->address());
    EXPECT_NE(client.connect("leaf.test:" + proxy->address().substr(proxy->address().find(':') + 1))
                  .find("proxy_loop"),
              std::string::npos);
}

TEST_F(HostPolicyTest, PinsRefuseAndTellTheKeysSeen) {
    const Origin origin(complete());
    config::HostRule rule;
    rule.pins = {pin(ca1.certificate())};
    start_with(rule);
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    rule.pins = {std::string(64, '0')};
    start_with(rule);
    EXPECT_NE(status_of(origin).find("pin_mismatch"), std::string::npos);
    EXPECT_NE(last_decision()["chainmend"]["detail"].get<std::string>().find(pin(root.certificate())),
              std::string::npos);
}

TEST_F(HostPolicyTest, AnExceptionAcceptsAndIsOnRecordEachTime) {
    CertificateSpec spec;
    spec.not_before = noon() - days{100};
    spec.not_after = noon() - days{10};
    const auto options = complete(spec);
    const Origin origin(options);
    start([&](config::Settings& settings) {
        settings.exceptions = {
            {"leaf.test", pin(options.certificate), "old box", "ops", "2026-06-30", {"expired"}}};
    });
    for (int i = 0; i < 2; ++i) {
        ProxyClient client(proxy->address());
        client.connect(target(origin));
        EXPECT_EQ(client.start_tls(trusting()), "");  // shown a certificate that is not expired
        client.send_close_notify();
        client.read_to_end();
    }
    proxy->stop();
    ASSERT_EQ(proxy->decisions().size(), 2U);
    for (const auto& decision : proxy->decisions()) {
        EXPECT_EQ(decision["chainmend"]["how"], "by_exception");
        const auto& exception = decision["chainmend"]["exception"];
        EXPECT_EQ(exception["state"], "used");
        EXPECT_EQ(exception["owner"], "ops");
        EXPECT_EQ(exception["forgave"], nlohmann::json::array({"expired"}));
        EXPECT_EQ(exception["days_left"], 29);
    }
}

TEST_F(HostPolicyTest, AReloadSwapsRulesPinsAndExceptionsAndAMistakeSwapsNothing) {
    const Origin origin(complete());
    start();
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    config::HostRule pinned;
    pinned.match = {"leaf.test"};
    pinned.pins = {std::string(64, '0')};
    proxy->change_settings([&](config::Settings& settings) { settings.hosts = {pinned}; });
    proxy->server().request_reload();
    std::string status;
    do {
        status = status_of(origin);
    } while (status.find(" 200 ") != std::string::npos);
    EXPECT_NE(status.find("pin_mismatch"), std::string::npos) << status;
    // Pins away and a list that is not there: none of it counts.
    proxy->change_settings([&](config::Settings& settings) {
        settings.hosts.clear();
        settings.verify.crl_files = {"/nowhere.crl"};
    });
    proxy->server().request_reload();
    while (proxy->reloads() < 2)
        status_of(origin);
    EXPECT_NE(status_of(origin).find("pin_mismatch"), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
