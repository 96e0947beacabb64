#include "proxy/history/record_writer.h"

#include "certs/digest.h"
#include "certs/exception_rules.h"
#include "certs/reference_identity.h"
#include "proxy/history/stored_verdict.h"

namespace chainmend::proxy {
namespace {

// Verdicts that later decisions may refer to: as many as the verdict cache holds, twice over.
constexpr std::size_t max_verdicts_known = 8192;

std::string cut(const std::string& text) {
    return text.substr(0, RecordWriter::max_text);
}

/// "aia", "store+aia": where what the server did not send came from; empty when it sent everything.
std::string sources_of(const certs::Verdict* verdict) {
    if (verdict == nullptr || !verdict->accepted()) return "";
    std::string text;
    for (const auto source : {certs::Source::store, certs::Source::import, certs::Source::aia}) {
        for (const auto& element : verdict->path) {
            if (element.source != source) continue;
            text += (text.empty() ? "" : "+") + std::string(certs::to_string(source));
            break;
        }
    }
    return text;
}

std::string how_of(const DecisionRecord& record) {
    return record.accepted && record.verdict && record.verdict->how ? certs::to_string(*record.verdict->how)
                                                                    : "";
}

std::string tls_text(const tls::Negotiated& tls) {
    if (tls.version.empty()) return "";
    return tls.version + " " + tls.cipher + " " + (tls.group.empty() ? "-" : tls.group) + " " +
           (tls.protocol.empty() ? "-" : tls.protocol) + (tls.resumed ? " resumed" : "");
}

Bytes chain_of(const certs::Verdict& verdict) {
    Bytes chain;
    for (const auto& certificate : verdict.presented)
        chain.insert(chain.end(), certificate->sha256().begin(), certificate->sha256().end());
    return chain;
}

std::string host_of_url(const std::string& url) {
    const auto begin = url.find("://");
    if (begin == std::string::npos) return cut(url);
    return cut(url.substr(begin + 3, url.find_first_of("/?#", begin + 3) - begin - 3));
}

bool is_about_another_name(const DecisionRecord& record) {
    const auto& name = record.verdict->host;
    return !name.empty() && name != record.host;
}

/// Clients that look names up themselves ask for addresses, and behind one there may be many names.
bool is_address(const std::string& host) {
    const auto identity = certs::ReferenceIdentity::from_host(host);
    return identity && identity->kind() == certs::ReferenceIdentity::Kind::ip;
}

std::optional<std::int64_t> expiry_of(const DecisionRecord& record) {
    if (!record.verdict || !record.verdict->expires) return std::nullopt;
    const bool used = record.accepted || record.reason == certs::to_string(certs::Reason::expired);
    if (!used) return std::nullopt;
    return to_milliseconds(record.verdict->expires->at);
}

}  // namespace

std::int64_t to_milliseconds(RecordTime time) {
    return time.time_since_epoch().count();
}

std::int64_t to_milliseconds(Time time) {
    return time.time_since_epoch().count() * 1000;
}

std::string state_of(const DecisionRecord& record) {
    if (!record.accepted) return "refused " + record.reason;
    const auto how = how_of(record);
    return how.empty() ? "accepted" : "accepted " + how;
}

void RecordWriter::forget_rows() {
    words_.clear();
    policies_.clear();
    verdicts_.clear();
    lists_.clear();
    events_.clear();
}

void RecordWriter::forget_verdicts(const std::set<std::int64_t>& rows) {
    if (rows.empty()) return;
    std::erase_if(verdicts_, [&](const auto& one) { return rows.contains(one.second.row); });
    lists_.clear();
}

Result<void> RecordWriter::write(const DecisionRecord& record, const PolicyPtr& policy) {
    const auto host = host_row(record);
    if (!host) return host.error();
    const auto rules = policy_row(policy);
    if (!rules) return rules.error();
    const auto verdict = verdict_row(record, host->id, *rules);
    if (!verdict) return verdict.error();
    if (auto done = write_decision(record, host->id, *rules, *verdict); !done) return done;
    // In a resumed session the server showed nothing: the verdict is of what it sent when that began.
    if (*verdict == 0 || record.tls.resumed) return {};
    // What a client calls its server in the handshake is the client's doing: it is no change of the host.
    if (is_about_another_name(record))
        return is_address(record.host) ? stand_by(record, host->id, *verdict) : Result<void>();
    if (*verdict == host->verdict) {
        const auto is_news = changes_.is_news(record, host->id);
        if (!is_news) return is_news.error();
        if (!*is_news) return {};
    }
    return take_verdict(record, host->id, *verdict);
}

Result<void> RecordWriter::write_decision(const DecisionRecord& record, std::int64_t host,
                                          std::int64_t policy, std::int64_t verdict) {
    const auto reason = word(record.reason);
    if (!reason) return reason.error();
    const auto how = word(how_of(record));
    if (!how) return how.error();
    const auto source = word(sources_of(record.verdict.get()));
    if (!source) return source.error();
    const auto null_if_0 = [](std::int64_t row) {
        return row == 0 ? std::nullopt : std::optional<std::int64_t>(row);
    };
    return database_
        .query(
            "INSERT INTO decision (id, at, duration, host, accepted, reason, how, source, verdict, policy, "
            "remembered, status, detail, method, url, client, client_port, agent, server, tls) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
        .with(record.id, to_milliseconds(record.at), record.duration.count() / 1000, host, record.accepted,
              *reason, *how, *source, null_if_0(verdict), null_if_0(policy), record.remembered, record.status,
              cut(record.detail), cut(record.method), cut(record.url), record.client.address,
              record.client.port, cut(record.user_agent), record.server.address, cut(tls_text(record.tls)))
        .run();
}

Result<void> RecordWriter::take_verdict(const DecisionRecord& record, std::int64_t host,
                                        std::int64_t verdict) {
    if (auto noted = changes_.note(record, host, verdict, events_); !noted) return noted;
    return stand_by(record, host, verdict);
}

Result<void> RecordWriter::stand_by(const DecisionRecord& record, std::int64_t host, std::int64_t verdict) {
    return database_.query("UPDATE host SET verdict = ?, expires = ? WHERE id = ?")
        .with(verdict, expiry_of(record), host)
        .run();
}

Result<void> RecordWriter::tell_once(const std::string& subject, std::int64_t days, const HostEvent& event) {
    auto done = database_.query("INSERT OR IGNORE INTO told (subject, days, until, at) VALUES (?,?,?,?)")
                    .with(subject, days, to_milliseconds(*event.expires), to_milliseconds(event.at))
                    .run();
    if (!done) return done;
    if (database_.changed() > 0) {
        events_.push_back(event);
        return {};
    }
    // What is still there to be told is remembered to have been told.
    return database_.query("UPDATE told SET at = max(at, ?) WHERE subject = ? AND days = ? AND until = ?")
        .with(to_milliseconds(event.at), subject, days, to_milliseconds(*event.expires))
        .run();
}

Result<void> RecordWriter::write(const TunnelRecord& record) {
    const auto end = word(record.end);
    if (!end) return end.error();
    // Ids repeat only over billions of decisions; the newest is meant.
    return database_
        .query(
            "UPDATE decision SET ended_at = ?, end = ?, end_detail = ?, lasted = ?, bytes_from_client = ?, "
            "bytes_from_server = ? WHERE row = (SELECT max(row) FROM decision WHERE id = ?)")
        .with(to_milliseconds(record.at), *end, cut(record.detail), record.duration.count() / 1000,
              static_cast<std::int64_t>(record.bytes_from_client),
              static_cast<std::int64_t>(record.bytes_from_server), record.id)
        .run();
}

Result<std::int64_t> RecordWriter::word(const std::string& text) {
    if (const auto known = words_.find(text); known != words_.end()) return known->second;
    if (auto done = database_.query("INSERT OR IGNORE INTO word (text) VALUES (?)").with(text).run(); !done)
        return done.error();
    auto& found = database_.query("SELECT id FROM word WHERE text = ?").with(text);
    const std::int64_t row = found.row() ? found.integer(0) : 0;
    if (found.problem()) return *found.problem();
    found.finish();
    return words_[text] = row;
}

Result<std::int64_t> RecordWriter::policy_row(const PolicyPtr& policy) {
    if (!policy) return std::int64_t{0};
    if (const auto known = policies_.find(policy->hash); known != policies_.end()) return known->second;
    auto done = database_.query("INSERT OR IGNORE INTO policy (hash, text) VALUES (?, ?)")
                    .with(policy->hash, policy->text)
                    .run();
    if (!done) return done.error();
    auto& found = database_.query("SELECT id FROM policy WHERE hash = ?").with(policy->hash);
    const std::int64_t row = found.row() ? found.integer(0) : 0;
    if (found.problem()) return *found.problem();
    found.finish();
    return policies_[policy->hash] = row;
}

Result<RecordWriter::HostRow> RecordWriter::host_row(const DecisionRecord& record) {
    const auto at = to_milliseconds(record.at);
    auto& host =
        database_
            .query(
                "INSERT INTO host (name, port, first_seen, last_seen, accepted, refused, state, since, "
                "asked_at) "
                "VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?3, ?7) ON CONFLICT (name, port) DO UPDATE SET "
                "last_seen = max(last_seen, ?3), asked_at = coalesce(?7, asked_at), accepted = accepted + "
                "?4, refused = refused + ?5, "
                "state_before = CASE WHEN state = ?6 THEN state_before ELSE state END, "
                "since = CASE WHEN state = ?6 THEN since ELSE ?3 END, state = ?6 RETURNING id, verdict")
            .with(cut(record.host), record.server.port, at, record.accepted ? 1 : 0, record.accepted ? 0 : 1,
                  state_of(record), record.client.address.empty() ? std::nullopt : std::optional(at));
    HostRow row;
    if (host.row()) row = {host.integer(0), host.integer(1)};
    if (auto ended = host.run(); !ended) return ended.error();
    return row;
}

Result<std::int64_t> RecordWriter::verdict_row(const DecisionRecord& record, std::int64_t host,
                                               std::int64_t policy) {
    if (!record.verdict) return std::int64_t{0};
    const auto known = verdicts_.find(record.verdict.get());
    // An address may have been used again: it is the same verdict only if that one is still alive.
    if (known != verdicts_.end() && known->second.verdict.lock() == record.verdict) return known->second.row;
    const auto row = write_verdict(record, host, policy);
    if (!row) return row;
    if (verdicts_.size() >= max_verdicts_known) verdicts_.clear();
    verdicts_[record.verdict.get()] = {record.verdict, *row};
    return row;
}

Result<std::int64_t> RecordWriter::write_verdict(const DecisionRecord& record, std::int64_t host,
                                                 std::int64_t policy) {
    const auto& verdict = *record.verdict;
    const auto at = to_milliseconds(record.at);
    const auto stored = stored_verdict(verdict);
    Bytes certificates;
    for (const auto& certificate : stored.certificates) {
        if (auto done = write_certificate(*certificate); !done) return done.error();
        certificates.insert(certificates.end(), certificate->sha256().begin(), certificate->sha256().end());
    }
    const auto lists = write_lists(stored.lists);
    if (!lists) return lists.error();
    std::optional<std::string> expires_name;
    if (certs::ends_with_exception(verdict)) {
        expires_name = "the exception for " + verdict.exception->exception->host;
    } else if (verdict.expires) {
        const auto depth = static_cast<std::size_t>(verdict.expires->depth);
        if (depth < verdict.path.size()) expires_name = verdict.path[depth].certificate->display_name();
    }
    auto done =
        database_
            .query(
                "INSERT INTO verdict (at, host, policy, presented, chain, expires, expires_name, "
                "certificates, lists, document) VALUES (?,?,?,?,?,?,?,?,?,?)")
            .with(at, host, policy == 0 ? std::nullopt : std::optional(policy), verdict.presented.size(),
                  chain_of(verdict), expiry_of(record), expires_name, certificates, *lists, stored.document)
            .run();
    if (!done) return done.error();
    const auto row = database_.last_row();
    if (auto written = write_fetches(verdict, row, at); !written) return written.error();
    return row;
}

Result<void> RecordWriter::write_certificate(const certs::Certificate& certificate) {
    return database_
        .query(
            "INSERT INTO certificate (sha256, der, uses) VALUES (?, ?, 1) "
            "ON CONFLICT (sha256) DO UPDATE SET uses = uses + 1")
        .with(certificate.sha256(), certificate.der())
        .run();
}

Result<Bytes> RecordWriter::write_lists(const std::vector<certs::CrlPtr>& lists) {
    Bytes fingerprints;
    for (const auto& list : lists) {
        auto& known = lists_[list.get()];
        const bool is_new = known.list.lock() != list;
        Bytes der;
        if (is_new) {
            der = list->der();
            known = {list, certs::sha256_of(der)};
        }
        auto done = is_new ? database_
                                 .query(
                                     "INSERT INTO list (sha256, size, der, uses) VALUES (?, ?, ?, 1) "
                                     "ON CONFLICT (sha256) DO UPDATE SET uses = uses + 1")
                                 .with(known.sha256, der.size(),
                                       der.size() > max_list ? std::nullopt : std::optional(der))
                                 .run()
                           : database_.query("UPDATE list SET uses = uses + 1 WHERE sha256 = ?")
                                 .with(known.sha256)
                                 .run();
        if (!done) return done.error();
        fingerprints.insert(fingerprints.end(), known.sha256.begin(), known.sha256.end());
    }
    // What was let go may have left its address to another.
    std::erase_if(lists_, [](const auto& one) { return one.second.list.expired(); });
    return fingerprints;
}

Result<void> RecordWriter::write_fetches(const certs::Verdict& verdict, std::int64_t row, std::int64_t at) {
    for (const auto& fetch : verdict.fetches) {
        const auto result = word(certs::to_string(fetch));
        if (!result) return result.error();
        auto done =
            database_
                .query(
                    "INSERT INTO fetch (verdict, at, url, host, result, status, bytes, ms, format, "
                    "address, detail, from_cache) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")
                .with(row, at, fetch.url, host_of_url(fetch.url), *result, fetch.http_status, fetch.bytes,
                      fetch.milliseconds, fetch.format, fetch.address, fetch.detail, fetch.from_cache)
                .run();
        if (!done) return done;
    }
    return {};
}

}  // namespace chainmend::proxy
