#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "config/result.h"

namespace chainmend::proxy {

enum class Durability {
    synced,    ///< on the disk when the call returns
    unsynced,  ///< whole or absent to every reader, but a power cut may lose it; for bulk writes that sync
               ///< once, and for files whose content proves itself
};

/// Creates or replaces `file` so that whoever opens it, now or after a crash at any moment, sees all of the
/// old content or all of the new. It is written under a temporary name (`temporary_file_prefix`) in the same
/// directory, which must exist, with exactly `mode` whatever the umask says, and renamed. Thread-safe and
/// safe between processes; the last one wins. Blocks. ErrorCode::permission or ErrorCode::environment, naming
/// the file.
Result<void> write_file_atomically(const std::filesystem::path& file, std::string_view content, mode_t mode,
                                   Durability durability = Durability::synced);

/// What the names of files begin with that a killed process may leave behind. They are never read.
inline constexpr std::string_view temporary_file_prefix = ".tmp-";

/// Writes all of it to a file that is open, in as many pieces as it takes; false with errno when it can not.
bool write_whole(int descriptor, std::string_view content);

/// Makes the directory and those above it that are missing, each with `mode`. An existing one is left as it
/// is.
Result<void> make_directories(const std::filesystem::path& directory, mode_t mode);

/// Makes renames and removals in `directory` last.
Result<void> sync_directory(const std::filesystem::path& directory);

/// Writes everything that this process and others wrote on the file system of `directory` to the disk.
Result<void> sync_file_system(const std::filesystem::path& directory);

/// "what: strerror(code)", with the ErrorCode that fits the errno value.
Error system_error(const std::string& what, int code);

/// 16 random hexadecimal digits, for names nobody else has.
std::string random_name();

}  // namespace chainmend::proxy
