#include <gtest/gtest.h>

#include "tests/matrix/scenario.h"

namespace chainmend::test {
namespace {

void expect_told(const Visit& visit, const Expectation& expected) {
    EXPECT_EQ(visit.text("decision"), expected.decision);
    EXPECT_EQ(visit.text("how"), expected.how);
    EXPECT_EQ(visit.text("reason"), expected.reason) << visit.text("detail");
}

/// An accepted server is served, a refused one is not, whatever the record says.
void expect_outcome(const Visit& visit) {
    const bool accepted = visit.text("decision") == "accepted";
    EXPECT_EQ(visit.served, accepted) << visit.head;
    const std::string line = "HTTP/1.1 502 chainmend " + visit.text("reason") + ": ";
    EXPECT_TRUE(visit.head.starts_with(accepted ? "HTTP/1.1 200 " : line)) << visit.head;
}

void expect_address(const Visit& visit, const std::string& address) {
    bool named = false;
    for (const auto& fetch : visit.told().at("fetches")) {
        named |= fetch.at("result") == "blocked" && fetch.at("address") == address &&
                 fetch.at("detail").get<std::string>().find(address) != std::string::npos;
    }
    EXPECT_TRUE(named) << visit.told().at("fetches").dump(1);
}

/// Every row is a test of its own.
class Row : public testing::TestWithParam<Scenario> {};

TEST_P(Row, IsDecidedAsItSays) {
    const Expectation& expected = GetParam().expected;
    Stage stage;
    GetParam().prepare(stage);
    const Visit visit = stage.visit();
    expect_told(visit, expected);
    expect_outcome(visit);
    EXPECT_EQ(stage.path(visit), expected.path);
    if (!expected.fetched.empty()) {
        EXPECT_EQ(stage.fetches(visit), expected.fetched);
    }
    if (!expected.address.empty()) expect_address(visit, expected.address);
    EXPECT_EQ(stage.requests(expected.requests), expected.requests);
    EXPECT_EQ(stage.issuers.connections(), stage.issuers.total()) << "connected without asking for anything";
    stage.expect_requests_tell_nothing();
}

/// Switching repair off refuses exactly what needs it and changes nothing else.
class RepairOff : public testing::TestWithParam<Family> {
  protected:
    static void play(const Scenario& row, Without without, bool needs_it) {
        SCOPED_TRACE(row.name);
        Stage stage(without);
        row.prepare(stage);
        const Visit visit = stage.visit();
        expect_outcome(visit);
        EXPECT_EQ(stage.issuers.connections(), 0);
        if (needs_it || !row.expected.accepted()) {
            EXPECT_EQ(visit.text("decision"), "refused");
            return;
        }
        expect_told(visit, row.expected);
        EXPECT_EQ(stage.path(visit), row.expected.path);
    }
};

TEST_P(RepairOff, WithoutFetchingOnlyWhatNeedsAFetchIsRefused) {
    for (const Scenario& row : GetParam().rows())
        play(row, Without::fetching, row.expected.uses("aia"));
}

TEST_P(RepairOff, WithoutRepairOnlyWhatNeedsRepairIsRefused) {
    for (const Scenario& row : GetParam().rows())
        play(row, Without::repair,
             row.expected.uses("aia") || row.expected.uses("store") || row.expected.uses("import"));
}

Scenarios all_rows() {
    Scenarios all;
    for (const Family& family : families()) {
        for (Scenario& row : family.rows()) {
            row.name = family.name + "_" + row.name;
            all.push_back(std::move(row));
        }
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(Matrix, Row, testing::ValuesIn(all_rows()),
                         [](const auto& row) { return row.param.name; });
INSTANTIATE_TEST_SUITE_P(Matrix, RepairOff, testing::ValuesIn(families()),
                         [](const auto& family) { return family.param.name; });

}  // namespace
}  // namespace chainmend::test
