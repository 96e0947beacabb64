#include <algorithm>

#include "certs/certificate.h"
#include "proxy/history/audit_query.h"
#include "proxy/history/history_query.h"
#include "proxy/history/schema.h"
#include "proxy/history/stored_verdict.h"

namespace chainmend::proxy {
namespace {

tls::Negotiated tls_from(const std::string& text) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find(' ', begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    tls::Negotiated tls;
    if (words.size() < 4) return tls;
    tls.version = words[0];
    tls.cipher = words[1];
    tls.group = words[2] == "-" ? "" : words[2];
    tls.protocol = words[3] == "-" ? "" : words[3];
    tls.resumed = words.back() == "resumed" && words.size() > 4;
    return tls;
}

class SqliteQuery final : public HistoryQuery {
  public:
    explicit SqliteQuery(std::unique_ptr<Database> database) : database_(std::move(database)) {}

    Result<StoredDecision> decision(const std::string& id) override {
        auto& found = database_->query("SELECT max(row) FROM decision WHERE id = ?").with(id);
        const std::int64_t row = found.row() ? found.integer(0) : 0;
        if (found.problem()) return *found.problem();
        found.finish();
        if (row == 0) return Error{ErrorCode::not_found, "the history has no decision " + id};
        return decision_in(row);
    }

    Result<StoredDecision> latest(const std::string& host, int port) override {
        auto& found = database_
                          ->query(
                              "SELECT (SELECT max(row) FROM decision WHERE decision.verdict = host.verdict) "
                              "FROM host WHERE name = ?1 AND (?2 = 0 OR port = ?2) AND verdict IS NOT NULL "
                              "ORDER BY last_seen DESC LIMIT 1")
                          .with(host, port);
        const std::int64_t row = found.row() ? found.integer(0) : 0;
        if (found.problem()) return *found.problem();
        found.finish();
        if (row == 0)
            return Error{ErrorCode::not_found, "the history has seen no certificates of " + host +
                                                   (port == 0 ? "" : ":" + std::to_string(port))};
        return decision_in(row);
    }

    Result<std::vector<std::string>> judged() override {
        std::vector<std::string> ids;
        auto& found =
            database_->query("SELECT id, max(row) FROM decision WHERE verdict IS NOT NULL GROUP BY verdict");
        while (found.row())
            ids.push_back(found.text(0));
        if (found.problem()) return *found.problem();
        return ids;
    }

    Result<DecisionTallies> tally(const HistoryFilter& filter, std::size_t most) override {
        return proxy::tally(*database_, filter, most);
    }
    Result<FirstRows<HostExpiry>> expiring(const HistoryFilter& filter, Time before,
                                           std::size_t most) override {
        return proxy::expiring(*database_, filter, before, most);
    }
    Result<FirstRows<HostChange>> changes(const HistoryFilter& filter, std::size_t most) override {
        return proxy::changes(*database_, filter, most);
    }
    Result<FirstRows<IssuerServerTally>> issuer_servers(const HistoryFilter& filter,
                                                        std::size_t most) override {
        return proxy::issuer_servers(*database_, filter, most);
    }
    Result<std::vector<HostState>> hosts(const HistoryFilter& filter, std::size_t most) override;
    Result<std::vector<HostState>> asked_for(RecordTime since, std::size_t most) override;

  private:
    static Result<std::vector<HostState>> hosts_in(Statement& found);
    Result<StoredDecision> decision_in(std::int64_t row);
    Result<certs::Verdict> verdict_in(std::int64_t row);
    Result<std::vector<certs::CertificatePtr>> certificates_in(const Bytes& fingerprints);
    Result<std::vector<certs::CrlPtr>> lists_in(const Bytes& fingerprints);
    Result<std::vector<certs::Fetch>> fetches_of(std::int64_t verdict);

    std::unique_ptr<Database> database_;
};

Result<StoredDecision> SqliteQuery::decision_in(std::int64_t row) {
    auto& found = database_
                      ->query(
                          "SELECT d.id, d.at, d.duration, h.name, h.port, d.accepted, r.text, d.verdict, "
                          "d.remembered, d.status, d.detail, d.client, d.client_port, d.agent, d.server, "
                          "d.tls, d.ended_at, e.text, d.end_detail, d.lasted, d.bytes_from_client, "
                          "d.bytes_from_server, p.hash, p.text, d.method, d.url FROM decision d JOIN host h "
                          "ON h.id = d.host "
                          "JOIN word r ON r.id = d.reason LEFT JOIN word e ON e.id = d.end "
                          "LEFT JOIN policy p ON p.id = d.policy WHERE d.row = ?")
                      .with(row);
    if (!found.row())
        return found.problem().value_or(Error{ErrorCode::not_found, "the decision is not kept any more"});
    StoredDecision stored;
    auto& record = stored.record;
    record.id = found.text(0);
    record.at = record_time(found.integer(1));
    record.duration = std::chrono::microseconds{found.integer(2)};
    record.host = found.text(3);
    record.server = {found.text(14), static_cast<int>(found.integer(4))};
    record.accepted = found.integer(5) != 0;
    record.reason = found.text(6);
    record.remembered = found.integer(8) != 0;
    record.status = static_cast<int>(found.integer(9));
    record.detail = found.text(10);
    record.client = {found.text(11), static_cast<int>(found.integer(12))};
    record.user_agent = found.text(13);
    record.tls = tls_from(found.text(15));
    record.method = found.text(24);
    record.url = found.text(25);
    if (!found.is_null(16)) {
        TunnelRecord end;
        end.id = record.id;
        end.at = record_time(found.integer(16));
        end.end = found.text(17);
        end.detail = found.text(18);
        end.duration = std::chrono::microseconds{found.integer(19)};
        end.client = record.client;
        end.host = record.host;
        end.server = record.server;
        end.bytes_from_client = static_cast<std::uint64_t>(found.integer(20));
        end.bytes_from_server = static_cast<std::uint64_t>(found.integer(21));
        stored.end = std::move(end);
    }
    if (!found.is_null(22)) {
        PolicyRecord policy{{}, found.text(23)};
        const auto hash = found.blob(22);
        std::copy_n(hash.begin(), std::min(hash.size(), policy.hash.size()), policy.hash.begin());
        stored.policy = std::make_shared<const PolicyRecord>(std::move(policy));
    }
    const auto verdict_row = found.is_null(7) ? 0 : found.integer(7);
    found.finish();
    if (verdict_row == 0) return stored;
    auto verdict = verdict_in(verdict_row);
    if (!verdict) return verdict.error().in("decision " + record.id);
    record.verdict = std::make_shared<const certs::Verdict>(std::move(verdict).value());
    return stored;
}

Result<certs::Verdict> SqliteQuery::verdict_in(std::int64_t row) {
    auto& found =
        database_->query("SELECT certificates, document, lists FROM verdict WHERE id = ?").with(row);
    if (!found.row())
        return found.problem().value_or(Error{ErrorCode::not_found, "its verdict is not kept any more"});
    const auto fingerprints = found.blob(0);
    const auto document = found.text(1);
    const auto list_fingerprints = found.blob(2);
    found.finish();
    auto certificates = certificates_in(fingerprints);
    if (!certificates) return certificates.error();
    const auto lists = lists_in(list_fingerprints);
    if (!lists) return lists.error();
    auto fetches = fetches_of(row);
    if (!fetches) return fetches.error();
    return restored_verdict(*certificates, *lists, document, std::move(fetches).value());
}

Result<std::vector<certs::CertificatePtr>> SqliteQuery::certificates_in(const Bytes& fingerprints) {
    std::vector<certs::CertificatePtr> certificates;
    auto& found = database_->query("SELECT der FROM certificate WHERE sha256 = ?");
    for (std::size_t at = 0; at + 32 <= fingerprints.size(); at += 32) {
        certificates.push_back(nullptr);
        found.with(ByteView(fingerprints).subspan(at, 32));
        if (found.row()) {
            if (auto certificate = certs::Certificate::from_der(found.blob(0)))
                certificates.back() = *std::move(certificate);
        }
        if (found.problem()) return *found.problem();
    }
    found.finish();
    return certificates;
}

Result<std::vector<certs::CrlPtr>> SqliteQuery::lists_in(const Bytes& fingerprints) {
    std::vector<certs::CrlPtr> lists;
    auto& found = database_->query("SELECT der FROM list WHERE sha256 = ? AND der IS NOT NULL");
    for (std::size_t at = 0; at + 32 <= fingerprints.size(); at += 32) {
        lists.push_back(nullptr);
        found.with(ByteView(fingerprints).subspan(at, 32));
        if (found.row()) {
            if (auto list = certs::Crl::from_der(found.blob(0))) lists.back() = *std::move(list);
        }
        if (found.problem()) return *found.problem();
    }
    found.finish();
    return lists;
}

Result<std::vector<certs::Fetch>> SqliteQuery::fetches_of(std::int64_t verdict) {
    std::vector<certs::Fetch> fetches;
    auto& found = database_
                      ->query(
                          "SELECT f.url, w.text, f.status, f.bytes, f.ms, f.format, f.address, f.detail, "
                          "f.from_cache FROM fetch f JOIN word w ON w.id = f.result WHERE f.verdict = ? "
                          "ORDER BY f.id")
                      .with(verdict);
    while (found.row()) {
        fetches.push_back({found.text(0), fetch_result_from(found.text(1)),
                           static_cast<int>(found.integer(2)), found.integer(3), found.integer(4),
                           found.text(5), found.text(6), found.text(7), found.integer(8) != 0});
    }
    if (found.problem()) return *found.problem();
    return fetches;
}

Result<std::vector<HostState>> SqliteQuery::hosts(const HistoryFilter& filter, std::size_t most) {
    auto& found = database_
                      ->query(
                          "SELECT name, port, first_seen, last_seen, accepted, refused, state, since, "
                          "state_before, expires FROM host WHERE name GLOB ? AND last_seen >= ? ORDER BY "
                          "last_seen DESC LIMIT ?")
                      .with(host_pattern(filter), since_of(filter), most);
    return hosts_in(found);
}

Result<std::vector<HostState>> SqliteQuery::asked_for(RecordTime since, std::size_t most) {
    auto& found = database_
                      ->query(
                          "SELECT name, port, first_seen, last_seen, accepted, refused, state, since, "
                          "state_before, expires FROM host WHERE asked_at >= ? AND verdict IS NOT NULL "
                          "ORDER BY asked_at DESC LIMIT ?")
                      .with(since.time_since_epoch().count(), most);
    return hosts_in(found);
}

Result<std::vector<HostState>> SqliteQuery::hosts_in(Statement& found) {
    std::vector<HostState> hosts;
    while (found.row()) {
        HostState host{found.text(0),
                       static_cast<int>(found.integer(1)),
                       record_time(found.integer(2)),
                       record_time(found.integer(3)),
                       static_cast<std::uint64_t>(found.integer(4)),
                       static_cast<std::uint64_t>(found.integer(5)),
                       found.text(6),
                       record_time(found.integer(7)),
                       found.text(8),
                       {}};
        if (!found.is_null(9)) host.expires = whole_seconds(found.integer(9));
        hosts.push_back(std::move(host));
    }
    if (found.problem()) return *found.problem();
    return hosts;
}

}  // namespace

Result<std::unique_ptr<HistoryQuery>> open_history(const std::string& file) {
    auto database = open_to_read(file);
    if (!database) return database.error();
    return std::unique_ptr<HistoryQuery>(std::make_unique<SqliteQuery>(std::move(database).value()));
}

}  // namespace chainmend::proxy
