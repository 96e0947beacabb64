#include "proxy/history/retention.h"

namespace chainmend::proxy {
namespace {

// A verdict may be remembered for an hour after it was made, so decisions refer to verdicts that are a little
// older than themselves.
constexpr std::int64_t verdicts_outlive = std::chrono::milliseconds(std::chrono::hours{24}).count();

Result<std::int64_t> used_bytes(Database& database) {
    const auto pages = database.number("PRAGMA page_count");
    if (!pages) return pages;
    const auto free = database.number("PRAGMA freelist_count");
    if (!free) return free;
    const auto size = database.number("PRAGMA page_size");
    if (!size) return size;
    return (*pages - *free) * *size;
}

/// The moment before which decisions go now.
Result<std::int64_t> horizon(Database& database, const RetentionLimits& limits, std::int64_t now) {
    const auto by_age = now - std::chrono::milliseconds(limits.keep).count();
    if (limits.max_size <= 0) return by_age;
    const auto used = used_bytes(database);
    if (!used) return used;
    if (*used <= limits.max_size) return by_age;
    auto& oldest =
        database.query("SELECT at FROM decision ORDER BY row LIMIT 1 OFFSET ?").with(limits.at_once);
    const auto by_size = oldest.row() ? oldest.integer(0) : by_age;
    if (oldest.problem()) return *oldest.problem();
    oldest.finish();
    return std::max(by_age, by_size);
}

Result<std::int64_t> forget_before(Database& database, std::int64_t time, std::int64_t at_once) {
    auto done = database
                    .query(
                        "DELETE FROM decision WHERE row IN (SELECT row FROM decision ORDER BY row LIMIT ?) "
                        "AND at < ?")
                    .with(at_once, time)
                    .run();
    if (!done) return done.error();
    const auto forgotten = database.changed();
    if (forgotten == 0) return forgotten;
    for (const char* sql :
         {"DELETE FROM fetch WHERE verdict IN (SELECT id FROM verdict WHERE at < ?)",
          "DELETE FROM verdict WHERE at < ?", "DELETE FROM change WHERE at < ?",
          "DELETE FROM address WHERE last_seen < ?", "DELETE FROM certificate WHERE last_used < ?",
          "DELETE FROM list WHERE last_used < ?", "DELETE FROM told WHERE until < ?"}) {
        if (auto gone = database.query(sql).with(time - verdicts_outlive).run(); !gone) return gone.error();
    }
    if (auto gone = database.query("DELETE FROM host WHERE last_seen < ?").with(time).run(); !gone)
        return gone.error();
    return forgotten;
}

}  // namespace

Result<std::int64_t> forget_some(Database& database, const RetentionLimits& limits, std::int64_t now) {
    const auto time = horizon(database, limits, now);
    if (!time) return time;
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
    auto forgotten = forget_before(database, *time, limits.at_once);
    auto ended = database.execute(forgotten ? "COMMIT" : "ROLLBACK");
    if (!forgotten) return forgotten;
    if (!ended) return ended.error();
    // Pages given back a few at a time: the file shrinks without a pause.
    if (*forgotten > 0) {
        if (auto shrunk = database.execute("PRAGMA incremental_vacuum(2000)"); !shrunk) return shrunk.error();
    }
    return forgotten;
}

}  // namespace chainmend::proxy
