#include "proxy/history/retention.h"

#include <filesystem>

#include "proxy/history/record_writer.h"
#include "proxy/history/schema.h"
#include "tests/proxy/history/history_fixture.h"

namespace chainmend::test {
namespace {

using namespace proxy;
using std::chrono::days;

/// A history without its thread, so that each round can be looked at.
class RetentionTest : public HistoryTest {
  protected:
    RetentionTest() {
        auto opened = open_to_write(file());
        if (!opened) throw std::runtime_error(opened.error().message);
        database = std::move(opened).value();
        writer = std::make_unique<RecordWriter>(*database);
    }

    void write(const std::shared_ptr<const DecisionRecord>& record) {
        const auto done = writer->write(*record, nullptr);
        if (!done) throw std::runtime_error(done.error().message);
    }
    /// Decisions number `from` to `upto`, each about a certificate of its own.
    void visit_new_servers(int from, int upto) {
        ASSERT_TRUE(database->execute("BEGIN"));
        for (int i = from; i < upto; ++i)
            write(decision(i, new_verdict(), [&](DecisionRecord& record) {
                record.host = "host" + std::to_string(i) + ".test";
            }));
        ASSERT_TRUE(database->execute("COMMIT"));
    }
    std::shared_ptr<const certs::Verdict> new_verdict() {
        return shared(PathBuilding().trust({root}).sent({ca.leaf("leaf.test"), ca}).verdict());
    }
    /// All rounds, as of `now`.
    std::int64_t forget(const RetentionLimits& limits, Time now = noon()) {
        std::int64_t decisions = 0;
        for (;;) {
            const auto forgotten = forget_some(*database, limits, to_milliseconds(now));
            if (!forgotten) throw std::runtime_error(forgotten.error().message);
            writer->forget_verdicts(forgotten->verdicts);
            decisions += forgotten->decisions;
            if (!forgotten->is_more) return decisions;
        }
    }
    std::int64_t number(const std::string& sql) { return database->number(sql).value(); }
    void expect_whole() {
        EXPECT_EQ(number("SELECT count(*) FROM verdict WHERE id NOT IN (SELECT verdict FROM decision)"), 0);
        EXPECT_EQ(number("SELECT count(*) FROM decision WHERE verdict IS NOT NULL AND verdict NOT IN (SELECT "
                         "id FROM verdict)"),
                  0);
        EXPECT_EQ(number("SELECT count(*) FROM decision WHERE host NOT IN (SELECT id FROM host)"), 0);
        EXPECT_EQ(number("SELECT count(*) FROM host WHERE verdict IS NOT NULL AND verdict NOT IN (SELECT id "
                         "FROM verdict)"),
                  0);
        EXPECT_EQ(number("SELECT sum(length(certificates)) / 32 FROM verdict"),
                  number("SELECT sum(uses) FROM certificate"));
        EXPECT_EQ(number("SELECT count(*) FROM certificate WHERE uses < 1"), 0);
    }

    static constexpr RetentionLimits small{days{36500}, 256 * 1024};
    std::unique_ptr<Database> database;
    std::unique_ptr<RecordWriter> writer;
};

// Fewer decisions than one round may take, and nearly all of the file is verdicts of today.
TEST_F(RetentionTest, KeepsAFileOfManyVerdictsBelowItsSize) {
    visit_new_servers(0, 100);
    ASSERT_TRUE(database->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    ASSERT_GT(std::filesystem::file_size(file()), 300U * 1024);
    EXPECT_GT(forget(small), 0);
    EXPECT_LE(std::filesystem::file_size(file()), 256U * 1024);
    EXPECT_EQ(number("PRAGMA freelist_count"), 0);
    expect_whole();
    // The newest are there, no more went than had to, and what is left can be asked for.
    const auto kept = number("SELECT count(*) FROM decision");
    EXPECT_GT(kept, 10);
    EXPECT_EQ(number("SELECT count(*) FROM decision WHERE id >= '" + std::to_string(100 - kept) + "'"), kept);
    auto opened = open_history(file());
    ASSERT_TRUE(opened);
    EXPECT_EQ((*opened)->judged()->size(), static_cast<std::size_t>(kept));
    const auto newest = (*opened)->decision("99");
    ASSERT_TRUE(newest) << newest.error().message;
    EXPECT_TRUE(newest->record.verdict);
}

// One verdict, and decisions at one moment: only rows tell them apart.
TEST_F(RetentionTest, ForgetsDecisionsOfOneMomentToo) {
    const auto verdict = new_verdict();
    ASSERT_TRUE(database->execute("BEGIN"));
    for (int i = 0; i < 3000; ++i)
        write(decision(1, verdict));
    ASSERT_TRUE(database->execute("COMMIT"));
    EXPECT_GT(forget(small), 1000);
    EXPECT_LE(number("PRAGMA page_count") * number("PRAGMA page_size"), 256 * 1024);
    EXPECT_EQ(number("SELECT count(*) FROM verdict"), 1) << "decisions that are kept refer to it";
    expect_whole();
}

TEST_F(RetentionTest, LeavesTheNewestDecisionHoweverSmallTheLimit) {
    visit_new_servers(0, 5);
    EXPECT_EQ(forget({days{36500}, 1}), 4);
    EXPECT_EQ(number("SELECT count(*) FROM host"), 1);
    expect_whole();
}

TEST_F(RetentionTest, ForgetsByAgeWhatAHostNoLongerHas) {
    visit_new_servers(0, 10);
    const auto late = decision(10, nullptr, [](DecisionRecord& record) {
        record.host = "host3.test";
        record.at += days{10};
    });
    write(late);
    EXPECT_EQ(forget({days{5}, 0}, noon() + days{10}), 10);
    EXPECT_EQ(number("SELECT count(*) FROM host"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM certificate"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM address"), 0);
    EXPECT_EQ(number("SELECT verdict IS NULL AND expires IS NULL FROM host"), 1);
    expect_whole();
}

// The verdict cache may hand it out again after its decisions are gone.
TEST_F(RetentionTest, IsFollowedByTheWriterWhichWritesAVerdictAnew) {
    const auto verdict = new_verdict();
    write(decision(1, verdict));
    write(decision(2, nullptr, [](DecisionRecord& record) { record.at += days{10}; }));
    EXPECT_EQ(forget({days{5}, 0}, noon() + days{10}), 1);
    EXPECT_EQ(number("SELECT count(*) FROM verdict"), 0);
    write(decision(3, verdict, [](DecisionRecord& record) { record.at += days{10}; }));
    EXPECT_EQ(number("SELECT count(*) FROM verdict"), 1);
    expect_whole();
    auto opened = open_history(file());
    ASSERT_TRUE(opened);
    EXPECT_TRUE((*opened)->latest("leaf.test", 443)->record.verdict);
}

// What is over for longer than anything is kept is not told again because it was forgotten to be told.
TEST_F(RetentionTest, RemembersWhatWasToldWhileItIsStillSeen) {
    HostEvent event;
    event.expires = noon() - days{400};
    for (int day = 0; day < 20; ++day) {
        event.at = RecordTime(std::chrono::milliseconds(to_milliseconds(noon() + days{day})));
        ASSERT_TRUE(writer->tell_once("leaf", 0, event));
        write(decision(day, nullptr, [&](DecisionRecord& record) { record.at = event.at; }));
        forget({days{5}, 0}, noon() + days{day});
    }
    EXPECT_EQ(writer->take_events().size(), 1U);
}

}  // namespace
}  // namespace chainmend::test
