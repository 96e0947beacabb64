#include <gtest/gtest.h>

#include <fstream>

#include "tests/matrix/scenario.h"

// What the first visit leaves behind for the next: issuers on disk, failures remembered, time that passes.
namespace chainmend::test {
namespace {

using Manner = IssuerAnswer::Manner;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class Visits : public testing::Test {
  protected:
    static Lines fetched() { return {L, "CA aia /ca", R}; }
    static Lines from_store() { return {L, "CA store /ca", R}; }

    /// Another host below the same issuer, so that no verdict is remembered for it.
    std::unique_ptr<Origin> another(const std::string& name, const Identity& issuer,
                                    const std::vector<std::string>& urls) {
        stage.resolves(name);
        return std::make_unique<Origin>(OriginOptions::of(issuer.leaf(name, stage.pointing_to(urls))));
    }
    void serve_ca() { stage.issuers.serve("/ca", IssuerAnswer::der(stage.ca.certificate())); }
    std::size_t files_in_store() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry :
             std::filesystem::directory_iterator(stage.store_directory()))
            ++count;
        return count;
    }

    Stage stage;
};

TEST_F(Visits, TheSecondConnectFetchesNothing) {
    serve_ca();
    stage.send(stage.leaf(stage.ca, {"/ca"}));
    EXPECT_EQ(stage.path(stage.visit()), fetched());
    const Visit second = stage.visit();
    EXPECT_TRUE(second.served);
    EXPECT_EQ(second.told().at("remembered"), true);
    EXPECT_EQ(stage.issuers.total(), 1);
}

TEST_F(Visits, AnotherHostOfTheSameIssuerFetchesNothing) {
    serve_ca();
    stage.send(stage.leaf(stage.ca, {"/ca"}));
    const auto other = another("other.test", stage.ca, {"/ca"});
    stage.visit();
    const Visit second = stage.visit(*other, "other.test");
    EXPECT_TRUE(second.served);
    EXPECT_EQ(second.text("how"), "repaired");
    EXPECT_EQ(stage.path(second), (Lines{"other.test server", "CA store /ca", R}));
    EXPECT_EQ(stage.issuers.total(), 1);
}

TEST_F(Visits, AFetchedIssuerIsThereForEveryWorkerAtOnce) {
    stage.adjust([](config::Settings& settings) { settings.listen.workers = 4; });
    serve_ca();
    stage.send(stage.leaf(stage.ca, {"/ca"}));
    std::map<std::string, std::unique_ptr<Origin>> others;
    for (int i = 0; i < 12; ++i) {
        const std::string name = "other" + std::to_string(i) + ".test";
        others[name] = another(name, stage.ca, {"/ca"});
    }
    EXPECT_EQ(stage.path(stage.visit()), fetched());
    for (const auto& [name, origin] : others) {
        const Visit visit = stage.visit(*origin, name);
        EXPECT_TRUE(visit.served);
        EXPECT_EQ(stage.path(visit), (Lines{name + " server", "CA store /ca", R}));
    }
    EXPECT_EQ(stage.issuers.total(), 1);
}

TEST_F(Visits, TheDecisionTellsWhatWasFetchedAndWhen) {
    serve_ca();
    stage.send(stage.leaf(stage.ca, {"/ca"}));
    const auto path = stage.visit().told().at("path");
    EXPECT_EQ(path[1].at("obtained_at"), to_rfc3339(noon()));
    EXPECT_EQ(path[1].at("age_days"), 0);
    EXPECT_EQ(path[1].at("bytes"), stage.ca.certificate()->der().size());
    EXPECT_EQ(path[1].at("format"), "der");
    EXPECT_TRUE(path[1].at("ms").is_number());
    for (const char* field : {"obtained_at", "age_days", "bytes", "ms", "format"}) {
        EXPECT_TRUE(path[0].at(field).is_null()) << field;
        EXPECT_TRUE(path[2].at(field).is_null()) << field;
    }
}

TEST_F(Visits, TheDecisionTellsHowOldAStoredIssuerIs) {
    stage.stored(stage.ca, "/ca", noon() - std::chrono::days{3});
    stage.send(stage.leaf(stage.ca, {"/ca"}));
    const Visit visit = stage.visit();
    EXPECT_EQ(stage.path(visit), from_store());
    const auto element = visit.told().at("path").at(1);
    EXPECT_EQ(element.at("obtained_at"), to_rfc3339(noon() - std::chrono::days{3}));
    EXPECT_EQ(element.at("age_days"), 3);
    EXPECT_TRUE(element.at("bytes").is_null()) << "nothing was fetched";
}

TEST_F(Visits, ARestartFetchesNothing) {
    serve_ca();
    stage.send(stage.leaf(stage.ca, {"/ca"}));
    EXPECT_EQ(stage.path(stage.visit()), fetched());
    stage.stop();
    const Visit second = stage.visit();
    EXPECT_TRUE(second.served);
    EXPECT_EQ(stage.path(second), from_store());
    EXPECT_EQ(stage.issuers.total(), 1);
}

TEST_F(Visits, AfterARestartADamagedFileIsFetchedAnew) {
    serve_ca();
    stage.send(stage.leaf(stage.ca, {"/ca"}));
    stage.visit();
    stage.stop();
    for (const auto& entry : std::filesystem::directory_iterator(stage.store_directory()))
        std::ofstream(entry.path(), std::ios::trunc) << "-----BEGIN CERTIFICATE-----\nAAAA";
    const Visit second = stage.visit();
    EXPECT_EQ(stage.path(second), fetched());
    EXPECT_EQ(stage.requests({{"/ca", 2}}), (Requests{{"/ca", 2}}));
}

// The evil host shows a CA of the same name with a key of its own, offers it for fetching, and is refused:
// nothing of it is kept, and the real host is repaired.
TEST_F(Visits, WhatARefusedHostOffersIsNotKept) {
    const Identity evil_ca = stage.stranger.intermediate("CA");
    stage.issuers.serve("/evil", IssuerAnswer::pkcs7({evil_ca.certificate(), stage.stranger.certificate()}));
    const auto evil = another("evil.test", evil_ca, {"/evil"});
    serve_ca();
    stage.send(stage.leaf(stage.ca, {"/ca"}));

    const Visit first = stage.visit(*evil, "evil.test");
    EXPECT_EQ(first.text("reason"), "untrusted_root");
    EXPECT_FALSE(first.served);
    EXPECT_EQ(files_in_store(), 0U);
    const Visit second = stage.visit();
    EXPECT_TRUE(second.served);
    EXPECT_EQ(stage.path(second), fetched());
    EXPECT_EQ(files_in_store(), 1U);
    EXPECT_EQ(stage.visit(*evil, "evil.test").text("decision"), "refused");
}

// Should such a one be in the store all the same, it helps nobody and hurts nobody.
TEST_F(Visits, APoisonedStoreNeitherHelpsTheEvilNorHurtsTheReal) {
    CertificateSpec spec;
    spec.subject_key_id_hex = to_hex(stage.ca.certificate()->subject_key_id());
    const Identity evil_ca = stage.stranger.intermediate("CA", spec);
    stage.stored(evil_ca, "/evil");
    stage.stored(stage.stranger, "/evil-root");
    const auto evil = another("evil.test", evil_ca, {});
    serve_ca();
    stage.send(stage.leaf(stage.ca, {"/ca"}));

    const Visit first = stage.visit(*evil, "evil.test");
    EXPECT_EQ(first.text("reason"), "untrusted_root");
    EXPECT_FALSE(first.served);
    const Visit second = stage.visit();
    EXPECT_TRUE(second.served);
    EXPECT_EQ(stage.path(second), fetched());
    EXPECT_EQ(stage.requests({{"/ca", 1}}), (Requests{{"/ca", 1}}));
}

TEST_F(Visits, AFailureIsRememberedForOthers) {
    stage.send(stage.leaf(stage.ca, {"/gone"}));
    const auto other = another("other.test", stage.ca, {"/gone"});
    EXPECT_EQ(stage.visit().text("reason"), "issuer_not_found");
    const Visit second = stage.visit(*other, "other.test");
    EXPECT_EQ(second.text("reason"), "issuer_not_found");
    EXPECT_EQ(second.told().at("fetches").at(0).at("result"), "http_404");
    EXPECT_EQ(second.told().at("fetches").at(0).at("from_cache"), true);
    EXPECT_EQ(stage.issuers.total(), 1);
}

// Clients try again and again; the server behind them does not feel it.
TEST_F(Visits, ARefusalIsRememberedForTheSameHost) {
    stage.send(stage.leaf(stage.ca, {"/gone"}));
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(stage.visit().text("reason"), "issuer_not_found");
    EXPECT_EQ(stage.issuers.total(), 1);
}

TEST_F(Visits, AHostThatKeepsHangingIsLeftAlone) {
    stage.adjust([](config::Settings& settings) { settings.egress.timeout = seconds{1}; });
    for (const char* path : {"/1", "/2", "/3", "/4"})
        stage.issuers.serve(path, IssuerAnswer::der(stage.ca.certificate()).with(Manner::hang));
    std::vector<std::unique_ptr<Origin>> origins;
    for (int i = 1; i <= 4; ++i)
        origins.push_back(another("host" + std::to_string(i) + ".test", stage.ca, {"/" + std::to_string(i)}));
    std::vector<std::string> results;
    for (int i = 1; i <= 4; ++i) {
        const Visit visit =
            stage.visit(*origins[static_cast<std::size_t>(i - 1)], "host" + std::to_string(i) + ".test");
        EXPECT_EQ(visit.text("decision"), "refused");
        results.push_back(visit.told().at("fetches").at(0).at("result"));
    }
    EXPECT_EQ(results, (Lines{"timeout", "timeout", "timeout", "broken_host"}));
    EXPECT_EQ(stage.issuers.count("/4"), 0);
    EXPECT_EQ(stage.issuers.connections(), 3);
}

// The fetched CA ends in ten minutes: to the second, whatever is remembered of it.
TEST_F(Visits, AStoredIssuerIsRefusedFromTheSecondItExpires) {
    CertificateSpec spec;
    spec.not_after = noon() + minutes{10};
    const Identity brief = stage.root.intermediate("CA", spec);
    stage.issuers.serve("/ca", IssuerAnswer::der(brief.certificate()));
    stage.send(stage.leaf(brief, {"/ca"}));
    EXPECT_TRUE(stage.visit().served);
    stage.proxy().set_time(noon() + minutes{10});
    EXPECT_EQ(stage.visit().text("decision"), "accepted") << "its last second counts";
    stage.proxy().set_time(noon() + minutes{10} + seconds{1});
    const Visit late = stage.visit();
    EXPECT_EQ(late.text("reason"), "expired");
    EXPECT_FALSE(late.served);
    EXPECT_EQ(stage.requests({{"/ca", 1}}), (Requests{{"/ca", 1}}))
        << "what was fetched a moment ago is known";
}

// The stored CA has expired; the URL holds its successor with the same name and key.
TEST_F(Visits, AnExpiredIssuerIsReplacedByItsSuccessor) {
    CertificateSpec spec;
    spec.not_after = noon() + minutes{10};
    const Identity brief = stage.root.intermediate("CA", spec, stage.ca.key());
    stage.stored(brief, "/ca");
    serve_ca();
    stage.send(stage.leaf(stage.ca, {"/ca"}));
    EXPECT_EQ(stage.path(stage.visit()), from_store());
    stage.proxy().set_time(noon() + minutes{11});
    const Visit later = stage.visit();
    EXPECT_TRUE(later.served);
    EXPECT_EQ(stage.path(later), fetched());
    EXPECT_EQ(stage.issuers.total(), 1);
}

// Good chain first, then the same host with one that leads nowhere: nothing of the first verdict helps it.
TEST_F(Visits, AHostThatChangesItsCertificateIsJudgedAnew) {
    serve_ca();
    stage.send(stage.leaf(stage.ca, {"/ca"}));
    EXPECT_TRUE(stage.visit().served);
    stage.send(stage.leaf(stage.stranger.intermediate("CA")));
    const Visit changed = stage.visit();
    EXPECT_EQ(changed.text("decision"), "refused");
    EXPECT_FALSE(changed.served);
}

}  // namespace
}  // namespace chainmend::test
