#include "proxy/history/retention.h"

#include <algorithm>

namespace chainmend::proxy {
namespace {

// What an address sent is compared with what others of its host sent within a day (host_changes.cpp).
constexpr std::int64_t addresses_outlive = std::chrono::milliseconds(std::chrono::hours{24}).count();

// Of a file that is too large a sixteenth of the decisions goes at once, so that few are lost for nothing
// when each of them is large.
constexpr std::int64_t part = 16;

// Given back in one step: 8 MiB, some milliseconds.
constexpr int pages_at_once = 2000;

Result<bool> is_too_large(Database& database, std::int64_t max_size) {
    if (max_size <= 0) return false;
    const auto pages = database.number("PRAGMA page_count");
    if (!pages) return pages.error();
    const auto free = database.number("PRAGMA freelist_count");
    if (!free) return free.error();
    const auto size = database.number("PRAGMA page_size");
    if (!size) return size.error();
    return (*pages - *free) * *size > max_size;
}

/// One round, within a transaction.
class Round {
  public:
    Round(Database& database, std::int64_t too_old) : database_(database), too_old_(too_old) {}

    Result<Forgotten> run(const RetentionLimits& limits, bool is_too_large) {
        const auto bound = is_too_large ? oldest_part(limits.at_once) : Result<std::int64_t>(0);
        if (!bound) return bound.error();
        auto done = forget_decisions(limits.at_once, *bound);
        if (!done || forgotten_.decisions == 0) return result(done);
        for (const auto verdict : referred_) {
            if (done = forget_verdict(verdict); !done) return done.error();
        }
        return result(forget_what_is_older());
    }

  private:
    Result<Forgotten> result(const Result<void>& done) {
        if (!done) return done.error();
        return std::move(forgotten_);
    }

    /// The row before which decisions go because the file is too large.
    Result<std::int64_t> oldest_part(std::int64_t at_once) {
        auto& counted = database_.query("SELECT count(*) FROM (SELECT 1 FROM decision LIMIT ?)");
        counted.with(at_once * part);
        const std::int64_t count = counted.row() ? counted.integer(0) : 0;
        if (counted.problem()) return *counted.problem();
        counted.finish();
        auto& bound = database_.query(
            "SELECT coalesce((SELECT row FROM decision ORDER BY row LIMIT 1 OFFSET ?), "
            "(SELECT max(row) FROM decision), 0)");
        bound.with(std::max<std::int64_t>(1, count / part));
        const std::int64_t row = bound.row() ? bound.integer(0) : 0;
        if (bound.problem()) return *bound.problem();
        bound.finish();
        return row;
    }

    Result<void> forget_decisions(std::int64_t at_once, std::int64_t bound) {
        auto& gone = database_.query(
            "DELETE FROM decision WHERE row IN (SELECT row FROM decision ORDER BY row LIMIT ?) "
            "AND (at < ? OR row < ?) RETURNING verdict");
        gone.with(at_once, too_old_, bound);
        while (gone.row()) {
            ++forgotten_.decisions;
            if (!gone.is_null(0)) referred_.insert(gone.integer(0));
        }
        if (gone.problem()) return *gone.problem();
        return {};
    }

    /// Unless another decision refers to it.
    Result<void> forget_verdict(std::int64_t verdict) {
        auto& gone = database_.query(
            "DELETE FROM verdict WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM decision WHERE verdict = ?1) "
            "RETURNING host, certificates, lists");
        gone.with(verdict);
        if (!gone.row()) return gone.problem() ? Result<void>(*gone.problem()) : Result<void>();
        const auto host = gone.integer(0);
        const auto certificates = gone.blob(1);
        const auto lists = gone.blob(2);
        if (auto done = gone.run(); !done) return done;
        forgotten_.verdicts.insert(verdict);
        if (auto done = database_.query("DELETE FROM fetch WHERE verdict = ?").with(verdict).run(); !done)
            return done;
        auto done =
            database_.query("UPDATE host SET verdict = NULL, expires = NULL WHERE id = ? AND verdict = ?")
                .with(host, verdict)
                .run();
        if (done) done = let_go("certificate", certificates);
        if (done) done = let_go("list", lists);
        return done;
    }

    /// Each is deleted with the last verdict that used it.
    Result<void> let_go(const std::string& table, const Bytes& fingerprints) {
        for (std::size_t at = 0; at + sizeof(Sha256) <= fingerprints.size(); at += sizeof(Sha256)) {
            const auto fingerprint = ByteView(fingerprints).subspan(at, sizeof(Sha256));
            auto done = database_.query("UPDATE " + table + " SET uses = uses - 1 WHERE sha256 = ?")
                            .with(fingerprint)
                            .run();
            if (!done) return done;
            done = database_.query("DELETE FROM " + table + " WHERE sha256 = ? AND uses <= 0")
                       .with(fingerprint)
                       .run();
            if (!done) return done;
        }
        return {};
    }

    /// What is older than every decision that is kept.
    Result<void> forget_what_is_older() {
        auto& oldest = database_.query("SELECT at FROM decision ORDER BY row LIMIT 1");
        const std::int64_t time = oldest.row() ? std::max(oldest.integer(0), too_old_) : too_old_;
        if (oldest.problem()) return *oldest.problem();
        oldest.finish();
        auto done = database_.query("DELETE FROM change WHERE at < ?").with(time).run();
        if (!done) return done;
        done =
            database_.query("DELETE FROM address WHERE last_seen < ?").with(time - addresses_outlive).run();
        if (!done) return done;
        // Not for its size: what was told once is not told again while it is there.
        done = database_.query("DELETE FROM told WHERE at < ?").with(too_old_).run();
        if (!done) return done;
        return forget_hosts(time);
    }

    Result<void> forget_hosts(std::int64_t time) {
        std::set<std::int64_t> hosts;
        auto& gone = database_.query(
            "DELETE FROM host WHERE last_seen < ? AND NOT EXISTS "
            "(SELECT 1 FROM decision WHERE decision.host = host.id) RETURNING id");
        gone.with(time);
        while (gone.row())
            hosts.insert(gone.integer(0));
        if (gone.problem()) return *gone.problem();
        // A new host may get the number of one that is gone.
        for (const auto host : hosts) {
            if (auto done = database_.query("DELETE FROM address WHERE host = ?").with(host).run(); !done)
                return done;
        }
        return {};
    }

    Database& database_;
    const std::int64_t too_old_;  // decisions before this go
    std::set<std::int64_t> referred_;
    Forgotten forgotten_;
};

/// Whether there are more. They reach the file at the next checkpoint, so there is one.
Result<bool> give_pages_back(Database& database) {
    const auto before = database.number("PRAGMA freelist_count");
    if (!before) return before.error();
    if (*before == 0) return false;
    auto done = database.execute("PRAGMA incremental_vacuum(" + std::to_string(pages_at_once) +
                                 "); PRAGMA wal_checkpoint(PASSIVE)");
    if (!done) return done.error();
    const auto after = database.number("PRAGMA freelist_count");
    if (!after) return after.error();
    return *after > 0 && *after < *before;
}

}  // namespace

Result<Forgotten> forget_some(Database& database, const RetentionLimits& limits, std::int64_t now) {
    const auto too_large = is_too_large(database, limits.max_size);
    if (!too_large) return too_large.error();
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
    const auto too_old = now - std::chrono::milliseconds(limits.keep).count();
    auto forgotten = Round(database, too_old).run(limits, *too_large);
    auto ended = database.execute(forgotten ? "COMMIT" : "ROLLBACK");
    if (!forgotten) return forgotten;
    if (!ended) return ended.error();
    const auto free = give_pages_back(database);
    if (!free) return free.error();
    forgotten->is_more = forgotten->decisions > 0 || *free;
    return forgotten;
}

}  // namespace chainmend::proxy
