#include <sys/socket.h>

#include <algorithm>
#include <thread>

#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {
namespace {

// Tunnels that are open: who is shown what, and what passes through.
class Tunnels : public ProxyTest {
  protected:
    OriginOptions complete(OriginBehaviour behaviour = OriginBehaviour::http,
                           const std::string& body = "hello") {
        auto options = OriginOptions::of(leaf(), {ca1.certificate()});
        options.behaviour = behaviour;
        options.body = body;
        return options;
    }
    /// A client with its tunnel open and TLS in it.
    std::unique_ptr<ProxyClient> open(const Origin& origin, ClientTlsOptions options = {}) {
        if (!proxy) start();
        auto client = std::make_unique<ProxyClient>(proxy->address());
        EXPECT_EQ(client->connect(target(origin)), "HTTP/1.1 200 Connection established\r\n\r\n");
        options.ca = proxy->ca();
        if (options.server_name.empty()) options.server_name = "leaf.test";
        EXPECT_EQ(client->start_tls(options), "");
        return client;
    }
    nlohmann::json only_tunnel() {
        proxy->stop();
        const auto tunnels = proxy->tunnels();
        EXPECT_EQ(tunnels.size(), 1U);
        return tunnels.empty() ? nlohmann::json::object() : tunnels.front();
    }
    /// Bytes that do not repeat in step with any buffer.
    static std::string pattern(std::size_t size) {
        std::string bytes(size, '\0');
        std::uint32_t state = 1;
        for (auto& byte : bytes)
            byte = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
        return bytes;
    }
};

TEST_F(Tunnels, ShowTheVerifiedNameUnderOurOwnCa) {
    const Origin origin(complete());
    const auto client = open(origin);
    const auto shown = client->peer_certificate();
    EXPECT_EQ(shown->dns_names(), std::vector<std::string>{"leaf.test"});
    EXPECT_EQ(shown->issuer(), proxy->ca()->subject());
}

TEST_F(Tunnels, WorkWithTls12AndRsaOnlyClients) {
    const Origin origin(complete());
    ClientTlsOptions options;
    options.maximum_version = 0x0303;
    options.cipher_list = "ECDHE-RSA-AES128-GCM-SHA256";
    options.signature_algorithms = "RSA+SHA256";
    const auto client = open(origin, options);
    EXPECT_EQ(client->version(), "TLSv1.2");
    EXPECT_NE(client->get("leaf.test").find("hello"), std::string::npos);
}

TEST_F(Tunnels, TakeAClientHelloSentTogetherWithTheConnect) {
    const Origin origin(complete());
    start();
    ProxyClient client(proxy->address());
    client.send("CONNECT " + target(origin) + " HTTP/1.1\r\nHost: x\r\n\r\n" +
                ProxyClient::client_hello({nullptr, "leaf.test"}));
    EXPECT_EQ(client.receive_head(), "HTTP/1.1 200 Connection established\r\n\r\n");
    char first = 0;
    ASSERT_EQ(::recv(client.socket(), &first, 1, 0), 1);
    EXPECT_EQ(first, 0x16);  // a handshake record: the ServerHello
}

TEST_F(Tunnels, AreByteExactBothWays) {
    const Origin origin(complete(OriginBehaviour::echo));
    const auto client = open(origin);
    const auto sent = pattern(4'000'000);
    std::thread writer([&] { client->write(sent); });
    const auto received = client->read(sent.size());
    writer.join();
    EXPECT_TRUE(received == sent);
    client->send_close_notify();
    StreamEnd how{};
    client->read_to_end(&how);
    EXPECT_EQ(how, StreamEnd::close_notify);
    const auto tunnel = only_tunnel();
    EXPECT_EQ(tunnel["chainmend"]["end"], "closed");
    EXPECT_EQ(tunnel["client"]["bytes"], sent.size());
    EXPECT_EQ(tunnel["server"]["bytes"], sent.size());
    EXPECT_EQ(tunnel["chainmend"]["id"], proxy->decisions()[0]["chainmend"]["id"]);
}

TEST_F(Tunnels, DeliverALargeDownloadBeforeAnOrderlyEnd) {
    const auto body = pattern(8'000'000);
    const Origin origin(complete(OriginBehaviour::send_and_close, body));
    const auto client = open(origin);
    StreamEnd how{};
    EXPECT_TRUE(client->read_to_end(&how) == body);
    EXPECT_EQ(how, StreamEnd::close_notify);
}

TEST_F(Tunnels, PassATruncationOnAsATruncation) {
    const auto body = pattern(1'000'000);
    const Origin origin(complete(OriginBehaviour::send_and_truncate, body));
    const auto client = open(origin);
    StreamEnd how{};
    EXPECT_TRUE(client->read_to_end(&how) == body);
    EXPECT_NE(how, StreamEnd::close_notify);
    client->shutdown_write();
    EXPECT_EQ(only_tunnel()["chainmend"]["end"], "truncated_by_server");
}

// Python's requests leave so, and OpenSSL 3 answers with an alert.
TEST_F(Tunnels, ThatTheClientCutsShortAreItsDoingWhateverTheServerAnswers) {
    const Origin origin(complete());
    const auto client = open(origin);
    EXPECT_NE(client->get("leaf.test").find("hello"), std::string::npos);
    client->shutdown_write();
    client->read_to_end();
    const auto tunnel = only_tunnel();
    EXPECT_EQ(tunnel["chainmend"]["end"], "truncated_by_client");
    EXPECT_EQ(
        tunnel["chainmend"]["detail"],
        "the connection ended without close_notify; then the server: alert from the peer: decode error");
}

// With TLS 1.3 the server says so only when the handshake is over.
TEST_F(Tunnels, SayThatTheServerWantedAClientCertificate) {
    auto options = complete();
    options.require_client_certificate = true;
    const Origin origin(options);
    const auto client = open(origin);
    client->read_to_end();
    const auto tunnel = only_tunnel();
    EXPECT_EQ(tunnel["chainmend"]["end"], "broken_by_server");
    EXPECT_EQ(tunnel["chainmend"]["detail"],
              "alert from the peer: certificate required; it asked for a client certificate");
    const auto warnings = proxy->decisions().at(0)["chainmend"]["warnings"];
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0]["code"], "client_certificate_requested");
}

TEST_F(Tunnels, ToAServerThatIsAskedAgainAndWarnedOfAreOneDecision) {
    auto options = complete();
    options.request_client_certificate = true;
    options.alpn = {"h2", "http/1.1"};
    const Origin origin(options);
    ClientTlsOptions h2;
    h2.alpn = {"h2"};
    EXPECT_EQ(open(origin, h2)->protocol(), "h2");
    EXPECT_EQ(origin.accepted(), 2);
    EXPECT_EQ(only_decision()["chainmend"]["warnings"].size(), 1U);
}

TEST_F(Tunnels, NeverMendAResetIntoAnOrderlyEnd) {
    const Origin origin(complete(OriginBehaviour::send_and_reset, "partial"));
    const auto client = open(origin);
    EXPECT_EQ(client->read(7), "partial");
    client->write("got it");  // only then the origin resets
    StreamEnd how{};
    client->read_to_end(&how);
    EXPECT_NE(how, StreamEnd::close_notify);
    client->shutdown_write();
    EXPECT_EQ(only_tunnel()["chainmend"]["end"], "broken_by_server");
}

TEST_F(Tunnels, PassAHalfCloseOnAndGoOnTheOtherWay) {
    const auto body = pattern(1'000'000);
    const Origin origin(complete(OriginBehaviour::read_then_send, body));
    const auto client = open(origin);
    client->write("that is all");
    client->send_close_notify();
    StreamEnd how{};
    EXPECT_TRUE(client->read_to_end(&how) == body);
    EXPECT_EQ(how, StreamEnd::close_notify);
    ASSERT_TRUE(origin.wait_until_all_ended());
    EXPECT_EQ(origin.connections()[0].received, "that is all");
    EXPECT_TRUE(origin.connections()[0].close_notify);
}

TEST_F(Tunnels, GoOnDownwardsAfterABareFinOfTheClient) {
    const auto body = pattern(1'000'000);
    const Origin origin(complete(OriginBehaviour::send_and_close, body));
    const auto client = open(origin);
    client->shutdown_write();
    EXPECT_TRUE(client->read_to_end() == body);
}

TEST_F(Tunnels, HoldLittleForAClientThatDoesNotRead) {
    const Origin origin(complete(OriginBehaviour::echo));
    start();
    const auto client = open(origin);
    // An echo that nobody reads: the writer must be stopped by the buffers in between.
    timeval patience{1, 0};
    ::setsockopt(client->socket(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    EXPECT_FALSE(client->write(std::string(64'000'000, 'x')));
}

TEST_F(Tunnels, EndWhenNothingMoves) {
    const Origin origin(complete());
    start(
        [](config::Settings& settings) { settings.upstream.idle_timeout = std::chrono::milliseconds{100}; });
    const auto client = open(origin);
    client->read_to_end();
    EXPECT_EQ(only_tunnel()["chainmend"]["end"], "idle_timeout");
}

TEST_F(Tunnels, RecordThatAClientDoesNotTrustTheCa) {
    const Origin origin(complete());
    start();
    {
        ProxyClient client(proxy->address());
        client.connect(target(origin));
        EXPECT_NE(client.start_tls({nullptr, "leaf.test"}), "");
    }
    ASSERT_TRUE(proxy->wait_for_records(2));
    EXPECT_EQ(only_tunnel()["chainmend"]["end"], "client_distrusts_ca");
}

TEST_F(Tunnels, CloseWhatIsNotTls) {
    const Origin origin(complete());
    start();
    ProxyClient client(proxy->address());
    client.connect(target(origin));
    client.send("GET / HTTP/1.1\r\nHost: leaf.test\r\n\r\n");
    // In words that it understands.
    EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 502 chainmend not_tls: "));
    EXPECT_EQ(only_tunnel()["chainmend"]["end"], "client_not_tls");
}

TEST_F(Tunnels, RecordAClientThatLeavesWithoutAHandshake) {
    const Origin origin(complete());
    start();
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    const auto tunnel = only_tunnel();
    EXPECT_EQ(tunnel["chainmend"]["end"], "client_left_handshake");
    EXPECT_EQ(tunnel["tls"], nlohmann::json::object());
}

TEST_F(Tunnels, AskTheServerAgainForAClientThatWantsOnlyHttp2) {
    auto options = complete();
    options.alpn = {"h2", "http/1.1"};
    const Origin origin(options);
    ClientTlsOptions h2;
    h2.alpn = {"h2"};
    EXPECT_EQ(open(origin, h2)->protocol(), "h2");
    ASSERT_EQ(origin.connections().size(), 2U);
    EXPECT_EQ(origin.connections()[0].protocols, std::vector<std::string>{"http/1.1"});
    EXPECT_EQ(origin.connections()[1].protocols, std::vector<std::string>{"h2"});
    // The next time it is known.
    EXPECT_EQ(open(origin, h2)->protocol(), "h2");
    EXPECT_EQ(origin.connections().size(), 3U);
    proxy->stop();
    EXPECT_EQ(proxy->decisions().size(), 2U);
}

TEST_F(Tunnels, ReachAServerOfHttp2AloneOnTheFirstConnection) {
    auto options = complete();
    options.alpn = {"h2"};
    const Origin origin(options);
    for (const std::vector<std::string>& offered : {std::vector<std::string>{"h2"}, {"h2", "http/1.1"}}) {
        proxy.reset();
        ClientTlsOptions wishes;
        wishes.alpn = offered;
        EXPECT_EQ(open(origin, wishes)->protocol(), "h2");
    }
}

TEST_F(Tunnels, OfAClientThatSharesNoProtocolWithTheServerLeaveOthersAlone) {
    auto options = complete();
    options.alpn = {"http/1.1"};
    const Origin origin(options);
    ClientTlsOptions http1;
    http1.alpn = {"http/1.1"};
    EXPECT_EQ(open(origin, http1)->protocol(), "http/1.1");
    for (const char* other : {"h2", "acme-tls/1"}) {
        ProxyClient client(proxy->address());
        client.connect(target(origin));
        auto wishes = trusting();
        wishes.alpn = {other};
        EXPECT_NE(client.start_tls(wishes).find("no application protocol"), std::string::npos) << other;
        EXPECT_EQ(open(origin, http1)->protocol(), "http/1.1") << "after " << other;
    }
    proxy->stop();
    const auto decisions = proxy->decisions();
    const auto found = std::find_if(decisions.begin(), decisions.end(),
                                    [](const auto& one) { return one["event"]["outcome"] == "failure"; });
    ASSERT_NE(found, decisions.end());
    const auto refused = (*found)["chainmend"];
    EXPECT_EQ(refused["reason"], "tls_alert_received");
    EXPECT_NE(refused["detail"].get<std::string>().find("it was offered h2"), std::string::npos) << refused;
}

TEST_F(Tunnels, ToOnePortSayNothingAboutAnother) {
    auto of_http2 = complete();
    of_http2.alpn = {"h2"};
    auto of_http1 = complete();
    of_http1.alpn = {"http/1.1"};
    const Origin one(of_http2);
    const Origin other(of_http1);
    ClientTlsOptions h2, http1;
    h2.alpn = {"h2"};
    http1.alpn = {"http/1.1"};
    EXPECT_EQ(open(one, h2)->protocol(), "h2");
    EXPECT_EQ(open(other, http1)->protocol(), "http/1.1");
    ASSERT_TRUE(other.wait_until([](const auto& all) { return !all.empty(); }));
    EXPECT_EQ(other.connections()[0].protocols, std::vector<std::string>{"http/1.1"});
}

TEST_F(Tunnels, VerifyForTheNameThatTheClientWillCheck) {
    const auto both = [&] {
        CertificateSpec spec;
        spec.dns_names = {"leaf.test", "other.test"};
        return ca1.leaf("leaf.test", spec);
    }();
    const Origin origin(OriginOptions::of(both, {ca1.certificate()}));
    ClientTlsOptions options;
    options.server_name = "other.test";
    const auto client = open(origin, options);
    EXPECT_EQ(client->peer_certificate()->dns_names(), std::vector<std::string>{"other.test"});
    ASSERT_TRUE(origin.wait_until([](const auto& all) { return all.size() == 2 && all[1].handshake_done; }));
    EXPECT_EQ(origin.connections()[1].server_name, "other.test");
}

TEST_F(Tunnels, RefuseANameThatTheServerIsNot) {
    const Origin origin(complete());
    start();
    ProxyClient client(proxy->address());
    client.connect(target(origin));
    EXPECT_NE(client.start_tls({proxy->ca(), "other.test"}).find("alert"), std::string::npos);
    proxy->stop();
    ASSERT_EQ(proxy->decisions().size(), 2U);
    EXPECT_EQ(proxy->decisions()[1]["chainmend"]["reason"], "host_mismatch");
    EXPECT_EQ(proxy->tunnels()[0]["chainmend"]["end"], "refused");
}

TEST_F(Tunnels, RecordAClientThatLeavesBeforeItsAnswer) {
    const Origin origin(OriginOptions{.behaviour = OriginBehaviour::silent});
    start();
    {
        ProxyClient client(proxy->address());
        client.send("CONNECT " + target(origin) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        // The tunnel is dialling as soon as the origin has been connected to.
        while (origin.accepted() == 0)
            std::this_thread::yield();
    }
    ASSERT_TRUE(proxy->wait_for_records(1));
    EXPECT_EQ(only_tunnel()["chainmend"]["end"], "client_gone");
}

}  // namespace
}  // namespace chainmend::test
