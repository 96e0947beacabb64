#include "tests/proxy/forward/exchange_fixture.h"

namespace chainmend::test {
namespace {

// Absolute form over https: chainmend does the TLS.
class HttpsExchanges : public ExchangeTest {};

TEST_F(HttpsExchanges, DoTheTlsForClientsThatHaveNone) {
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    const Origin origin(OriginOptions::of(leaf({"/ca1"}), {}));
    const auto url = "https://leaf.test:" + std::to_string(origin.port()) + "/";
    ProxyClient client(proxy->address());
    for (int i = 0; i < 2; ++i) {
        client.send(get(url));
        EXPECT_TRUE(read(client, 22).ends_with("\r\n\r\nhello from the origin\n"));
    }
    EXPECT_EQ(origin.accepted(), 1);
    EXPECT_EQ(origin.connections()[0].server_name, "leaf.test");
    EXPECT_EQ(origin.connections()[0].protocols, std::vector<std::string>{"http/1.1"});
    const auto decision = only_decision();
    EXPECT_EQ(decision["chainmend"]["how"], "repaired");
    EXPECT_EQ(decision["event"]["action"], "tls-verify");
    EXPECT_EQ(decision["url"]["original"], url);
}

TEST_F(HttpsExchanges, RefuseAServerThatCanNotBeVerifiedAsInATunnel) {
    CertificateSpec spec;
    spec.not_before = noon() - std::chrono::days{90};
    spec.not_after = noon() - std::chrono::days{3};
    const Origin origin(OriginOptions::of(leaf({}, "leaf.test", spec), {ca1.certificate()}));
    const auto answer = ask(get("https://leaf.test:" + std::to_string(origin.port()) + "/"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 chainmend expired: ")) << answer;
    EXPECT_NE(answer.find("Proxy-Status: chainmend; error=tls_certificate_error; next-hop=leaf.test; "
                          "details=\"expired\"\r\n"),
              std::string::npos);
    ASSERT_TRUE(origin.wait_until_all_ended());
    EXPECT_EQ(origin.connections()[0].received, "");
    EXPECT_EQ(only_decision()["chainmend"]["reason"], "expired");
}

TEST_F(HttpsExchanges, SayThatTheServerWantedAClientCertificate) {
    auto options = OriginOptions::of(leaf(), {ca1.certificate()});
    options.require_client_certificate = true;
    const Origin origin(options);
    const auto answer = ask(get("https://leaf.test:" + std::to_string(origin.port()) + "/"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 chainmend connection_terminated: ")) << answer;
    EXPECT_NE(answer.find("; it asked for a client certificate"), std::string::npos) << answer;
}

// An answer without a length over TLS that ends without close_notify may have been cut by anybody.
TEST_F(HttpsExchanges, NeverMendATruncationUnderTls) {
    auto options = OriginOptions::of(leaf(), {ca1.certificate()});
    options.behaviour = OriginBehaviour::send_and_truncate;
    options.body = "HTTP/1.1 200 OK\r\n\r\nhello";
    const Origin origin(options);
    ProxyClient client(proxy->address());
    client.send(get("https://leaf.test:" + std::to_string(origin.port()) + "/"));
    client.receive_head();
    EXPECT_EQ(client.receive_all().find("0\r\n\r\n"), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
