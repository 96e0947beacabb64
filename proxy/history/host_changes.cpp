#include "proxy/history/host_changes.h"

#include <chrono>

namespace chainmend::proxy {
namespace {

// Addresses that were seen within this time are behind the name at once; what an address sent before it may
// have been replaced everywhere.
constexpr std::int64_t together = std::chrono::milliseconds(std::chrono::hours{24}).count();

// A name may have hundreds of addresses over time; a few dozen at once is already much.
constexpr int max_addresses = 64;

/// 0 as sent, 1 in need of repair, 2 refused.
int badness(bool accepted, const std::string& how) {
    if (!accepted) return 2;
    return how == "repaired" || how == "alternate_path" ? 1 : 0;
}

std::string how_text(const DecisionRecord& record) {
    return record.verdict->how ? certs::to_string(*record.verdict->how) : "";
}

}  // namespace

const char* to_string(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::new_key:
            return "new_key";
        case ChangeKind::new_issuer:
            return "new_issuer";
        case ChangeKind::chain_differs:
            return "chain_differs";
        case ChangeKind::got_worse:
            return "got_worse";
        case ChangeKind::fixed:
            return "fixed";
    }
    return "";
}

Result<void> HostChanges::note(const DecisionRecord& record, std::int64_t host, std::int64_t verdict) {
    if (record.verdict->presented.empty()) return {};
    const Place place{host, verdict, record.at.time_since_epoch().count()};
    if (auto done = compare_state(record, place); !done) return done;
    if (auto done = compare_leaf(*record.verdict->presented.front(), place); !done) return done;
    return compare_addresses(record, place);
}

Result<void> HostChanges::add(ChangeKind kind, const std::string& detail, const Place& place) {
    return database_.query("INSERT INTO change (at, host, kind, detail, verdict) VALUES (?,?,?,?,?)")
        .with(place.at, place.host, static_cast<int>(kind), detail, place.verdict)
        .run();
}

Result<void> HostChanges::compare_leaf(const certs::Certificate& leaf, const Place& place) {
    auto& known = database_.query("SELECT leaf_key, leaf_issuer FROM host WHERE id = ?").with(place.host);
    const bool seen = known.row() && !known.is_null(0);
    const auto key = seen ? known.blob(0) : Bytes{};
    const auto issuer = seen ? known.text(1) : std::string();
    if (known.problem()) return *known.problem();
    known.finish();
    const Bytes own_key(leaf.spki_sha256().begin(), leaf.spki_sha256().end());
    if (seen && key != own_key) {
        auto done =
            add(ChangeKind::new_key,
                to_hex(key).substr(0, 8) + " before, " + to_hex(own_key).substr(0, 8) + " now", place);
        if (!done) return done;
    }
    if (seen && issuer != leaf.issuer()) {
        if (auto done = add(ChangeKind::new_issuer, issuer + " before, " + leaf.issuer() + " now", place);
            !done)
            return done;
    }
    return database_.query("UPDATE host SET leaf_key = ?, leaf_issuer = ? WHERE id = ?")
        .with(own_key, leaf.issuer(), place.host)
        .run();
}

// With the verdict before this one: a server that could not be reached in between is no change of its chain.
Result<void> HostChanges::compare_state(const DecisionRecord& record, const Place& place) {
    auto& before = database_.query("SELECT badness, judged FROM host WHERE id = ?").with(place.host);
    const bool known = before.row() && !before.is_null(0);
    const auto then = known ? before.integer(0) : 0;
    const auto then_text = known ? before.text(1) : std::string();
    if (before.problem()) return *before.problem();
    before.finish();
    const int now = badness(record.accepted, how_text(record));
    const auto now_text = record.accepted ? how_text(record) : record.reason;
    auto done = database_.query("UPDATE host SET badness = ?, judged = ? WHERE id = ?")
                    .with(now, now_text, place.host)
                    .run();
    if (!done || !known) return done;
    if (now > then) return add(ChangeKind::got_worse, then_text + " before, " + now_text + " now", place);
    if (now == 0 && then > 0)
        return add(ChangeKind::fixed, then_text + " before, " + now_text + " now: the exception can go",
                   place);
    return {};
}

Result<void> HostChanges::compare_addresses(const DecisionRecord& record, const Place& place) {
    if (record.server.address.empty()) return {};
    Bytes chain;
    for (const auto& certificate : record.verdict->presented)
        chain.insert(chain.end(), certificate->sha256().begin(), certificate->sha256().end());
    auto& known = database_.query("SELECT chain FROM address WHERE host = ? AND address = ?")
                      .with(place.host, record.server.address);
    const bool same = known.row() && known.blob(0) == chain;
    if (known.problem()) return *known.problem();
    known.finish();
    if (!same) {
        auto& other = database_
                          .query(
                              "SELECT address FROM address WHERE host = ? AND address <> ? AND chain <> ? "
                              "AND last_seen > ? ORDER BY last_seen DESC LIMIT 1")
                          .with(place.host, record.server.address, chain, place.at - together);
        const auto address = other.row() ? other.text(0) : std::string();
        if (other.problem()) return *other.problem();
        other.finish();
        if (!address.empty()) {
            auto done = add(ChangeKind::chain_differs,
                            record.server.address + " sends another chain than " + address, place);
            if (!done) return done;
        }
    }
    auto done = database_
                    .query(
                        "INSERT INTO address (host, address, chain, last_seen) VALUES (?1, ?2, ?3, ?4) "
                        "ON CONFLICT (host, address) DO UPDATE SET chain = ?3, last_seen = ?4")
                    .with(place.host, record.server.address, chain, place.at)
                    .run();
    if (!done) return done;
    return database_
        .query(
            "DELETE FROM address WHERE host = ?1 AND address NOT IN (SELECT address FROM address WHERE "
            "host = ?1 ORDER BY last_seen DESC LIMIT ?2)")
        .with(place.host, max_addresses)
        .run();
}

}  // namespace chainmend::proxy
