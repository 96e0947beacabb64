#pragma once

#include <memory>
#include <string>

#include "proxy/history/database.h"

namespace chainmend::proxy {

/// The version of the tables that this program writes.
int schema_version();

/// Opens a history for writing: makes it when there is none, checks its integrity, and brings the tables of
/// an older version up to date, all or nothing. ErrorCode::malformed when the file is damaged or no history;
/// ErrorCode::configuration when a newer program wrote it.
Result<std::unique_ptr<Database>> open_to_write(const std::string& file);

/// Opens one for reading. ErrorCode::not_found when there is none, else as above; tables of an older version
/// are an ErrorCode::configuration that says what to do.
Result<std::unique_ptr<Database>> open_to_read(const std::string& file);

/// Brings the tables to this version, which may be older than the newest, all or nothing.
Result<void> migrate(Database& database, int version);

/// Moves a damaged history and what belongs to it out of the way, to FILE.damaged-N; the new name.
Result<std::string> set_aside(const std::string& file);

}  // namespace chainmend::proxy
