#include "proxy/history/audit_query.h"

#include <nlohmann/json.hpp>

#include "proxy/audit/audit_report.h"
#include "tests/proxy/history/history_fixture.h"

namespace chainmend::test {
namespace {

using namespace proxy;

/// 3 hosts that are fine and often asked for, a repaired one, one that expired, and names that a client made
/// up.
class AuditQueryTest : public HistoryTest {
  protected:
    AuditQueryTest() {
        start();
        const auto leaf = ca.leaf("leaf.test");
        const auto whole = shared(PathBuilding().trust({root}).sent({leaf, ca}).verdict());
        const auto halved = shared(PathBuilding().trust({root}).sent({leaf}).stored(ca).verdict());
        CertificateSpec ended;
        ended.not_before = noon() - std::chrono::days{90};
        ended.not_after = noon() - std::chrono::days{3};
        const auto expired =
            shared(PathBuilding().trust({root}).sent({ca.leaf("leaf.test", ended), ca}).verdict());
        for (int i = 0; i < 30; ++i)
            see("fine" + std::to_string(i % 3) + ".test", whole);
        see("halved.test", halved);
        see("expired.test", expired, 8443);
        for (int i = 0; i < made_up; ++i)
            see("made-up-" + std::to_string(i) + ".test", nullptr);
    }

    void see(const std::string& host, const std::shared_ptr<const certs::Verdict>& verdict, int port = 443) {
        history->decision(decision(++count_, verdict,
                                   [&](DecisionRecord& record) {
                                       record.host = host;
                                       record.server.port = port;
                                   }),
                          nullptr);
    }
    AuditReport report(const HistoryFilter& filter, std::size_t rows) {
        auto made = audit(ask(), filter, noon(), 30, rows);
        if (!made) throw std::runtime_error(made.error().message);
        return std::move(made).value();
    }

    static constexpr int made_up = 200;
    int count_ = 0;
};

// However many rows a table may have, nothing is missing from the counts.
TEST_F(AuditQueryTest, CountsEveryDecisionWhateverItsTablesHold) {
    const auto made = report({}, 10);
    const auto& tallies = made.tallies;
    EXPECT_EQ(tallies.decisions, 32U + made_up);
    EXPECT_EQ(tallies.hosts, 5U + made_up);
    EXPECT_EQ(tallies.accepted, 31U);
    EXPECT_EQ(made.refused(), 1U + made_up);
    EXPECT_EQ(made.repaired(), 1U);
    EXPECT_EQ(tallies.by_reason,
              (std::map<std::string, std::uint64_t>{{"dns_error", made_up}, {"expired", 1}}));
    EXPECT_EQ(tallies.by_how, (std::map<std::string, std::uint64_t>{{"as_sent", 30}, {"repaired", 1}}));
    EXPECT_EQ(tallies.by_source, (std::map<std::string, std::uint64_t>{{"store", 1}}));
    EXPECT_EQ(tallies.refused.rows.size(), 10U);
    EXPECT_EQ(tallies.refused.more, made_up + 1 - 10U);
    ASSERT_EQ(tallies.repaired.rows.size(), 1U) << "those that are fine are in no table's way";
    EXPECT_EQ(tallies.repaired.rows[0].host, "halved.test");
    EXPECT_EQ(tallies.repaired.more, 0U);
}

TEST_F(AuditQueryTest, SaysHowManyRowsATableHasBeyondThoseShown) {
    const auto made = report({}, 10);
    const auto text = audit_text(made, 100);
    EXPECT_NE(text.find("and 191 more refused (--limit, --json)\n"), std::string::npos) << text;
    EXPECT_NE(text.find("refused for: dns_error 200, expired 1\n"), std::string::npos) << text;
    EXPECT_EQ(audit_json(made)["left_out"]["failures"], 191);
    EXPECT_EQ(audit_json(made)["left_out"]["repairs"], 0);
    EXPECT_NE(audit_csv(made).find("\r\n\"left_out\",\"\",\"\",\"\",\"\",\"\",\"191\","), std::string::npos);
    EXPECT_EQ(audit_csv(report({}, 1000)).find("left_out"), std::string::npos);
}

TEST_F(AuditQueryTest, PutsTheMostFrequentFirstAndOfThoseTheLatest) {
    see("made-up-7.test", nullptr);
    const auto made = report({}, 2);
    ASSERT_EQ(made.tallies.refused.rows.size(), 2U);
    EXPECT_EQ(made.tallies.refused.rows[0].host, "made-up-7.test");
    EXPECT_EQ(made.tallies.refused.rows[0].count, 2U);
    EXPECT_EQ(made.tallies.refused.rows[1].host, "made-up-199.test");
}

TEST_F(AuditQueryTest, HoldsEveryTableToTheFilter) {
    HistoryFilter expired;
    expired.reason = "expired";
    const auto by_reason = report(expired, 100);
    EXPECT_EQ(by_reason.tallies.decisions, 1U);
    ASSERT_EQ(by_reason.expiring.rows.size(), 1U);
    EXPECT_EQ(by_reason.expiring.rows[0].host, "expired.test");
    HistoryFilter other;
    other.reason = "dns_error";
    EXPECT_TRUE(report(other, 100).expiring.rows.empty());

    HistoryFilter early;  // before anything was seen
    early.until = RecordTime(std::chrono::milliseconds(0));
    EXPECT_TRUE(report(early, 100).expiring.rows.empty());

    HistoryFilter port;
    port.host = "expired.test";
    port.port = 443;
    EXPECT_EQ(report(port, 100).tallies.decisions, 0U);
    EXPECT_TRUE(report(port, 100).expiring.rows.empty());
    port.port = 8443;
    EXPECT_EQ(report(port, 100).tallies.decisions, 1U);
    EXPECT_EQ(report(port, 100).expiring.rows.size(), 1U);
}

// A fetch belongs to the server whose issuer was missing.
TEST_F(AuditQueryTest, TellsOfIssuerServersForTheHostsThatNeededThem) {
    CertificateSpec spec;
    spec.ca_issuers = {"http://issuers.test/ca"};
    const auto fetched = shared(PathBuilding()
                                    .trust({root})
                                    .sent({ca.leaf("leaf.test", spec)})
                                    .served("http://issuers.test/ca", {ca.certificate()})
                                    .verdict());
    ASSERT_EQ(fetched->fetches.size(), 1U);
    see("fetched.test", fetched);
    const auto servers = [&](const std::string& host, const std::string& reason) {
        HistoryFilter filter;
        filter.host = host;
        filter.reason = reason;
        return report(filter, 100).issuer_servers.rows.size();
    };
    EXPECT_EQ(servers("", ""), 1U);
    EXPECT_EQ(servers("fetched.test", ""), 1U);
    EXPECT_EQ(servers("halved.test", ""), 0U);
    EXPECT_EQ(servers("*.test", "ok"), 1U);
    EXPECT_EQ(servers("", "expired"), 0U);
}

// A spreadsheet may take text for a formula, and must not take our numbers for text.
TEST_F(AuditQueryTest, GuardsInCsvTheTextOfOthersAndNotItsOwnNumbers) {
    see("=cmd.test", nullptr);
    const auto csv = audit_csv(report({}, 1000));
    EXPECT_NE(csv.find("\"expiring\",\"expired.test\",\"8443\","), std::string::npos);
    EXPECT_NE(csv.find(",\"-3\","), std::string::npos) << csv;
    EXPECT_EQ(csv.find("\"'-"), std::string::npos);
    EXPECT_NE(csv.find(",\"'=cmd.test\","), std::string::npos);
}

TEST_F(AuditQueryTest, CountsTunnelsWhoseClientDoesNotTrustTheCa) {
    EXPECT_EQ(report({}, 5).tallies.distrustful, 0U);
    for (const char* id : {"1", "2", "31"}) {
        TunnelRecord end;
        end.id = id;
        end.end = "client_distrusts_ca";
        history->tunnel(end);
    }
    const auto all = report({}, 5);
    EXPECT_EQ(all.tallies.distrustful, 3U);
    EXPECT_NE(audit_text(all, 100).find("3 tunnels ended by a client that does not trust the CA"),
              std::string::npos);
    HistoryFilter filter;
    filter.host = "halved.test";
    EXPECT_EQ(report(filter, 5).tallies.distrustful, 1U);
}

}  // namespace
}  // namespace chainmend::test
