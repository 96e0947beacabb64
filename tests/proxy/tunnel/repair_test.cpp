#include <sys/socket.h>

#include "proxy/files/public_lists.h"
#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {
namespace {

// What servers send, what the issuer server holds, and what becomes of it.
class Repair : public ProxyTest {
  protected:
    /// Expects a tunnel to this origin to work, and returns its decision.
    nlohmann::json expect_served(const Origin& origin) {
        start();
        ProxyClient client(proxy->address());
        EXPECT_EQ(client.connect(target(origin)), "HTTP/1.1 200 Connection established\r\n\r\n");
        EXPECT_EQ(client.start_tls(trusting()), "");
        EXPECT_NE(client.get("leaf.test").find("hello from the origin"), std::string::npos);
        client.send_close_notify();
        client.read_to_end();
        return only_decision();
    }
    nlohmann::json expect_refused(const Origin& origin, const std::string& reason) {
        start();
        EXPECT_EQ(status_of(origin).rfind("HTTP/1.1 502 chainmend " + reason + ": ", 0), 0U)
            << status_of(origin);
        proxy->stop();
        const auto decisions = proxy->decisions();
        EXPECT_FALSE(decisions.empty());
        for (const auto& decision : decisions) {
            EXPECT_EQ(decision["chainmend"]["decision"], "refused");
            EXPECT_EQ(decision["chainmend"]["reason"], reason);
        }
        return decisions.front();
    }
};

// sent: leaf, CA 1
TEST_F(Repair, ACompleteChainIsAcceptedAsSent) {
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity, {ca1.certificate()}));
    const auto decision = expect_served(origin);
    EXPECT_EQ(decision["chainmend"]["decision"], "accepted");
    EXPECT_EQ(decision["chainmend"]["how"], "as_sent");
    EXPECT_EQ(issuers.total(), 0);
}

// sent: leaf      fetched: CA 1 (DER)
TEST_F(Repair, AMissingIssuerIsFetchedAsDer) {
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity));
    const auto decision = expect_served(origin);
    EXPECT_EQ(decision["chainmend"]["how"], "repaired");
    EXPECT_EQ(decision["chainmend"]["path"][1]["source"], "aia");
    EXPECT_EQ(decision["chainmend"]["path"][1]["url"], issuers.url("/ca1"));
    EXPECT_EQ(decision["chainmend"]["fetches"][0]["result"], "ok");
    EXPECT_EQ(decision["chainmend"]["missing"].size(), 1U);
    EXPECT_EQ(issuers.total(), 1);
}

TEST_F(Repair, AMissingIssuerIsFetchedAsPem) {
    issuers.serve("/ca1", IssuerAnswer::pem({ca1.certificate()}));
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity));
    EXPECT_EQ(expect_served(origin)["chainmend"]["how"], "repaired");
}

TEST_F(Repair, AMissingIssuerIsFetchedAsPkcs7) {
    issuers.serve("/ca1", IssuerAnswer::pkcs7({root.certificate(), ca1.certificate()}));
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity));
    EXPECT_EQ(expect_served(origin)["chainmend"]["how"], "repaired");
}

TEST_F(Repair, TheSecondUrlServesWhenTheFirstIsGone) {
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    const auto end_entity = leaf({"/gone", "/ca1"});
    const Origin origin(OriginOptions::of(end_entity));
    const auto decision = expect_served(origin);
    EXPECT_EQ(decision["chainmend"]["how"], "repaired");
    EXPECT_EQ(issuers.count("/gone"), 1);
    EXPECT_EQ(issuers.count("/ca1"), 1);
}

TEST_F(Repair, RedirectsAreFollowed) {
    issuers.serve("/moved", IssuerAnswer::redirect(301, "/ca1"));
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    const auto end_entity = leaf({"/moved"});
    const Origin origin(OriginOptions::of(end_entity));
    EXPECT_EQ(expect_served(origin)["chainmend"]["how"], "repaired");
}

// sent: leaf.test <- CA 2      fetched: CA 2 from the leaf's URL, CA 1 from CA 2's
TEST_F(Repair, TwoMissingLevelsAreFetched) {
    CertificateSpec below;
    below.ca_issuers = {issuers.url("/ca1")};
    const auto ca2 = ca1.intermediate("Test CA 2", below);
    CertificateSpec spec;
    spec.ca_issuers = {issuers.url("/ca2")};
    const auto end_entity = ca2.leaf("leaf.test", spec);
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    issuers.serve("/ca2", IssuerAnswer::der(ca2.certificate()));
    const Origin origin(OriginOptions::of(end_entity));
    EXPECT_EQ(expect_served(origin)["chainmend"]["how"], "repaired");
    EXPECT_EQ(issuers.total(), 2);
}

// sent: leaf, CA 1, CA 2 in the wrong order: leaf <- CA 2 <- CA 1
TEST_F(Repair, TheWrongOrderIsPutRight) {
    const auto ca2 = ca1.intermediate("Test CA 2");
    const auto end_entity = ca2.leaf("leaf.test");
    const Origin origin(OriginOptions::of(end_entity, {ca1.certificate(), ca2.certificate()}));
    const auto decision = expect_served(origin);
    EXPECT_EQ(decision["chainmend"]["how"], "reordered");
    EXPECT_EQ(decision["chainmend"]["out_of_order"], true);
}

// sent: leaf, Stranger, CA 1
TEST_F(Repair, ASuperfluousCertificateIsNamed) {
    const auto stranger = Identity::root("Stranger");
    const auto end_entity = leaf();
    const Origin origin(OriginOptions::of(end_entity, {stranger.certificate(), ca1.certificate()}));
    const auto decision = expect_served(origin);
    EXPECT_EQ(decision["chainmend"]["unused"][0], to_hex(stranger.certificate()->sha256()));
}

// sent: leaf, CA 9 (issuer of nothing here)      fetched: CA 1
TEST_F(Repair, AWrongIntermediateIsRepairedLikeAMissingOne) {
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    const auto ca9 = root.intermediate("Test CA 9");
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity, {ca9.certificate()}));
    EXPECT_EQ(expect_served(origin)["chainmend"]["how"], "repaired");
}

TEST_F(Repair, TheSecondConnectFetchesNothing) {
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    const auto end_entity = leaf({"/ca1"});
    const auto other = leaf({"/ca1"}, "other.test");
    const Origin origin(OriginOptions::of(end_entity));
    const Origin second(OriginOptions::of(other));
    start();
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    EXPECT_NE(status_of(second, "other.test").find(" 200 "), std::string::npos);
    EXPECT_EQ(issuers.total(), 1);
    proxy->stop();
    const auto decisions = proxy->decisions();
    ASSERT_EQ(decisions.size(), 3U);
    EXPECT_EQ(decisions[1]["chainmend"]["remembered"], true);
    EXPECT_EQ(decisions[2]["chainmend"]["remembered"], false);
    EXPECT_EQ(decisions[2]["chainmend"]["path"][1]["source"], "store");
}

TEST_F(Repair, TheFirstConnectAfterARestartFetchesNothing) {
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity));
    start();
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    start();
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    EXPECT_EQ(issuers.total(), 1);
    proxy->stop();
    EXPECT_EQ(proxy->decisions().back()["chainmend"]["path"][1]["source"], "store");
}

TEST_F(Repair, AnIssuerThatCanNotBeFetchedIsTold) {
    const auto end_entity = leaf({"/gone"});
    const Origin origin(OriginOptions::of(end_entity));
    const auto decision = expect_refused(origin, "issuer_not_found");
    EXPECT_EQ(decision["chainmend"]["fetches"][0]["result"], "http_404");
}

TEST_F(Repair, AStrangersCertificateAtTheUrlIsNoIssuer) {
    issuers.serve("/ca1", IssuerAnswer::der(Identity::root("Stranger").certificate()));
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity));
    expect_refused(origin, "issuer_not_found");
}

TEST_F(Repair, AHugeAnswerIsCutOff) {
    IssuerAnswer endless;
    endless.manner = IssuerAnswer::Manner::endless;
    issuers.serve("/ca1", endless);
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity));
    const auto decision = expect_refused(origin, "issuer_not_found");
    EXPECT_EQ(decision["chainmend"]["fetches"][0]["result"], "too_large");
}

TEST_F(Repair, ASlowAnswerCostsNoMoreThanTheBudget) {
    issuers.serve("/ca1", IssuerAnswer{}.with(IssuerAnswer::Manner::hang));
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity));
    start([](config::Settings& settings) {
        settings.egress.timeout = std::chrono::milliseconds{200};
        settings.repair.budget = std::chrono::milliseconds{300};
    });
    EXPECT_EQ(status_of(origin).rfind("HTTP/1.1 502 chainmend ", 0), 0U);
    const auto decision = only_decision();
    EXPECT_EQ(decision["chainmend"]["fetches"][0]["result"], "timeout");
    EXPECT_LT(decision["event"]["duration"].get<std::int64_t>(), 10'000'000'000);
}

// Two ask at once and share one search; the one who makes it leaves when half of the budget is used up.
TEST_F(Repair, WhoTakesOverASearchHasWhatIsLeftOfItsBudget) {
    issuers.serve("/ca1", IssuerAnswer{}.with(IssuerAnswer::Manner::hang));
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity));
    start([](config::Settings& settings) {
        settings.egress.timeout = std::chrono::milliseconds{2000};
        settings.repair.budget = std::chrono::milliseconds{2000};
    });
    const std::string request = "CONNECT " + target(origin) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    auto pilot = std::make_unique<ProxyClient>(proxy->address());
    pilot->send(request);
    while (issuers.count("/ca1") == 0)
        std::this_thread::yield();
    ProxyClient passenger(proxy->address());
    passenger.send(request);
    ASSERT_TRUE(origin.wait_until([](const auto& all) { return all.size() == 2; }));
    const auto connected = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - connected < std::chrono::milliseconds{1000})
        std::this_thread::yield();
    const linger at_once{1, 0};  // a reset: whoever only ends its sending still waits for its answer
    ::setsockopt(pilot->socket(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    pilot.reset();
    EXPECT_TRUE(passenger.receive_head().starts_with("HTTP/1.1 502 chainmend "));
    proxy->stop();
    // The one who left has no decision; the other's own search had the second half.
    ASSERT_EQ(proxy->decisions().size(), 1U);
    const auto fetches = proxy->decisions()[0]["chainmend"]["fetches"];
    ASSERT_FALSE(fetches.empty());
    EXPECT_LT(fetches[0]["ms"].get<int>(), 1900) << fetches;
}

TEST_F(Repair, ARedirectLoopEnds) {
    issuers.serve("/a", IssuerAnswer::redirect(302, "/b"));
    issuers.serve("/b", IssuerAnswer::redirect(302, "/a"));
    const auto end_entity = leaf({"/a"});
    const Origin origin(OriginOptions::of(end_entity));
    const auto decision = expect_refused(origin, "issuer_not_found");
    EXPECT_EQ(decision["chainmend"]["fetches"][0]["result"], "redirect_loop");
    EXPECT_LE(issuers.total(), 4);
}

TEST_F(Repair, ARefusedVerdictIsRememberedForAWhile) {
    const auto end_entity = leaf({"/gone"});
    const Origin origin(OriginOptions::of(end_entity));
    start();
    status_of(origin);
    status_of(origin);
    EXPECT_EQ(issuers.total(), 1);
    proxy->stop();
    const auto decisions = proxy->decisions();
    ASSERT_EQ(decisions.size(), 2U);
    EXPECT_EQ(decisions[0]["chainmend"]["remembered"], false);
    EXPECT_EQ(decisions[1]["chainmend"]["remembered"], true);
}

TEST_F(Repair, RepairSwitchedOffRefusesAndFetchesNothing) {
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    const auto end_entity = leaf({"/ca1"});
    const Origin origin(OriginOptions::of(end_entity));
    start([](config::Settings& settings) { settings.repair.fetch = false; });
    EXPECT_EQ(status_of(origin).rfind("HTTP/1.1 502 chainmend issuer_not_found: ", 0), 0U);
    EXPECT_EQ(issuers.total(), 0);
}

// sent: leaf, CA 1 (on OneCRL)      fetched: CA 1 (on OneCRL), then CA 1 as it was issued anew
TEST_F(Repair, AnIssuerOnOneCrlIsReplacedByTheOneIssuedAnew) {
    proxy::PublicLists lists;
    lists.revoked.fingerprints.insert(ca1.certificate()->sha256());
    ASSERT_TRUE(proxy::save_public_lists(directory / "intermediates", lists));
    const auto renewed = root.intermediate("Test CA 1", {}, ca1.key());
    issuers.serve("/old", IssuerAnswer::der(ca1.certificate()));
    issuers.serve("/new", IssuerAnswer::der(renewed.certificate()));
    const auto end_entity = leaf({"/old", "/new"});
    const Origin origin(OriginOptions::of(end_entity, {ca1.certificate()}));
    const auto decision = expect_served(origin);
    EXPECT_EQ(decision["chainmend"]["how"], "repaired");
    EXPECT_EQ(decision["chainmend"]["path"][1]["url"], issuers.url("/new"));
    EXPECT_EQ(issuers.count("/old"), 1);
    EXPECT_EQ(issuers.count("/new"), 1);
}

// sent: leaf, CA 1 (in trust.distrust)      fetched: CA 1 as it was issued anew
TEST_F(Repair, ADistrustedIssuerIsReplacedByTheOneIssuedAnew) {
    const auto renewed = root.intermediate("Test CA 1", {}, ca1.key());
    issuers.serve("/ca1", IssuerAnswer::der(renewed.certificate()));
    const auto end_entity = leaf({"/ca1"});
    const auto hopeless = leaf({"/gone"});
    const Origin origin(OriginOptions::of(end_entity, {ca1.certificate()}));
    const Origin other(OriginOptions::of(hopeless, {ca1.certificate()}));
    start(
        [&](config::Settings& settings) { settings.trust.distrust = {to_hex(ca1.certificate()->sha256())}; });
    EXPECT_TRUE(status_of(other).starts_with("HTTP/1.1 502 chainmend revoked: ")) << status_of(other);
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    EXPECT_EQ(last_decision()["chainmend"]["how"], "repaired");
}

}  // namespace
}  // namespace chainmend::test
