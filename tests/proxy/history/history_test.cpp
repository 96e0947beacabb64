#include "proxy/history/history.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "proxy/history/database.h"
#include "proxy/history/schema.h"
#include "proxy/report/verdict_json.h"
#include "tests/proxy/history/history_fixture.h"

namespace chainmend::test {
namespace {

using namespace proxy;

TEST_F(HistoryTest, GivesBackADecisionAsItWas) {
    const auto leaf = ca.leaf("leaf.test");
    const auto verdict =
        shared(PathBuilding().trust({root}).sent({leaf, ca}).for_host("leaf.test").verdict());
    const auto policy = std::make_shared<const PolicyRecord>(PolicyRecord{{7}, "verify.profile = default\n"});
    const auto record = decision(1, verdict, [](DecisionRecord& one) {
        one.tls = {"1.3", "TLS_AES_128_GCM_SHA256", "x25519", "h2", "", true};
        one.remembered = true;
    });
    start().decision(record, policy);
    TunnelRecord end;
    end.id = "1";
    end.at = record->at + std::chrono::seconds{3};
    end.duration = std::chrono::seconds{3};
    end.bytes_from_client = 10;
    end.bytes_from_server = 20;
    end.end = "closed";
    history->tunnel(end);
    const auto found = ask().decision("1");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(to_line(decision_json(found->record)), to_line(decision_json(*record)));
    EXPECT_EQ(found->policy->text, policy->text);
    EXPECT_EQ(found->policy->hash, policy->hash);
    ASSERT_TRUE(found->end);
    EXPECT_EQ(found->end->bytes_from_server, 20U);
    EXPECT_EQ(found->end->end, "closed");
}

TEST_F(HistoryTest, SaysWhenItHasNoSuchDecision) {
    start().decision(decision(1), nullptr);
    const auto found = ask().decision("2");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::not_found);
}

TEST_F(HistoryTest, KeepsACertificateOnce) {
    start();
    for (int i = 0; i < 5; ++i) {
        const auto leaf = ca.leaf("leaf" + std::to_string(i) + ".test");
        history->decision(decision(i, shared(PathBuilding().trust({root}).sent({leaf, ca}).verdict())),
                          nullptr);
    }
    history->wait_until_written();
    auto database = Database::open(file(), Database::Mode::read);
    ASSERT_TRUE(database);
    EXPECT_EQ((*database)->number("SELECT count(*) FROM certificate").value(), 5 + 2);
    EXPECT_EQ((*database)->number("SELECT count(*) FROM verdict").value(), 5);
}

TEST_F(HistoryTest, KeepsAVerdictOnceForAllWhoGotIt) {
    const auto verdict = shared(PathBuilding().trust({root}).sent({ca.leaf("leaf.test"), ca}).verdict());
    start();
    for (int i = 0; i < 10; ++i)
        history->decision(decision(i, verdict), nullptr);
    history->wait_until_written();
    auto database = Database::open(file(), Database::Mode::read);
    ASSERT_TRUE(database);
    EXPECT_EQ((*database)->number("SELECT count(*) FROM verdict").value(), 1);
    EXPECT_EQ((*database)->number("SELECT count(*) FROM decision").value(), 10);
}

TEST_F(HistoryTest, IsOnlyReadableByItsOwner) {
    start().decision(decision(1), nullptr);
    history->wait_until_written();
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
        const auto mode = entry.status().permissions() & std::filesystem::perms::mask;
        EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write) << entry;
    }
}

TEST_F(HistoryTest, SetsADamagedFileAsideAndBeginsANewOne) {
    std::ofstream(file()) << "this is no database, and longer than the header of one: "
                          << std::string(4096, 'x');
    start().decision(decision(1), nullptr);
    EXPECT_TRUE(ask().decision("1"));
    ASSERT_EQ(told().size(), 1U);
    EXPECT_NE(told()[0].find(file() + ".damaged-1"), std::string::npos) << told()[0];
    EXPECT_TRUE(std::filesystem::exists(file() + ".damaged-1"));
}

TEST_F(HistoryTest, FindsDamageInsideAFile) {
    start();
    for (int i = 0; i < 2000; ++i)
        history->decision(decision(i), nullptr);
    history.reset();
    const auto size = std::filesystem::file_size(file());
    ASSERT_GT(size, 100'000U);
    std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
    for (std::uintmax_t at = 8192; at + 4096 < size; at += 8192) {
        damage.seekp(static_cast<std::streamoff>(at));
        damage << std::string(4096, '\x5a');
    }
    damage.close();
    start().decision(decision(5000), nullptr);
    EXPECT_TRUE(ask().decision("5000"));
    EXPECT_FALSE(ask().decision("5"));
    ASSERT_EQ(told().size(), 1U);
    EXPECT_NE(told()[0].find("damaged"), std::string::npos);
}

TEST_F(HistoryTest, LeavesAFileOfANewerVersionAlone) {
    start();
    history.reset();
    {
        auto database = Database::open(file(), Database::Mode::write);
        ASSERT_TRUE(database);
        ASSERT_TRUE((*database)->execute("PRAGMA user_version=999"));
    }
    start().decision(decision(1), nullptr);
    history->wait_until_written();
    EXPECT_EQ(history->status().lost, 1U);
    EXPECT_NE(history->status().problem.find("newer"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(file() + ".damaged-1"));
    EXPECT_FALSE(open_history(file()));
}

TEST_F(HistoryTest, BringsAnOlderVersionUpToDate) {
    {
        auto database = Database::open(file(), Database::Mode::write);
        ASSERT_TRUE(database);
        ASSERT_TRUE(migrate(**database, 1));
        ASSERT_TRUE((*database)->execute(
            "INSERT INTO host (name, port, first_seen, last_seen, accepted, refused, state, since) "
            "VALUES ('old.test', 443, 1, 2, 3, 4, 'accepted', 1)"));
    }
    const auto read = open_history(file());
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().message.find("older"), std::string::npos);
    start().decision(decision(1), nullptr);
    const auto hosts = ask().hosts({}, 10);
    ASSERT_TRUE(hosts);
    ASSERT_EQ(hosts->size(), 2U);
    EXPECT_EQ(hosts->back().host, "old.test");
    EXPECT_TRUE(told().empty());
}

// Another process has the file for longer than one attempt waits.
TEST_F(HistoryTest, KeepsWhatItCanNotWriteUntilALockIsGone) {
    start([](HistoryOptions& options) {
        options.patience = std::chrono::milliseconds{5};
    }).decision(decision(0), nullptr);
    history->wait_until_written();
    auto other = Database::open(file(), Database::Mode::write);
    ASSERT_TRUE(other);
    ASSERT_TRUE((*other)->execute("BEGIN IMMEDIATE"));
    const auto wait_for = [&](const std::function<bool(const HistoryStatus&)>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        while (!condition(history->status()) && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
        EXPECT_TRUE(condition(history->status()));
    };
    history->decision(decision(1), nullptr);
    wait_for([](const auto& status) { return !status.problem.empty(); });
    for (int i = 2; i <= 50; ++i)
        history->decision(decision(i), nullptr);
    history->wait_until_written();  // does not wait for the other process
    EXPECT_EQ(history->status().lost, 0U);
    EXPECT_EQ(history->status().written, 1U);
    ASSERT_TRUE((*other)->execute("ROLLBACK"));
    wait_for([](const auto& status) { return status.written == 51 && status.problem.empty(); });
    EXPECT_EQ(history->status().lost, 0U);
    EXPECT_EQ(ask().tally({}, 10)->decisions, 51U);
    EXPECT_EQ(told().back(), "the history is written again");
}

TEST_F(HistoryTest, EndsAlsoWhileAnotherProcessHasTheFileLocked) {
    start([](HistoryOptions& options) {
        options.patience = std::chrono::milliseconds{5};
        options.capacity = 4;
    }).decision(decision(0), nullptr);
    history->wait_until_written();
    auto other = Database::open(file(), Database::Mode::write);
    ASSERT_TRUE(other);
    ASSERT_TRUE((*other)->execute("BEGIN IMMEDIATE"));
    for (int i = 1; i <= 100; ++i)
        history->decision(decision(i), nullptr);
    history->wait_until_written();
    EXPECT_GE(history->status().lost, 90U);
    history.reset();
    ASSERT_EQ(told().size(), 1U);
    EXPECT_NE(told()[0].find("another process has it locked"), std::string::npos) << told()[0];
}

// What nothing refers to goes, and how often the rest is used is counted.
TEST_F(HistoryTest, CleansUpWhatAnOlderVersionLeft) {
    {
        auto database = Database::open(file(), Database::Mode::write);
        ASSERT_TRUE(database);
        ASSERT_TRUE(migrate(**database, 3));
        ASSERT_TRUE((*database)->execute(R"(
INSERT INTO word (text) VALUES ('ok');
INSERT INTO certificate (sha256, der, last_used) SELECT CAST(zeroblob(31) || x'01' AS BLOB), x'30', 1;
INSERT INTO certificate (sha256, der, last_used) SELECT CAST(zeroblob(31) || x'02' AS BLOB), x'30', 1;
INSERT INTO certificate (sha256, der, last_used) SELECT CAST(zeroblob(31) || x'03' AS BLOB), x'30', 1;
INSERT INTO host (id, name, port, first_seen, last_seen, accepted, refused, state, since, verdict, decision, expires, badness, judged)
VALUES (1, 'a.test', 443, 1, 2, 1, 0, 'accepted by_exception', 1, 1, 1, 7, 0, 'by_exception'),
       (2, 'b.test', 443, 1, 2, 0, 1, 'refused expired', 1, 3, 9, 7, 2, 'expired');
INSERT INTO verdict (id, at, host, presented, chain, certificates, document) VALUES
    (1, 1, 1, 1, x'', (SELECT CAST(a.sha256 || b.sha256 AS BLOB) FROM certificate a, certificate b WHERE a.id = 1 AND b.id = 2), '{}'),
    (2, 1, 1, 1, x'', (SELECT sha256 FROM certificate WHERE id = 2), '{}'),
    (3, 1, 2, 1, x'', (SELECT sha256 FROM certificate WHERE id = 3), '{}');
INSERT INTO fetch (verdict, at, url, host, result, status, bytes, ms, format, address, detail, from_cache)
VALUES (3, 1, '', '', 1, 200, 1, 1, '', '', '', 0);
INSERT INTO decision (id, at, duration, host, accepted, reason, how, source, verdict, remembered, status, detail, method, url, client, client_port, agent, server, tls)
VALUES ('1', 1, 1, 1, 1, 1, 1, 1, 1, 0, 200, '', '', '', '', 0, '', '', ''), ('2', 1, 1, 1, 1, 1, 1, 1, 2, 0, 200, '', '', '', '', 0, '', '', '');
)"));
    }
    start();
    history->wait_until_written();
    auto database = Database::open(file(), Database::Mode::read);
    ASSERT_TRUE(database);
    EXPECT_TRUE(told().empty()) << told().front();
    EXPECT_EQ((*database)->number("SELECT count(*) FROM verdict").value(), 2);
    EXPECT_EQ((*database)->number("SELECT count(*) FROM fetch").value(), 0);
    EXPECT_EQ((*database)->number("SELECT uses FROM certificate WHERE id = 1").value(), 1);
    EXPECT_EQ((*database)->number("SELECT uses FROM certificate WHERE id = 2").value(), 2);
    EXPECT_EQ((*database)->number("SELECT count(*) FROM certificate").value(), 2);
    EXPECT_EQ((*database)->number("SELECT badness FROM host WHERE id = 1").value(), 2);
    EXPECT_EQ((*database)->number("SELECT badness FROM host WHERE id = 2").value(), 3);
    EXPECT_EQ((*database)->number("SELECT verdict IS NULL FROM host WHERE id = 2").value(), 1);
}

TEST_F(HistoryTest, CountsWhatItsQueueDoesNotHold) {
    start([](HistoryOptions& options) { options.capacity = 4; }).decision(decision(0), nullptr);
    history->wait_until_written();
    auto other = Database::open(file(), Database::Mode::write);
    ASSERT_TRUE(other);
    ASSERT_TRUE((*other)->execute("BEGIN IMMEDIATE"));  // the writer waits for this
    for (int i = 1; i <= 100; ++i)
        history->decision(decision(i), nullptr);
    ASSERT_TRUE((*other)->execute("ROLLBACK"));
    history->wait_until_written();
    const auto status = history->status();
    EXPECT_EQ(status.written + status.lost, 101U);
    EXPECT_GT(status.lost, 80U);
    EXPECT_GT(status.written, 1U);
}

TEST_F(HistoryTest, SurvivesAFullDisk) {
    std::signal(SIGXFSZ, SIG_IGN);
    start([](HistoryOptions& options) { options.retry = std::chrono::milliseconds{0}; });
    history->decision(decision(0), nullptr);
    history->wait_until_written();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit tight = before;
    tight.rlim_cur = 64 * 1024;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    for (int i = 1; i <= 2000; ++i)
        history->decision(decision(i), nullptr);
    history->wait_until_written();
    const auto full = history->status();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_GT(full.lost, 0U);
    EXPECT_NE(full.problem, "");
    history->decision(decision(3000), nullptr);
    EXPECT_TRUE(ask().decision("3000"));
    EXPECT_TRUE(ask().decision("0"));
    EXPECT_EQ(history->status().problem, "");
    ASSERT_GE(told().size(), 2U);
    EXPECT_NE(told().front().find("the history is not written"), std::string::npos) << told().front();
    EXPECT_EQ(told().back(), "the history is written again");
}

TEST_F(HistoryTest, ForgetsByAgeAndWithItWhatNothingRefersTo) {
    const auto old_verdict = shared(PathBuilding().trust({root}).sent({ca.leaf("leaf.test"), ca}).verdict());
    start();
    for (int i = 0; i < 10; ++i)
        history->decision(decision(i, old_verdict), nullptr);
    history->wait_until_written();
    history.reset();
    // decision() makes records of 2026-06-01, so they are older than an hour whenever this runs.
    start([](HistoryOptions& options) { options.limits.keep = std::chrono::hours{1}; });
    const auto now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    history->decision(decision(77, nullptr, [&](DecisionRecord& record) { record.at = now; }), nullptr);
    history->wait_until_written();
    history.reset();
    auto database = Database::open(file(), Database::Mode::read);
    ASSERT_TRUE(database);
    EXPECT_EQ((*database)->number("SELECT count(*) FROM decision").value(), 1);
    EXPECT_EQ((*database)->number("SELECT count(*) FROM verdict").value(), 0);
    EXPECT_EQ((*database)->number("SELECT count(*) FROM certificate").value(), 0);
}

TEST_F(HistoryTest, ForgetsTheOldestWhenItIsTooLarge) {
    start();
    for (int i = 0; i < 1500; ++i)
        history->decision(decision(i), nullptr);
    history->wait_until_written();
    history.reset();
    const auto before = std::filesystem::file_size(file());
    start([](HistoryOptions& options) {
        options.limits.max_size = 220 * 1024;
        options.limits.at_once = 200;
    });
    history->decision(decision(1500), nullptr);
    history->wait_until_written();
    history.reset();
    EXPECT_TRUE(told().empty()) << told().front();
    EXPECT_LT(std::filesystem::file_size(file()), before);
    auto opened = open_history(file());
    ASSERT_TRUE(opened);
    EXPECT_FALSE((*opened)->decision("0"));
    EXPECT_TRUE((*opened)->decision("1500"));
}

}  // namespace
}  // namespace chainmend::test
