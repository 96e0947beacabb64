#include "proxy/history/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace chainmend::proxy {
namespace {

// Another connection holds the file for the length of a batch; after this long something is wrong.
constexpr int busy_milliseconds = 5000;

Error error_of(sqlite3* connection, int code) {
    const std::string message = sqlite3_errmsg(connection);
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {ErrorCode::malformed, message};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {ErrorCode::timed_out, message};
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_AUTH:
            return {ErrorCode::permission, message};
        default:
            return {ErrorCode::environment, message};
    }
}

// Made here, so that it has this mode from its first moment; SQLite gives the files beside it the same.
Result<void> make_file(const std::string& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        const int code = errno;
        return Error{code == EACCES ? ErrorCode::permission : ErrorCode::environment,
                     file + ": " + std::strerror(code)};
    }
    ::close(descriptor);
    return {};
}

}  // namespace

Statement::Statement(sqlite3* database, const std::string& sql) : database_(database) {
    const int code = sqlite3_prepare_v3(database, sql.c_str(), static_cast<int>(sql.size()) + 1,
                                        SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
    if (code != SQLITE_OK) unprepared_ = error_of(database, code);
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

void Statement::reset() {
    problem_ = unprepared_;
    sqlite3_reset(statement_);
}

void Statement::check(int code) {
    if (code != SQLITE_OK && !problem_) problem_ = error_of(database_, code);
}

void Statement::bind(int place, std::int64_t value) {
    if (!unprepared_) check(sqlite3_bind_int64(statement_, place, value));
}

void Statement::bind(int place, std::string_view value) {
    // A null pointer would bind NULL in place of an empty text.
    if (!unprepared_)
        check(sqlite3_bind_text64(statement_, place, value.data() ? value.data() : "", value.size(),
                                  SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind(int place, ByteView value) {
    if (unprepared_) return;
    if (value.empty()) return check(sqlite3_bind_zeroblob(statement_, place, 0));
    check(sqlite3_bind_blob64(statement_, place, value.data(), value.size(), SQLITE_TRANSIENT));
}

void Statement::bind(int place, std::nullptr_t) {
    if (!unprepared_) check(sqlite3_bind_null(statement_, place));
}

bool Statement::row() {
    if (problem_) return false;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) problem_ = error_of(database_, code);
    sqlite3_reset(statement_);
    return false;
}

Result<void> Statement::run() {
    while (row()) {
    }
    if (problem_) return *problem_;
    return {};
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
    const auto bytes = blob(column);
    return std::string(as_text(bytes));
}

Bytes Statement::blob(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    const auto size = sqlite3_column_bytes(statement_, column);
    return data ? Bytes(data, data + size) : Bytes{};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& file, Mode mode) {
    if (mode == Mode::read && ::access(file.c_str(), F_OK) != 0)
        return Error{ErrorCode::not_found, file + ": there is no history"};
    if (mode == Mode::write) {
        if (auto made = make_file(file); !made) return made.error();
    }
    const int flags = mode == Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    sqlite3* connection = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &connection, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<Database> database(new Database(connection));
    if (code != SQLITE_OK) return error_of(connection, code).in(file);
    sqlite3_extended_result_codes(connection, 1);
    sqlite3_busy_timeout(connection, busy_milliseconds);
    return database;
}

Database::~Database() {
    statements_.clear();
    sqlite3_close(connection_);
}

void Database::wait_for_locks(std::chrono::milliseconds patience) {
    sqlite3_busy_timeout(connection_, static_cast<int>(patience.count()));
}

Result<void> Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_of(connection_, code);
    return {};
}

Statement& Database::query(const std::string& sql) {
    auto& statement = statements_[sql];
    if (!statement) statement = std::make_unique<Statement>(connection_, sql);
    return statement->with();
}

Result<std::int64_t> Database::number(const std::string& sql) {
    auto& statement = query(sql);
    const std::int64_t found = statement.row() ? statement.integer(0) : 0;
    if (auto ended = statement.run(); !ended) return ended.error();
    return found;
}

std::int64_t Database::last_row() const {
    return sqlite3_last_insert_rowid(connection_);
}

std::int64_t Database::changed() const {
    return sqlite3_changes64(connection_);
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(connection_) == 0;
}

}  // namespace chainmend::proxy
