#pragma once

#include <sys/types.h>

#include <filesystem>
#include <iosfwd>
#include <string_view>

#include "config/result.h"

namespace chainmend::proxy {

/// Whether a person who names this file for an answer means standard output: "-", or "/dev/stdout".
bool is_standard_output(const std::filesystem::path& file);

/// Writes what somebody wanted in a file of this name. A regular file, or a new one, is written as
/// write_file_atomically() does, with `mode`; behind symbolic links it is the file that they lead to, and the
/// links stay. Anything else (a pipe, a device) is opened and written to, and stays what it is; a FIFO that
/// nobody reads blocks. Standard output is `standard_output`. The errors of write_file_atomically().
Result<void> write_named_output(const std::filesystem::path& file, std::string_view content, mode_t mode,
                                std::ostream& standard_output);

}  // namespace chainmend::proxy
