#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "tests/matrix/scenario.h"
#include "tests/support/proxy_client.h"

// Many at once, and what one handshake may cost the others.
namespace chainmend::test {
namespace {

using Manner = IssuerAnswer::Manner;
using std::chrono::milliseconds;

/// 1,000, or as many as there are descriptors for: the client's, the proxy's two and the origin's.
int clients_wanted() {
    rlimit descriptors{};
    ::getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
    const auto possible = (static_cast<std::int64_t>(descriptors.rlim_cur) - 100) / 4;
    const char* told = std::getenv("CHAINMEND_CONNECTS");
    return static_cast<int>(std::min<std::int64_t>(possible, told == nullptr ? 1000 : std::atoi(told)));
}

std::string name_of(int i) {
    return "h" + std::to_string(i) + ".many.test";
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// CONNECTs to `count` names at once, none of which was seen before and all of which lack the same issuer.
/// One request brings it, and every one is repaired.
void connect_to_cold_hosts(Stage& stage, int count, const IssuerAnswer& answer) {
    stage.adjust([](config::Settings& settings) { settings.listen.workers = 2; });
    for (int i = 0; i < count; ++i)
        stage.resolves(name_of(i));
    stage.issuers.serve("/ca", answer);
    CertificateSpec spec = stage.pointing_to({"/ca"});
    spec.dns_names = {"*.many.test"};
    Origin origin(OriginOptions::of(stage.ca.leaf("many.test", spec)));

    RunningProxy& proxy = stage.start();
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::unique_ptr<ProxyClient>> clients;
    for (int i = 0; i < count; ++i) {
        const std::string authority = name_of(i) + ":" + std::to_string(origin.port());
        clients.push_back(std::make_unique<ProxyClient>(proxy.address()));
        clients.back()->send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
    }
    int tunnels = 0;
    for (const auto& client : clients)
        tunnels += client->receive_head().starts_with("HTTP/1.1 200 ");
    std::cout << count << " CONNECTs decided in " << seconds_since(begin) << " s, " << stage.issuers.total()
              << " request(s)\n";
    EXPECT_EQ(tunnels, count);
    clients.clear();
    EXPECT_TRUE(proxy.wait_for_records(static_cast<std::size_t>(2 * count)));
    int repaired = 0;
    for (const auto& decision : proxy.decisions())
        repaired += decision.at("chainmend").at("how") == "repaired";
    EXPECT_EQ(repaired, count);
    EXPECT_EQ(stage.issuers.total(), 1);
    EXPECT_EQ(stage.issuers.connections(), 1);
    stage.expect_requests_tell_nothing();
}

// All CONNECTs are under way before the issuer's answer is whole: one flight serves them all.
TEST(Busy, ManyConnectsToColdHostsMakeOneRequest) {
    Stage stage;
    stage.adjust([](config::Settings& settings) {
        // So many handshakes at once take their time on a small machine; how long is not the question here.
        settings.repair.budget = std::chrono::minutes{5};
        settings.egress.timeout = std::chrono::minutes{5};
        settings.upstream.handshake_timeout = std::chrono::minutes{5};
        settings.upstream.connect_timeout = std::chrono::minutes{5};
        settings.listen.request_timeout = std::chrono::minutes{5};
    });
    IssuerAnswer answer = IssuerAnswer::der(stage.ca.certificate()).with(Manner::slow);
    answer.piece = answer.body.size() / 2 + 1;
    answer.interval = milliseconds{500};
    connect_to_cold_hosts(stage, clients_wanted(), answer);
}

// With the deadlines that everybody has. As many as a small machine with sanitizers decides well within them.
TEST(Busy, ABurstOfConnectsToColdHostsIsRepairedWithinTheDefaultDeadlines) {
    Stage stage;
    stage.adjust([](config::Settings& settings) {
        settings.repair = {.store = settings.repair.store};
        settings.egress.timeout = config::EgressSettings{}.timeout;
    });
    connect_to_cold_hosts(stage, std::min(clients_wanted(), 50), IssuerAnswer::der(stage.ca.certificate()));
}

// Everybody tries the same broken host at once: its issuer server hears of it once, and nobody is let
// through.
TEST(Busy, ManyConnectsToABrokenHostMakeOneRequest) {
    Stage stage;
    stage.adjust([](config::Settings& settings) { settings.listen.workers = 2; });
    IssuerAnswer gone = IssuerAnswer::not_found().with(Manner::slow_head);
    gone.piece = 10;
    gone.interval = milliseconds{300};
    stage.issuers.serve("/gone", gone);
    Origin origin(OriginOptions::of(stage.leaf(stage.ca, {"/gone"})));
    const std::string authority = std::string(Stage::host) + ":" + std::to_string(origin.port());
    std::vector<std::unique_ptr<ProxyClient>> clients;
    for (int i = 0; i < 40; ++i) {
        clients.push_back(std::make_unique<ProxyClient>(stage.start().address()));
        clients.back()->send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
    }
    for (const auto& client : clients) {
        const std::string head = client->receive_head();
        EXPECT_TRUE(head.starts_with("HTTP/1.1 502 chainmend issuer_not_found: ")) << head;
    }
    EXPECT_EQ(stage.requests({{"/gone", 1}}), (Requests{{"/gone", 1}}));
}

// One worker. While a handshake waits for issuer servers that hang, another tunnel goes on and new ones are
// made. (That its budget ends it is a row of the matrix.)
TEST(Busy, AHandshakeThatWaitsForIssuersHoldsUpNobody) {
    Stage stage;
    stage.hedge_after(milliseconds{150});
    stage.resolves("good.test");
    stage.issuers.serve("/1", IssuerAnswer::der(stage.ca.certificate()).with(Manner::hang));
    stage.issuers.serve("/2", IssuerAnswer::der(stage.ca.certificate()).with(Manner::endless));
    stage.issuers.serve("/3", IssuerAnswer::der(stage.ca.certificate()).with(Manner::hang));
    OriginOptions echo = OriginOptions::of(stage.ca.leaf("good.test"), {stage.ca.certificate()});
    echo.behaviour = OriginBehaviour::echo;
    Origin good(echo);
    Origin incomplete(OriginOptions::of(stage.leaf(stage.ca, {"/1", "/2", "/3"})));

    RunningProxy& proxy = stage.start();
    ProxyClient open(proxy.address());
    const std::string authority = "good.test:" + std::to_string(good.port());
    ASSERT_TRUE(open.connect(authority).starts_with("HTTP/1.1 200 "));
    ASSERT_EQ(open.start_tls({proxy.ca(), "good.test"}), "");

    ProxyClient waiting(proxy.address());
    const std::string other = std::string(Stage::host) + ":" + std::to_string(incomplete.port());
    waiting.send("CONNECT " + other + " HTTP/1.1\r\nHost: " + other + "\r\n\r\n");
    const Requests all = {{"/1", 1}, {"/2", 1}, {"/3", 1}};
    ASSERT_EQ(stage.requests(all), all);
    for (int i = 0; i < 50; ++i) {
        const std::string message = "message " + std::to_string(i);
        ASSERT_TRUE(open.write(message));
        ASSERT_EQ(open.read(message.size()), message);
    }
    ProxyClient later(proxy.address());
    EXPECT_TRUE(later.connect(authority).starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(proxy.wait_for_records(2));
    EXPECT_EQ(proxy.decisions().size(), 2U) << "both are the good host's: the other is not decided yet";
}

// Whatever comes: not more than the bound is read of it.
TEST(Busy, AnEndlessAnswerIsReadUpToItsBound) {
    Stage stage;
    stage.issuers.serve("/endless", IssuerAnswer::der(stage.ca.certificate()).with(Manner::endless));
    stage.send(stage.leaf(stage.ca, {"/endless"}));
    const Visit visit = stage.visit();
    const auto& fetch = visit.told().at("fetches").at(0);
    EXPECT_EQ(fetch.at("result"), "too_large");
    EXPECT_LE(fetch.at("bytes").get<int>(), 64 * 1024);
}

}  // namespace
}  // namespace chainmend::test
