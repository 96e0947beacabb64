#pragma once

#include <span>

namespace chainmend::proxy {

/// How one family of distributions is told to trust a CA: a file in a directory, then a command.
struct SystemTrustPlace {
    const char* distributions;
    const char* directory;      ///< where administrators put CAs; that it is there tells the family
    const char* extension;      ///< files with others are passed over
    const char* const* update;  ///< the command, ended by a null pointer
    const char* bundle;         ///< what the command makes and programs read
};

/// In the order in which they are tried: the first whose directory is there counts.
std::span<const SystemTrustPlace> system_trust_places();

/// Where programs that use NSS keep a trust list of their own (a directory with cert9.db, or cert8.db before
/// 2017).
struct NssPlace {
    const char* programs;
    const char* directory;  ///< below the home directory, or absolute; "*" at the end: each directory in it
};

std::span<const NssPlace> nss_places();

}  // namespace chainmend::proxy
