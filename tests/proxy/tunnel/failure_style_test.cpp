#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {
namespace {

// How a refusal reaches those who do not read the answer to a CONNECT.
class FailureStyles : public ProxyTest {
  protected:
    static constexpr const char* browser = "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n";

    Identity expired() const {
        CertificateSpec spec;
        spec.not_before = noon() - std::chrono::days{90};
        spec.not_after = noon() - std::chrono::days{3};
        return leaf({}, "leaf.test", spec);
    }
    /// A tunnel whose 200 has come.
    std::unique_ptr<ProxyClient> tunnel(const Origin& origin, const std::string& more) {
        auto client = std::make_unique<ProxyClient>(proxy->address());
        EXPECT_EQ(client->connect(target(origin), more), "HTTP/1.1 200 Connection established\r\n\r\n");
        return client;
    }
    static std::string page(ProxyClient& client) {
        EXPECT_TRUE(client.write("GET /secret HTTP/1.1\r\nHost: leaf.test\r\nAccept: text/html\r\n\r\n"));
        return client.read_to_end();
    }
    static void expect_nothing_received(const Origin& origin) {
        ASSERT_TRUE(origin.wait_until_all_ended());
        for (const auto& connection : origin.connections())
            EXPECT_EQ(connection.received, "");
    }
    void mimic(config::Settings& settings) const { settings.failure.style = config::FailureStyle::mimic; }
};

TEST_F(FailureStyles, BrowsersGetThePageInsideTheTunnel) {
    start();
    const Origin origin(OriginOptions::of(expired(), {ca1.certificate()}));
    {
        const auto client = tunnel(origin, browser);
        auto options = trusting();
        options.alpn = {"h2", "http/1.1"};
        ASSERT_EQ(client->start_tls(options), "");
        EXPECT_EQ(client->protocol(), "http/1.1");
        EXPECT_EQ(client->peer_certificate()->issuer(), proxy->ca()->subject());
        const auto answer = page(*client);
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 chainmend expired: ")) << answer;
        EXPECT_NE(answer.find("Content-Type: text/html"), std::string::npos);
        EXPECT_NE(answer.find("<strong>expired</strong>"), std::string::npos);
    }
    expect_nothing_received(origin);
    const auto decision = only_decision();
    EXPECT_EQ(decision["chainmend"]["reason"], "expired");
    EXPECT_EQ(decision["http"]["response"]["status_code"], 502);
    ASSERT_EQ(proxy->tunnels().size(), 1U);
    EXPECT_EQ(proxy->tunnels()[0]["chainmend"]["end"], "refused");
    EXPECT_EQ(proxy->tunnels()[0]["chainmend"]["id"], decision["chainmend"]["id"]);
}

TEST_F(FailureStyles, APageAskedForByHeadHasNoBody) {
    start();
    const Origin origin(OriginOptions::of(expired(), {ca1.certificate()}));
    const auto client = tunnel(origin, browser);
    ASSERT_EQ(client->start_tls(trusting()), "");
    EXPECT_TRUE(client->write("HEAD / HTTP/1.1\r\nHost: leaf.test\r\n\r\n"));
    const auto answer = client->read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 chainmend expired: ")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

// The client is heard first, so the server is asked for what it wants at once.
TEST_F(FailureStyles, BrowsersGetHttp2OnTheirFirstConnection) {
    start();
    auto options = OriginOptions::of(leaf(), {ca1.certificate()});
    options.alpn = {"h2", "http/1.1"};
    options.behaviour = OriginBehaviour::echo;
    const Origin origin(options);
    const auto client = tunnel(origin, browser);
    auto tls = trusting();
    tls.alpn = {"h2", "http/1.1"};
    ASSERT_EQ(client->start_tls(tls), "");
    EXPECT_EQ(client->protocol(), "h2");
    client->write("ping");
    EXPECT_EQ(client->read(4), "ping");
    EXPECT_EQ(origin.accepted(), 1);
    EXPECT_EQ(origin.connections()[0].protocols, (std::vector<std::string>{"h2", "http/1.1"}));
}

TEST_F(FailureStyles, ProgramsGetTheAnswerToTheirConnect) {
    start();
    const Origin origin(OriginOptions::of(expired(), {ca1.certificate()}));
    EXPECT_EQ(status_of(origin).rfind("HTTP/1.1 502 chainmend expired: ", 0), 0U);
}

TEST_F(FailureStyles, AServerThatCanNotBeReachedIsToldInTheAnswerToEverybody) {
    start();
    ProxyClient client(proxy->address());
    const auto head = client.connect("nowhere.invalid:443", browser);
    EXPECT_TRUE(head.starts_with("HTTP/1.1 502 chainmend dns_error: ")) << head;
}

TEST_F(FailureStyles, ARuleForTheHostDecidesBeforeThem) {
    start([](config::Settings& settings) {
        settings.failure.style = config::FailureStyle::page;
        config::HostRule rule;
        rule.match = {"leaf.test"};
        rule.failure_style = config::FailureStyle::connect;
        settings.hosts = {rule};
    });
    const Origin origin(OriginOptions::of(expired(), {ca1.certificate()}));
    ProxyClient client(proxy->address());
    EXPECT_TRUE(client.connect(target(origin), browser).starts_with("HTTP/1.1 502 chainmend expired: "));
    EXPECT_TRUE(client.receive_all().size() > 0);
    ProxyClient other(proxy->address());
    const Origin second(OriginOptions::of(expired(), {ca1.certificate()}));
    EXPECT_TRUE(other.connect(target(second, "other.test")).starts_with("HTTP/1.1 200 "));
}

TEST_F(FailureStyles, AMimicHasTheSameDefect) {
    start([this](config::Settings& settings) { mimic(settings); });
    const auto refused = [&](const Identity& identity, std::vector<certs::CertificatePtr> chain) {
        const Origin origin(OriginOptions::of(identity, std::move(chain)));
        const auto client = tunnel(origin, "");
        const auto error = client->start_tls(trusting());
        expect_nothing_received(origin);
        return error;
    };
    CertificateSpec early;
    early.not_before = noon() + std::chrono::days{1};
    EXPECT_EQ(refused(expired(), {ca1.certificate()}), "certificate has expired");
    EXPECT_EQ(refused(leaf({}, "leaf.test", early), {ca1.certificate()}), "certificate is not yet valid");
    EXPECT_EQ(refused(leaf({}, "elsewhere.test"), {ca1.certificate()}), "hostname mismatch");
    EXPECT_EQ(refused(leaf(), {}), "unable to get local issuer certificate");
    proxy->stop();
    const auto tunnels = proxy->tunnels();
    ASSERT_EQ(tunnels.size(), 4U);
    for (const auto& tunnel : tunnels)
        EXPECT_EQ(tunnel["chainmend"]["end"], "refused");
}

TEST_F(FailureStyles, AClientThatGoesOnRegardlessGetsThePageAndNeverTheServer) {
    start([this](config::Settings& settings) { mimic(settings); });
    for (const bool stranger : {false, true}) {
        const auto other = Identity::root("Root X");
        const auto identity = stranger ? other.leaf("leaf.test") : expired();
        const Origin origin(OriginOptions::of(identity, {ca1.certificate()}));
        {
            const auto client = tunnel(origin, "");
            ClientTlsOptions careless;
            careless.server_name = "leaf.test";
            careless.goes_on_regardless = true;
            ASSERT_EQ(client->start_tls(careless), "");
            EXPECT_TRUE(page(*client).starts_with("HTTP/1.1 502 chainmend "));
        }
        expect_nothing_received(origin);
    }
}

// A page needs HTTP/1.1: who can not read one gets an alert.
TEST_F(FailureStyles, AClientOfHttp2AloneGetsAnAlertInsteadOfThePage) {
    start([](config::Settings& settings) { settings.failure.style = config::FailureStyle::page; });
    const Origin origin(OriginOptions::of(expired(), {ca1.certificate()}));
    const auto client = tunnel(origin, "");
    auto options = trusting();
    options.alpn = {"h2"};
    EXPECT_NE(client->start_tls(options).find("no application protocol"), std::string::npos);
    expect_nothing_received(origin);
}

// pip asks six times, the AWS command line five.
TEST_F(FailureStyles, ARefusalIsRememberedForAWhile) {
    start();
    const Origin origin(OriginOptions::of(leaf({"/gone"}), {}));
    for (int i = 0; i < 3; ++i)
        status_of(origin);
    proxy->set_time(noon() + std::chrono::seconds{16});
    status_of(origin);
    proxy->stop();
    const auto decisions = proxy->decisions();
    ASSERT_EQ(decisions.size(), 4U);
    EXPECT_EQ(decisions[0]["chainmend"]["remembered"], false);
    EXPECT_EQ(decisions[1]["chainmend"]["remembered"], true);
    EXPECT_EQ(decisions[2]["chainmend"]["remembered"], true);
    EXPECT_EQ(decisions[3]["chainmend"]["remembered"], false);
}

}  // namespace
}  // namespace chainmend::test
