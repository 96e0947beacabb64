#include "proxy/history/host_changes.h"

#include <chrono>

namespace chainmend::proxy {
namespace {

// Addresses that were seen within this time are behind the name at once; what an address sent before it may
// have been replaced everywhere.
constexpr std::int64_t together = std::chrono::milliseconds(std::chrono::hours{24}).count();

// An address that shows the same as ever need not be written down each time.
constexpr std::int64_t noted_again_after = std::chrono::milliseconds(std::chrono::hours{1}).count();

// A name may have hundreds of addresses over time; a few dozen at once is already much.
constexpr int max_addresses = 64;

// The same change again and again within this time is two servers behind one address, not news.
constexpr std::int64_t taking_turns = std::chrono::milliseconds(std::chrono::hours{1}).count();
constexpr std::int64_t told_of_turns = 3;

// How a host stands, the worse the higher. These numbers are stored.
constexpr std::int64_t as_sent = 0;
constexpr std::int64_t repaired = 1;
constexpr std::int64_t by_exception = 2;
constexpr std::int64_t refused = 3;

std::int64_t badness_of(const DecisionRecord& record) {
    if (!record.accepted) return refused;
    switch (record.verdict->how.value_or(certs::How::as_sent)) {
        case certs::How::as_sent:
        case certs::How::reordered:
            return as_sent;
        case certs::How::repaired:
        case certs::How::alternate_path:
            return repaired;
        case certs::How::by_exception:
            return by_exception;
    }
    return as_sent;
}

/// There is an exception for this host, and it is accepted without.
bool has_idle_exception(const certs::Verdict& verdict) {
    return verdict.exception && verdict.exception->state == certs::ExceptionUse::State::not_needed;
}

std::string state_text(const DecisionRecord& record) {
    if (!record.accepted) return record.reason;
    return record.verdict->how ? certs::to_string(*record.verdict->how) : "accepted";
}

Bytes key_of(const certs::Certificate& leaf) {
    return {leaf.spki_sha256().begin(), leaf.spki_sha256().end()};
}

Bytes chain_of(const certs::Verdict& verdict) {
    Bytes chain;
    for (const auto& certificate : verdict.presented)
        chain.insert(chain.end(), certificate->sha256().begin(), certificate->sha256().end());
    return chain;
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

Result<bool> HostChanges::is_news(const DecisionRecord& record, std::int64_t host) {
    const auto& address = record.server.address;
    if (address.empty() || record.verdict->presented.empty()) return false;
    const auto at = record.at.time_since_epoch().count();
    auto& known = database_.query("SELECT chain, last_seen FROM address WHERE host = ? AND address = ?")
                      .with(host, address);
    const bool same = known.row() && known.blob(0) == chain_of(*record.verdict) &&
                      known.integer(1) > at - noted_again_after;
    if (known.problem()) return *known.problem();
    known.finish();
    return !same;
}

Result<void> HostChanges::note(const DecisionRecord& record, std::int64_t host, std::int64_t verdict,
                               std::vector<HostEvent>& events) {
    if (record.verdict->presented.empty()) return {};
    const Place place{record, host, verdict, record.at.time_since_epoch().count(), events};
    if (auto done = compare_leaf(*record.verdict->presented.front(), place); !done) return done;
    if (!record.server.address.empty()) {
        if (auto done = compare_addresses(place); !done) return done;
    }
    return compare_state(place);
}

Result<void> HostChanges::add(ChangeKind kind, const std::string& detail, const Place& place) {
    auto& told =
        database_.query("SELECT count(*) FROM change WHERE at > ? AND host = ? AND kind = ? AND detail = ?");
    told.with(place.at - taking_turns, place.host, static_cast<int>(kind), detail);
    const bool is_told = told.row() && told.integer(0) >= told_of_turns;
    if (told.problem()) return *told.problem();
    told.finish();
    if (is_told) return {};
    HostEvent event;
    event.at = place.record.at;
    event.kind = to_string(kind);
    event.host = place.record.host;
    event.port = place.record.server.port;
    event.detail = detail;
    event.decision = place.record.id;
    place.events.push_back(std::move(event));
    return database_.query("INSERT INTO change (at, host, kind, detail, verdict) VALUES (?,?,?,?,?)")
        .with(place.at, place.host, static_cast<int>(kind), detail, place.verdict)
        .run();
}

/// Whether one of the host's addresses showed this before.
Result<bool> HostChanges::is_known(const std::string& column, const auto& value, const Place& place) {
    auto& found = database_.query("SELECT 1 FROM address WHERE host = ? AND " + column + " = ? LIMIT 1")
                      .with(place.host, value);
    const bool known = found.row();
    if (found.problem()) return *found.problem();
    found.finish();
    return known;
}

/// The key and issuer that were there before: at this very address. One that was never seen may be another
/// machine of many and is compared with nobody, unless all that were known have been silent for long: then
/// the name has moved.
Result<std::optional<HostChanges::Leaf>> HostChanges::leaf_before(const Place& place) {
    const auto& address = place.record.server.address;
    auto& here = database_.query("SELECT leaf_key, leaf_issuer FROM address WHERE host = ? AND address = ?")
                     .with(place.host, address);
    std::optional<Leaf> leaf;
    if (here.row() && !here.is_null(0)) leaf = Leaf{here.blob(0), here.text(1)};
    if (here.problem()) return *here.problem();
    here.finish();
    if (leaf) return leaf;
    auto& others = database_.query("SELECT 1 FROM address WHERE host = ? AND last_seen > ? LIMIT 1")
                       .with(place.host, place.at - together);
    const bool is_one_of_many = !address.empty() && others.row();
    if (others.problem()) return *others.problem();
    others.finish();
    if (is_one_of_many) return leaf;
    auto& host = database_.query("SELECT leaf_key, leaf_issuer FROM host WHERE id = ?").with(place.host);
    if (host.row() && !host.is_null(0)) leaf = Leaf{host.blob(0), host.text(1)};
    if (host.problem()) return *host.problem();
    host.finish();
    return leaf;
}

Result<void> HostChanges::compare_leaf(const certs::Certificate& leaf, const Place& place) {
    const auto before = leaf_before(place);
    if (!before) return before.error();
    const Bytes own_key = key_of(leaf);
    const auto key_known = is_known("leaf_key", own_key, place);
    if (!key_known) return key_known.error();
    const auto issuer_known = is_known("leaf_issuer", leaf.issuer(), place);
    if (!issuer_known) return issuer_known.error();
    if (*before && (*before)->key != own_key && !*key_known) {
        auto done = add(
            ChangeKind::new_key,
            to_hex((*before)->key).substr(0, 8) + " before, " + to_hex(own_key).substr(0, 8) + " now", place);
        if (!done) return done;
    }
    if (*before && (*before)->issuer != leaf.issuer() && !*issuer_known) {
        auto done =
            add(ChangeKind::new_issuer, (*before)->issuer + " before, " + leaf.issuer() + " now", place);
        if (!done) return done;
    }
    return database_.query("UPDATE host SET leaf_key = ?, leaf_issuer = ? WHERE id = ?")
        .with(own_key, leaf.issuer(), place.host)
        .run();
}

/// How the worst of the host's addresses stands that was seen lately.
Result<std::int64_t> HostChanges::worst_address(const Place& place) {
    auto& worst = database_.query("SELECT max(badness) FROM address WHERE host = ? AND last_seen > ?")
                      .with(place.host, place.at - together);
    const bool known = worst.row() && !worst.is_null(0);
    const std::int64_t badness = known ? worst.integer(0) : badness_of(place.record);
    if (worst.problem()) return *worst.problem();
    worst.finish();
    return badness;
}

// With the verdict before this one: a server that could not be reached in between is no change of its chain.
Result<void> HostChanges::compare_state(const Place& place) {
    auto& before = database_.query("SELECT badness, judged FROM host WHERE id = ?").with(place.host);
    const bool known = before.row() && !before.is_null(0);
    const auto then = known ? before.integer(0) : 0;
    const auto then_text = known ? before.text(1) : std::string();
    if (before.problem()) return *before.problem();
    before.finish();
    const auto now = worst_address(place);
    if (!now) return now.error();
    const bool is_worst = badness_of(place.record) == *now;
    const auto now_text = is_worst || !known ? state_text(place.record) : then_text;
    auto done = database_.query("UPDATE host SET badness = ?, judged = ? WHERE id = ?")
                    .with(*now, now_text, place.host)
                    .run();
    if (!done || !known) return done;
    const auto change = then_text + " before, " + now_text + " now";
    if (*now > then) return add(ChangeKind::got_worse, change, place);
    const bool can_go =
        *now < by_exception && (then == by_exception || has_idle_exception(*place.record.verdict));
    const bool is_fixed = *now < then && (*now == as_sent || then == by_exception);
    if (!is_fixed) return {};
    return add(ChangeKind::fixed, change + (can_go ? ": the exception can go" : ""), place);
}

Result<void> HostChanges::compare_addresses(const Place& place) {
    const auto& address = place.record.server.address;
    const Bytes chain = chain_of(*place.record.verdict);
    auto& known =
        database_.query("SELECT chain FROM address WHERE host = ? AND address = ?").with(place.host, address);
    const bool same = known.row() && known.blob(0) == chain;
    if (known.problem()) return *known.problem();
    known.finish();
    if (!same) {
        auto& other = database_
                          .query(
                              "SELECT address FROM address WHERE host = ? AND address <> ? AND chain <> ? "
                              "AND last_seen > ? ORDER BY last_seen DESC LIMIT 1")
                          .with(place.host, address, chain, place.at - together);
        const auto other_address = other.row() ? other.text(0) : std::string();
        if (other.problem()) return *other.problem();
        other.finish();
        if (!other_address.empty()) {
            auto done =
                add(ChangeKind::chain_differs, address + " sends another chain than " + other_address, place);
            if (!done) return done;
        }
    }
    return keep_address(place, chain);
}

Result<void> HostChanges::keep_address(const Place& place, const Bytes& chain) {
    const auto& leaf = *place.record.verdict->presented.front();
    auto done =
        database_
            .query(
                "INSERT INTO address (host, address, chain, last_seen, badness, leaf_key, leaf_issuer) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (host, address) DO UPDATE SET chain = "
                "?3, last_seen = ?4, badness = ?5, leaf_key = ?6, leaf_issuer = ?7")
            .with(place.host, place.record.server.address, chain, place.at, badness_of(place.record),
                  key_of(leaf), leaf.issuer())
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
