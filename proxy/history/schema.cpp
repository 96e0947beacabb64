#include "proxy/history/schema.h"

#include <filesystem>
#include <vector>

#include "proxy/files/atomic_file.h"

namespace chainmend::proxy {
namespace {

// "chmd": marks the file as a history, so that no other database is taken for one.
constexpr std::int64_t application_id = 0x63686d64;

// Each step leads from the version that is its index to the next. A step that was released never changes.
//
// Times are milliseconds since 1970. A word is one of the program's own (a reason, how a path came about):
// there are few, so they are kept as numbers and the index that the audit reads stays small. What a verdict
// needs to be explained and made again is a document (stored_verdict.h); what is counted is in columns.
const std::vector<const char*> steps{
    R"(
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE certificate (
    id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, der BLOB NOT NULL, last_used INTEGER NOT NULL);
CREATE TABLE policy (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE host (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, port INTEGER NOT NULL,
    first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
    accepted INTEGER NOT NULL, refused INTEGER NOT NULL,
    state TEXT NOT NULL, since INTEGER NOT NULL, state_before TEXT,
    verdict INTEGER, decision INTEGER, expires INTEGER,
    UNIQUE (name, port));
CREATE TABLE verdict (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, host INTEGER NOT NULL, policy INTEGER,
    presented INTEGER NOT NULL, chain BLOB NOT NULL, expires INTEGER, expires_name TEXT,
    certificates BLOB NOT NULL, document TEXT NOT NULL);
CREATE INDEX verdict_host ON verdict (host);
CREATE TABLE fetch (
    id INTEGER PRIMARY KEY, verdict INTEGER NOT NULL, at INTEGER NOT NULL, url TEXT NOT NULL, host TEXT NOT NULL,
    result INTEGER NOT NULL, status INTEGER NOT NULL, bytes INTEGER NOT NULL, ms INTEGER NOT NULL,
    format TEXT NOT NULL, address TEXT NOT NULL, detail TEXT NOT NULL, from_cache INTEGER NOT NULL);
CREATE INDEX fetch_verdict ON fetch (verdict);
CREATE TABLE decision (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL, duration INTEGER NOT NULL,
    host INTEGER NOT NULL, accepted INTEGER NOT NULL, reason INTEGER NOT NULL, how INTEGER NOT NULL,
    source INTEGER NOT NULL, verdict INTEGER, policy INTEGER, remembered INTEGER NOT NULL, status INTEGER NOT NULL,
    detail TEXT NOT NULL, method TEXT NOT NULL, url TEXT NOT NULL, client TEXT NOT NULL, client_port INTEGER NOT NULL, agent TEXT NOT NULL,
    server TEXT NOT NULL, tls TEXT NOT NULL,
    ended_at INTEGER, end INTEGER, end_detail TEXT, lasted INTEGER, bytes_from_client INTEGER,
    bytes_from_server INTEGER);
CREATE INDEX decision_id ON decision (id);
CREATE INDEX decision_audit ON decision (host, accepted, reason, how, source, at);
)",
    // What changes about a server from one verdict to the next, and what monitoring told already.
    R"(
ALTER TABLE host ADD COLUMN leaf_key BLOB;
ALTER TABLE host ADD COLUMN leaf_issuer TEXT;
ALTER TABLE host ADD COLUMN badness INTEGER;
ALTER TABLE host ADD COLUMN judged TEXT;
CREATE TABLE address (
    host INTEGER NOT NULL, address TEXT NOT NULL, chain BLOB NOT NULL, last_seen INTEGER NOT NULL,
    PRIMARY KEY (host, address)) WITHOUT ROWID;
CREATE TABLE change (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, host INTEGER NOT NULL, kind INTEGER NOT NULL,
    detail TEXT NOT NULL, verdict INTEGER);
CREATE INDEX change_at ON change (at);
CREATE TABLE told (
    subject TEXT NOT NULL, days INTEGER NOT NULL, until INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (subject, until, days)) WITHOUT ROWID;
)",
    // Revocation lists that verdicts were made from; when a client last asked for a host, which the monitor
    // does not count as; and how each address of a host stands.
    R"(
CREATE TABLE list (
    id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, der BLOB, last_used INTEGER NOT NULL);
ALTER TABLE verdict ADD COLUMN lists BLOB;
ALTER TABLE host ADD COLUMN asked_at INTEGER;
ALTER TABLE address ADD COLUMN badness INTEGER NOT NULL DEFAULT 0;
ALTER TABLE address ADD COLUMN leaf_key BLOB;
ALTER TABLE address ADD COLUMN leaf_issuer TEXT;
)",
    // A verdict is kept as long as a decision refers to it, and its certificates and lists as long as it is:
    // so it is found who refers to it, and how many refer to them. Being accepted by an exception is a state
    // of its own, between repaired and refused (host_changes.h). Which decision was a verdict's first is not
    // kept any more: it is forgotten before those that came later.
    R"(
CREATE INDEX decision_verdict ON decision (verdict) WHERE verdict IS NOT NULL;
DELETE FROM verdict WHERE id NOT IN (SELECT verdict FROM decision WHERE verdict IS NOT NULL);
DELETE FROM fetch WHERE verdict NOT IN (SELECT id FROM verdict);
UPDATE host SET verdict = NULL, expires = NULL WHERE verdict NOT IN (SELECT id FROM verdict);
ALTER TABLE certificate ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
UPDATE certificate SET uses = used.times FROM (
    WITH RECURSIVE place (at) AS (
        SELECT 1 UNION ALL
        SELECT at + 32 FROM place WHERE at + 32 < (SELECT max(length(certificates)) FROM verdict))
    SELECT substr(v.certificates, p.at, 32) AS sha256, count(*) AS times
    FROM verdict v JOIN place p ON p.at < length(v.certificates) GROUP BY 1) AS used
WHERE used.sha256 = certificate.sha256;
DELETE FROM certificate WHERE uses = 0;
ALTER TABLE list ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
UPDATE list SET uses = used.times FROM (
    WITH RECURSIVE place (at) AS (
        SELECT 1 UNION ALL
        SELECT at + 32 FROM place WHERE at + 32 < (SELECT max(length(lists)) FROM verdict))
    SELECT substr(v.lists, p.at, 32) AS sha256, count(*) AS times
    FROM verdict v JOIN place p ON p.at < length(v.lists) GROUP BY 1) AS used
WHERE used.sha256 = list.sha256;
DELETE FROM list WHERE uses = 0;
ALTER TABLE certificate DROP COLUMN last_used;
ALTER TABLE list DROP COLUMN last_used;
ALTER TABLE host DROP COLUMN decision;
UPDATE host SET badness = 3 WHERE badness = 2;
UPDATE host SET badness = 2 WHERE judged = 'by_exception';
UPDATE address SET badness = 3 WHERE badness = 2;
)",
};

Result<void> use_wal(Database& database) {
    // A commit reaches the kernel and so outlives the death of the process; only a power cut may cost the
    // last ones, and never the file's integrity (https://www.sqlite.org/pragma.html#pragma_synchronous).
    return database.execute(
        "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "PRAGMA journal_size_limit=16777216; PRAGMA temp_store=MEMORY");
}

Result<void> check_integrity(Database& database) {
    auto& check = database.query("PRAGMA quick_check(1)");
    const bool answered = check.row();
    const auto verdict = answered ? check.text(0) : std::string();
    const auto problem = check.problem();
    check.finish();
    if (problem) return *problem;
    if (verdict != "ok") return Error{ErrorCode::malformed, "its integrity check says: " + verdict};
    return {};
}

Result<std::int64_t> version_of(Database& database) {
    const auto version = database.number("PRAGMA user_version");
    if (!version) return version.error();
    const auto owner = database.number("PRAGMA application_id");
    if (!owner) return owner.error();
    const auto tables = database.number("SELECT count(*) FROM sqlite_master");
    if (!tables) return tables.error();
    if (*owner != application_id && *tables > 0)
        return Error{ErrorCode::malformed, "it is a database of another program"};
    if (*version > schema_version())
        return Error{ErrorCode::configuration,
                     "a newer chainmend wrote it (version " + std::to_string(*version) + ")"};
    return *version;
}

Result<void> migrate_to_newest(Database& database) {
    return migrate(database, schema_version());
}

}  // namespace

Result<void> migrate(Database& database, int wanted) {
    const auto version = version_of(database);
    if (!version) return version.error();
    if (*version >= wanted) return {};
    std::string script = "BEGIN IMMEDIATE; PRAGMA application_id=" + std::to_string(application_id) + ";";
    for (auto step = static_cast<std::size_t>(*version); step < static_cast<std::size_t>(wanted); ++step)
        script += steps[step];
    script += "PRAGMA user_version=" + std::to_string(wanted) + "; COMMIT;";
    auto done = database.execute(script);
    if (!done && database.in_transaction()) (void)database.execute("ROLLBACK");
    return done;
}

int schema_version() {
    return static_cast<int>(steps.size());
}

Result<std::unique_ptr<Database>> open_to_write(const std::string& file) {
    const auto directory = std::filesystem::path(file).parent_path();
    if (!directory.empty()) {
        if (auto made = make_directories(directory, 0700); !made) return made.error();
    }
    auto database = Database::open(file, Database::Mode::write);
    if (!database) return database;
    for (const auto step : {use_wal, check_integrity, migrate_to_newest}) {
        if (auto done = step(**database); !done) return done.error().in(file);
    }
    return database;
}

Result<std::unique_ptr<Database>> open_to_read(const std::string& file) {
    auto database = Database::open(file, Database::Mode::read);
    if (!database) return database;
    const auto version = version_of(**database);
    if (!version) return version.error().in(file);
    if (*version == 0) return Error{ErrorCode::not_found, file + ": no history was written there yet"};
    if (*version < schema_version())
        return Error{
            ErrorCode::configuration,
            file + ": an older chainmend wrote it; start the proxy once and it is brought up to date"};
    return database;
}

Result<std::string> set_aside(const std::string& file) {
    for (int number = 1;; ++number) {
        const auto aside = file + ".damaged-" + std::to_string(number);
        if (std::filesystem::exists(aside)) continue;
        std::error_code error;
        std::filesystem::rename(file, aside, error);
        if (error) return system_error(file, error.value());
        for (const char* companion : {"-wal", "-shm"})
            std::filesystem::rename(file + companion, aside + companion, error);  // may not be there
        return aside;
    }
}

}  // namespace chainmend::proxy
