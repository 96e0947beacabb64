#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/bytes.h"
#include "config/result.h"

struct sqlite3;       // SQLite's
struct sqlite3_stmt;  // SQLite's

namespace chainmend::proxy {

/// One prepared statement. What could not be prepared says so when it is run.
///
///     auto& hosts = database.query("SELECT name FROM host WHERE port = ?").with(443);
///     while (hosts.row()) names.push_back(hosts.text(0));
///     if (auto& problem = hosts.problem()) return *problem;
class Statement {
  public:
    Statement(sqlite3* database, const std::string& sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Begins anew with these values for its question marks, in order: integers, texts, bytes, nullptr, or
    /// an optional of one of them.
    template <class... Values>
    Statement& with(const Values&... values) {
        reset();
        int place = 0;
        (bind(++place, values), ...);
        return *this;
    }
    /// To its end. For statements without rows.
    Result<void> run();
    /// The next row, until there is none or something went wrong.
    bool row();
    /// Leaves the rows that are left: a statement that stands in the middle holds on to the past.
    void finish() { reset(); }
    const std::optional<Error>& problem() const { return problem_; }

    std::int64_t integer(int column) const;
    std::string text(int column) const;
    Bytes blob(int column) const;
    bool is_null(int column) const;

  private:
    void reset();
    void bind(int place, std::int64_t value);
    void bind(int place, int value) { bind(place, std::int64_t{value}); }
    void bind(int place, bool value) { bind(place, std::int64_t{value}); }
    void bind(int place, std::size_t value) { bind(place, static_cast<std::int64_t>(value)); }
    void bind(int place, std::string_view value);
    void bind(int place, const std::string& value) { bind(place, std::string_view(value)); }
    void bind(int place, const char* value) { bind(place, std::string_view(value)); }
    void bind(int place, ByteView value);
    void bind(int place, const Sha256& value) { bind(place, ByteView(value)); }
    void bind(int place, const Bytes& value) { bind(place, ByteView(value)); }
    void bind(int place, std::nullptr_t);
    template <class Value>
    void bind(int place, const std::optional<Value>& value) {
        value ? bind(place, *value) : bind(place, nullptr);
    }
    void check(int code);

    sqlite3* const database_;
    sqlite3_stmt* statement_ = nullptr;
    std::optional<Error> unprepared_;
    std::optional<Error> problem_;
};

/// One connection to an SQLite database file. Used by one thread at a time.
class Database {
  public:
    enum class Mode { read, write };

    /// Mode::write makes the file (mode 0600, since it tells what was visited) when there is none.
    /// ErrorCode::not_found when there is none to read, ErrorCode::malformed when it is damaged or no
    /// database, else ErrorCode::environment.
    static Result<std::unique_ptr<Database>> open(const std::string& file, Mode mode);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// How long a statement waits for another connection to let go of the file, before it is an
    /// ErrorCode::timed_out. Five seconds until this is called.
    void wait_for_locks(std::chrono::milliseconds patience);
    /// Several statements without values.
    Result<void> execute(const std::string& sql);
    /// The statement, prepared once. It begins anew each time.
    Statement& query(const std::string& sql);
    /// What a statement without values gives in its first row and column; 0 when nothing.
    Result<std::int64_t> number(const std::string& sql);
    std::int64_t last_row() const;
    /// Rows that the last statement inserted, changed or deleted.
    std::int64_t changed() const;
    /// Whether a transaction is open.
    bool in_transaction() const;

  private:
    explicit Database(sqlite3* connection) : connection_(connection) {}

    sqlite3* connection_;
    std::map<std::string, std::unique_ptr<Statement>> statements_;
};

}  // namespace chainmend::proxy
