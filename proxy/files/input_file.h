#pragma once

#include <cstddef>
#include <filesystem>

#include "config/bytes.h"
#include "config/result.h"

namespace chainmend::proxy {

enum class Symlinks {
    follow,  ///< for files that a person named
    refuse,  ///< for files in directories of our own
};

enum class Pipes {
    refuse,  ///< for names in settings and directories: a start or a reload never waits for a writer
    read,    ///< for what a person named on the command line: a FIFO, /dev/stdin, <(...)
};

/// Reads a whole regular file of at most `max_bytes`. Never waits: a FIFO, a device or a socket under that
/// name is refused without being read, but for pipes and terminals with Pipes::read. not_found, permission,
/// limit_exceeded (too large) or environment; the message names the file.
Result<Bytes> read_input_file(const std::filesystem::path& file, std::size_t max_bytes,
                              Symlinks symlinks = Symlinks::follow, Pipes pipes = Pipes::refuse);

/// Standard input up to its end, at most `max_bytes`.
Result<Bytes> read_standard_input(std::size_t max_bytes);

/// Bounds for trust files and bundles: Debian's whole bundle has 220 KiB, the public intermediates 2.4 MiB.
inline constexpr std::size_t max_trust_file_bytes = 16 * 1024 * 1024;

}  // namespace chainmend::proxy
