#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "certs/issuer_store.h"
#include "config/result.h"
#include "config/time.h"

namespace chainmend::proxy {

/// What was found in an issuer directory when it was opened.
struct IssuerDirectoryReport {
    std::size_t loaded = 0;
    std::size_t ignored = 0;
    std::vector<std::string> notes;  ///< a line for each ignored file and why, at most max_notes
    static constexpr std::size_t max_notes = 100;
};

/// The issuer store on disk: one file per certificate, named by its SHA-256 ("<64 hexadecimal digits>.pem"),
/// lines about its origin before the PEM block. The name proves the content, so a damaged or half-written
/// file is noticed and ignored, and no other file depends on it.
///
/// Thread-safe; several processes may share a directory. Every function blocks: call them from a work thread.
/// Bounded: beyond `capacity` files the one least recently useful (by modification time) goes.
class IssuerDirectory {
  public:
    /// Opens the directory, making it (mode 0700) when it is missing. An error when it can not be made or
    /// listed.
    static Result<std::unique_ptr<IssuerDirectory>> open(const std::filesystem::path& directory,
                                                         std::size_t capacity = 10'000);

    /// Puts every good issuer into `store`, least recently useful first. Files of other names, symbolic
    /// links, FIFOs, files that are too large, unreadable, or whose content does not fit their name are left
    /// alone, and reported.
    IssuerDirectoryReport load(certs::IssuerStore& store);

    /// Writes one issuer, durably. Nothing happens when it is there already.
    Result<void> write(const certs::StoredIssuer& issuer);
    /// Writes many and makes them last once, at the end: 1,200 fsyncs would take seconds.
    Result<void> write_all(const std::vector<certs::StoredIssuer>& issuers);
    Result<void> remove(const Sha256& sha256);
    /// Remembers over restarts that this issuer was on an accepted path; writes at most once a day per
    /// issuer.
    void mark_useful(const Sha256& sha256, Time now);

    const std::filesystem::path& path() const { return directory_; }

  private:
    IssuerDirectory(std::filesystem::path directory, std::size_t capacity)
        : directory_(std::move(directory)), capacity_(capacity) {}

    Result<void> write_one(const certs::StoredIssuer& issuer, bool durable);
    void evict_beyond_capacity();

    const std::filesystem::path directory_;
    const std::size_t capacity_;
    std::mutex mutex_;
    std::map<Sha256, Time> last_useful_;  // one entry a file
};

}  // namespace chainmend::proxy
