#include "proxy/fetch/chain_repair.h"

#include "proxy/fetch/issuer_search.h"
#include "tests/proxy/loop_test.h"
#include "tests/support/issuer_server.h"
#include "tests/support/pki.h"

namespace chainmend::proxy {
namespace {

using namespace std::chrono_literals;
using certs::FetchResult;
using certs::Reason;
using test::CertificateSpec;
using test::Identity;
using test::IssuerAnswer;
using test::IssuerServer;
using Manner = test::IssuerAnswer::Manner;

/// A leaf below "Issuing CA" below "Root", and a server for what is missing.
class RepairTest : public test::LoopTest {
  protected:
    CertificateSpec pointing_to(std::vector<std::string> urls) {
        CertificateSpec spec;
        spec.ca_issuers = std::move(urls);
        return spec;
    }
    Identity leaf(std::vector<std::string> urls) {
        return issuer.leaf("old.test", pointing_to(std::move(urls)));
    }

    const Identity root = Identity::root("Root");
    const Identity issuer = root.intermediate("Issuing CA");
    const Identity stranger = Identity::root("Stranger");
    IssuerServer server;
    std::shared_ptr<FetchTable> table = std::make_shared<FetchTable>();
    std::unique_ptr<Resolver> resolver = *Resolver::make(loop, {});
    IssuerFetcher fetcher{loop, *resolver, *EgressPolicy::make({}, {}, {}), table, {{.timeout = 5s}, {}}};
    certs::SignatureMemo memo;
};

class IssuerSearchTest : public RepairTest {
  protected:
    IssuerSearchOutcome search(const Identity& of, std::optional<IssuerSearchLimits> limits = {},
                               Reach origin = Reach::loopback) {
        std::optional<IssuerSearchOutcome> outcome;
        OperationPtr operation = start_issuer_search(
            fetcher, {of.certificate(), of.certificate()->ca_issuers_urls()}, origin,
            limits.value_or(IssuerSearchLimits{5, 8, 8s, 5s}), memo, [&](IssuerSearchOutcome result) {
                operation.reset();
                outcome = std::move(result);
            });
        EXPECT_FALSE(outcome) << "completed inside the start";
        run_until([&] { return outcome.has_value(); });
        return outcome.value_or(IssuerSearchOutcome{});
    }
    static std::vector<std::string> names(const IssuerSearchOutcome& outcome) {
        std::vector<std::string> result;
        for (const auto& fetch : outcome.answer.fetches)
            result.push_back(to_string(fetch));
        return result;
    }
    using Names = std::vector<std::string>;
};

TEST_F(IssuerSearchTest, TheSecondUrlIsTriedWhenTheFirstIsMissing) {
    server.serve("/good", IssuerAnswer::der(issuer.certificate()));
    const auto outcome = search(leaf({server.url("/missing"), server.url("/good"), server.url("/never")}));
    ASSERT_EQ(outcome.answer.issuers.size(), 1u);
    EXPECT_EQ(outcome.answer.issuers[0].certificate->sha256(), issuer.certificate()->sha256());
    EXPECT_EQ(outcome.answer.issuers[0].url, server.url("/good"));
    EXPECT_EQ(names(outcome), (Names{"http_404", "ok", "not_attempted"}));
    EXPECT_EQ(outcome.fetches, 2);
    EXPECT_EQ(server.count("/never"), 0);
    EXPECT_FALSE(outcome.answer.last);
}

TEST_F(IssuerSearchTest, TheSecondUrlIsStartedWhenTheFirstIsSlowAndTheLoserIsDropped) {
    server.serve("/hang", IssuerAnswer::not_found().with(Manner::hang));
    server.serve("/good", IssuerAnswer::der(issuer.certificate()));
    const auto outcome =
        search(leaf({server.url("/hang"), server.url("/good")}), IssuerSearchLimits{5, 8, 8s, 20ms});
    EXPECT_EQ(names(outcome), (Names{"not_attempted", "ok"}));
    EXPECT_EQ(outcome.answer.issuers.size(), 1u);
    EXPECT_EQ(table->snapshot(loop.now()).in_flight, 0u);
}

TEST_F(IssuerSearchTest, ACertificateThatDidNotSignTheChildIsNotItsIssuer) {
    const Identity namesake = Identity::root("Issuing CA");
    server.serve("/stranger", IssuerAnswer::der(stranger.certificate()));
    server.serve("/namesake", IssuerAnswer::der(namesake.certificate()));
    server.serve("/html", IssuerAnswer::text(200, "<html>"));
    const auto outcome =
        search(leaf({server.url("/stranger"), server.url("/namesake"), server.url("/html")}));
    EXPECT_TRUE(outcome.answer.issuers.empty());
    EXPECT_EQ(names(outcome), (Names{"wrong_issuer", "wrong_issuer", "unparsable"}));
    EXPECT_NE(outcome.answer.fetches[0].detail.find("Stranger"), std::string::npos);
    EXPECT_EQ(outcome.answer.reason, Reason::ok);
}

TEST_F(IssuerSearchTest, ABundleGivesTheIssuerAndWhatVerifiesIt) {
    server.serve("/p7c",
                 IssuerAnswer::pkcs7({stranger.certificate(), root.certificate(), issuer.certificate()}));
    const auto outcome = search(leaf({server.url("/p7c")}));
    ASSERT_EQ(outcome.answer.issuers.size(), 2u);
    EXPECT_EQ(outcome.answer.issuers[0].certificate->sha256(), issuer.certificate()->sha256());
    EXPECT_EQ(outcome.answer.issuers[1].certificate->sha256(), root.certificate()->sha256());
}

TEST_F(IssuerSearchTest, OtherSchemesAndHostileUrlsAreSkippedAndNoted) {
    server.serve("/good", IssuerAnswer::der(issuer.certificate()));
    const auto outcome = search(leaf({"ldap://dir.test/cn=x", "https://a.test/", "http://user@a.test/",
                                      "file:///etc/passwd", server.url("/good")}));
    EXPECT_EQ(names(outcome), (Names{"ok", "blocked", "blocked", "blocked", "blocked"}));
    EXPECT_EQ(outcome.answer.fetches[1].detail, "not followed (http only)");
    EXPECT_EQ(outcome.fetches, 1);
}

TEST_F(IssuerSearchTest, FiveUrlsAreTriedAndNoMore) {
    std::vector<std::string> urls;
    for (int number = 0; number < 12; ++number)
        urls.push_back(server.url("/" + std::to_string(number)));
    const auto outcome = search(leaf(urls));
    EXPECT_EQ(server.total(), 5);
    EXPECT_EQ(outcome.fetches, 5);
    EXPECT_EQ(outcome.answer.fetches[0].http_status, 404);
    EXPECT_EQ(to_string(outcome.answer.fetches[5]), "not_attempted");
}

TEST_F(IssuerSearchTest, TheFetchesOfTheHandshakeAreAllThereAre) {
    const auto outcome = search(leaf({server.url("/1"), server.url("/2"), server.url("/3")}),
                                IssuerSearchLimits{5, 2, 8s, 5s});
    EXPECT_EQ(names(outcome), (Names{"http_404", "http_404", "not_attempted"}));
    EXPECT_TRUE(outcome.answer.last);
    EXPECT_EQ(outcome.answer.reason, Reason::fetch_limit);
    EXPECT_EQ(server.total(), 2);
}

TEST_F(IssuerSearchTest, TheTimeOfTheHandshakeEndsItWhateverTheServersDo) {
    server.serve("/hang", IssuerAnswer::not_found().with(Manner::hang));
    const auto outcome = search(leaf({server.url("/hang")}), IssuerSearchLimits{5, 8, 50ms, 5s});
    EXPECT_EQ(names(outcome), Names{"timeout"});
    EXPECT_TRUE(outcome.answer.last);
    EXPECT_EQ(outcome.answer.reason, Reason::fetch_limit);
}

TEST_F(IssuerSearchTest, WhenEverythingIsForbiddenThatIsTheReason) {
    server.serve("/good", IssuerAnswer::der(issuer.certificate()));
    const auto outcome = search(leaf({server.url("/good"), "ldap://x.test/"}), {}, Reach::public_internet);
    EXPECT_EQ(names(outcome), (Names{"blocked", "blocked"}));
    EXPECT_NE(outcome.answer.fetches[0].address, "");
    EXPECT_EQ(outcome.answer.reason, Reason::fetch_blocked);
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(IssuerSearchTest, MayBeDestroyedInEveryPhase) {
    server.serve("/good", IssuerAnswer::der(issuer.certificate()));
    server.serve("/hang", IssuerAnswer::not_found().with(Manner::hang));
    const Identity child = leaf({server.url("/missing"), server.url("/hang"), server.url("/good")});
    for (int rounds = 0; rounds < 12; ++rounds) {
        OperationPtr operation =
            start_issuer_search(fetcher, {child.certificate(), child.certificate()->ca_issuers_urls()},
                                Reach::loopback, {5, 8, 60s, 5ms}, memo, [&](const IssuerSearchOutcome&) {
                                    EXPECT_TRUE(operation) << "it was destroyed";
                                    operation.reset();
                                });
        int round = 0;
        run_until([&] { return round++ >= rounds; });
        operation.reset();
    }
    EXPECT_EQ(table->snapshot(loop.now()).in_flight, 0u);
}

class ChainRepairTest : public RepairTest {
  protected:
    std::shared_ptr<const certs::TrustStore> trust() {
        certs::TrustStoreBuilder builder;
        builder.add(root.certificate(), "test");
        return std::move(builder).build();
    }
    ChainRepairRequest request(const std::vector<certs::CertificatePtr>& presented) {
        certs::VerifyRequest verify;
        verify.identity = *certs::ReferenceIdentity::from_host("old.test");
        verify.at = test::noon();
        certs::PresentedChain chain;
        chain.certificates = presented;
        ChainRepairRequest result;
        result.builder = std::make_unique<certs::PathBuilder>(
            trust(), nullptr, chain, std::vector<certs::CertificatePtr>{}, verify, &builder_memo);
        result.origin = Reach::loopback;
        result.learned = [this](const certs::FetchedIssuer& i) {
            learned.push_back(i.certificate->display_name());
        };
        return result;
    }
    certs::Verdict decide(ChainRepairRequest what) { return decide(std::move(what), &fetcher); }
    certs::Verdict decide(ChainRepairRequest what, IssuerFetcher* with) {
        std::optional<certs::Verdict> verdict;
        OperationPtr operation = start_chain_repair(loop, with, std::move(what), [&](certs::Verdict result) {
            operation.reset();
            verdict = std::move(result);
        });
        EXPECT_FALSE(verdict) << "completed inside the start";
        run_until([&] { return verdict.has_value(); });
        return verdict.value_or(certs::Verdict{});
    }

    certs::SignatureMemo builder_memo;
    std::vector<std::string> learned;
};

TEST_F(ChainRepairTest, AMissingIssuerIsFetchedAndLearned) {
    server.serve("/issuer", IssuerAnswer::der(issuer.certificate()));
    const auto verdict = decide(request({leaf({server.url("/issuer")}).certificate()}));
    EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(verdict.how, certs::How::repaired);
    ASSERT_EQ(verdict.fetches.size(), 1u);
    EXPECT_EQ(verdict.fetches[0].url, server.url("/issuer"));
    EXPECT_EQ(learned, std::vector<std::string>{"Issuing CA"});
    EXPECT_EQ(server.total(), 1) << "the first anchor ends the search";
}

TEST_F(ChainRepairTest, SeveralMissingLevelsAreFetchedOneAfterTheOther) {
    // old.test <- Lower CA (fetched) <- Upper CA (fetched) <- Root
    const Identity upper = root.intermediate("Upper CA");
    const Identity lower = upper.intermediate("Lower CA", pointing_to({server.url("/upper")}));
    server.serve("/upper", IssuerAnswer::der(upper.certificate()));
    server.serve("/lower", IssuerAnswer::der(lower.certificate()));
    const auto verdict =
        decide(request({lower.leaf("old.test", pointing_to({server.url("/lower")})).certificate()}));
    EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(learned, (std::vector<std::string>{"Lower CA", "Upper CA"}));
}

TEST_F(ChainRepairTest, AFetchedRootIsNoAnchorAndNothingIsLearnedFromARefusal) {
    server.serve("/root", IssuerAnswer::der(stranger.certificate()));
    const Identity child = stranger.leaf("old.test", pointing_to({server.url("/root")}));
    const auto verdict = decide(request({child.certificate()}));
    EXPECT_FALSE(verdict.accepted());
    EXPECT_TRUE(learned.empty());
}

TEST_F(ChainRepairTest, AnEndlessLadderEndsAfterEightFetches) {
    // Each rung points to the next: rung 0 <- rung 1 <- ... without ever reaching an anchor.
    std::vector<Identity> rungs;
    rungs.push_back(Identity::root("Rung 20"));
    for (int number = 19; number >= 0; --number) {
        rungs.push_back(rungs.back().intermediate(
            "Rung " + std::to_string(number), pointing_to({server.url("/" + std::to_string(number + 1))})));
        server.serve("/" + std::to_string(number), IssuerAnswer::der(rungs.back().certificate()));
    }
    auto asked = request({rungs.back().leaf("old.test", pointing_to({server.url("/0")})).certificate()});
    asked.settings.budget = 8s;
    const auto verdict = decide(std::move(asked));
    EXPECT_FALSE(verdict.accepted());
    EXPECT_LE(server.total(), 8);
}

TEST_F(ChainRepairTest, TheBudgetHoldsWhateverTheServersDo) {
    server.serve("/hang", IssuerAnswer::not_found().with(Manner::hang));
    auto asked = request({leaf({server.url("/hang")}).certificate()});
    asked.settings.budget = 60ms;
    const auto verdict = decide(std::move(asked));
    EXPECT_FALSE(verdict.accepted());
    EXPECT_EQ(verdict.failure.reason, Reason::fetch_limit);
}

TEST_F(ChainRepairTest, WithoutFetchingItDecidesWithWhatIsThere) {
    server.serve("/issuer", IssuerAnswer::der(issuer.certificate()));
    const Identity child = leaf({server.url("/issuer")});
    for (const char* how : {"repair.enabled", "repair.fetch", "no fetcher"}) {
        auto asked = request({child.certificate()});
        const std::string name = how;
        if (name == "repair.enabled") asked.settings.enabled = false;
        if (name == "repair.fetch") asked.settings.fetch = false;
        const auto verdict = decide(std::move(asked), name == "no fetcher" ? nullptr : &fetcher);
        EXPECT_FALSE(verdict.accepted()) << how;
        EXPECT_EQ(verdict.failure.reason, Reason::issuer_not_found) << how;
    }
    EXPECT_TRUE(decide(request({child.certificate(), issuer.certificate()}), nullptr).accepted());
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(ChainRepairTest, APublicOriginMayNotPointToLoopback) {
    server.serve("/issuer", IssuerAnswer::der(issuer.certificate()));
    auto asked = request({leaf({server.url("/issuer")}).certificate()});
    asked.origin = Reach::public_internet;
    const auto verdict = decide(std::move(asked));
    EXPECT_FALSE(verdict.accepted());
    ASSERT_EQ(verdict.fetches.size(), 1u);
    EXPECT_EQ(verdict.fetches[0].result, FetchResult::blocked);
    EXPECT_EQ(verdict.failure.reason, Reason::fetch_blocked);
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(ChainRepairTest, MayBeDestroyedInEveryPhase) {
    server.serve("/hang", IssuerAnswer::not_found().with(Manner::hang));
    server.serve("/issuer", IssuerAnswer::der(issuer.certificate()));
    const Identity child = leaf({server.url("/missing"), server.url("/hang")});
    for (int rounds = 0; rounds < 10; ++rounds) {
        OperationPtr operation =
            start_chain_repair(loop, &fetcher, request({child.certificate()}),
                               [](const certs::Verdict&) { FAIL() << "it was destroyed"; });
        int round = 0;
        run_until([&] { return round++ >= rounds; });
        operation.reset();
    }
    EXPECT_EQ(table->snapshot(loop.now()).in_flight, 0u);
}

}  // namespace
}  // namespace chainmend::proxy
