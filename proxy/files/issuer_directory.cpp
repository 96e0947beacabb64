#include "proxy/files/issuer_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "proxy/files/atomic_file.h"
#include "proxy/files/input_file.h"
#include "proxy/files/issuer_file.h"
#include "proxy/files/public_lists.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

/// A fetched certificate has at most 64 KiB (repair.max_bytes), which is 88 KiB in PEM, and a page of origin.
constexpr std::size_t max_file_bytes = 128 * 1024;
/// Names looked at when opening; a directory with more than this beyond its capacity is not ours.
constexpr std::size_t max_foreign_entries = 10'000;
/// Nobody takes this long to write one file: what is older was left behind by a process that was killed.
constexpr std::chrono::hours unfinished_after{1};

/// "Least recently useful" to the day is precise enough, and spares writes.
constexpr std::chrono::hours note_usefulness_after{24};

Time modification_time(const fs::path& file) {
    struct stat status {};
    if (lstat(file.c_str(), &status) != 0) return {};
    return Time{std::chrono::seconds{status.st_mtim.tv_sec}};
}

void set_modification_time(const fs::path& file, Time time) {
    const timespec moment{.tv_sec = time.time_since_epoch().count(), .tv_nsec = 0};
    const timespec both[2] = {moment, moment};
    utimensat(AT_FDCWD, file.c_str(), both, AT_SYMLINK_NOFOLLOW);
}

void remove_if_unfinished(const fs::path& file) {
    std::error_code error;
    const auto written = fs::last_write_time(file, error);
    if (!error && fs::file_time_type::clock::now() - written > unfinished_after) fs::remove(file, error);
}

bool is_ca(const certs::EncodedCertificate& encoded) {
    if (encoded.looks_like_ca()) return true;
    const auto certificate = certs::Certificate::from_der(encoded.der());
    return certificate && (*certificate)->is_ca();
}

/// Reads one file and holds its content against its name.
Result<IssuerFile> read_issuer(const fs::path& file, const Sha256& name) {
    const auto bytes = read_input_file(file, max_file_bytes, Symlinks::refuse);
    if (!bytes) return bytes.error();
    auto issuer = parse_issuer_file(as_text(*bytes));
    if (!issuer) return issuer.error().in(file.string());
    if (issuer->certificate.sha256() != name) {
        return Error{ErrorCode::malformed,
                     file.string() + ": its content does not have the SHA-256 of its name"};
    }
    return issuer;
}

}  // namespace

Result<std::unique_ptr<IssuerDirectory>> IssuerDirectory::open(const fs::path& directory,
                                                               std::size_t capacity) {
    if (auto made = make_directories(directory, 0700); !made) {
        // The name is in the settings and right or wrong; that nothing can be made there is the system's.
        return Error{made.error().code == ErrorCode::not_found ? ErrorCode::environment : made.error().code,
                     made.error().in("issuer store").message};
    }
    if (access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
        return system_error("issuer store: can not use " + directory.string(), errno);
    }
    return std::unique_ptr<IssuerDirectory>(new IssuerDirectory(directory, capacity));
}

IssuerDirectoryReport IssuerDirectory::load(certs::IssuerStore& store) {
    const std::lock_guard lock(mutex_);
    IssuerDirectoryReport report;
    const auto ignore = [&report](std::string note) {
        ++report.ignored;
        if (report.notes.size() < IssuerDirectoryReport::max_notes) report.notes.push_back(std::move(note));
    };

    last_useful_.clear();
    std::size_t foreign = 0;
    std::error_code error;
    for (fs::directory_iterator entry(directory_, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (const auto sha256 = parse_issuer_file_name(name)) {
            last_useful_[*sha256] = modification_time(entry->path());
        } else if (name.starts_with(temporary_file_prefix)) {
            remove_if_unfinished(entry->path());
        } else if (name != public_lists_directory) {
            ignore(entry->path().string() + ": not a file of the issuer store");
            if (++foreign == max_foreign_entries) break;
        }
    }
    if (error) ignore("can not list " + directory_.string() + ": " + error.message());
    evict_beyond_capacity();

    std::vector<std::pair<Time, Sha256>> by_usefulness;
    for (const auto& [sha256, useful] : last_useful_)
        by_usefulness.emplace_back(useful, sha256);
    std::sort(by_usefulness.begin(), by_usefulness.end());
    for (const auto& [useful, sha256] : by_usefulness) {
        auto issuer = read_issuer(directory_ / issuer_file_name(sha256), sha256);
        if (!issuer) {
            last_useful_.erase(sha256);
            ignore(issuer.error().message);
            continue;
        }
        // Decoding is what costs: it waits until a path asks for this issuer.
        if (!is_ca(issuer->certificate)) {
            ignore((directory_ / issuer_file_name(sha256)).string() + ": is not a CA's certificate");
            continue;
        }
        const bool readable =
            store.add(certs::EncodedIssuer{std::move(issuer->certificate), issuer->source,
                                           std::move(issuer->origin), issuer->stored_at, issuer->network}) ||
            store.has(sha256);
        if (!readable) {
            ignore((directory_ / issuer_file_name(sha256)).string() + ": its subject is no name");
            continue;
        }
        ++report.loaded;
    }
    return report;
}

Result<void> IssuerDirectory::write_one(const certs::StoredIssuer& issuer, bool durable) {
    const Sha256& sha256 = issuer.certificate->sha256();
    if (last_useful_.contains(sha256)) return {};
    const fs::path file = directory_ / issuer_file_name(sha256);
    auto written = write_file_atomically(file, issuer_file_text(issuer), 0644,
                                         durable ? Durability::synced : Durability::unsynced);
    if (!written) return written;
    set_modification_time(file, issuer.stored_at);
    last_useful_[sha256] = issuer.stored_at;
    evict_beyond_capacity();
    return {};
}

Result<void> IssuerDirectory::write(const certs::StoredIssuer& issuer) {
    const std::lock_guard lock(mutex_);
    return write_one(issuer, true);
}

Result<void> IssuerDirectory::write_all(const std::vector<certs::StoredIssuer>& issuers) {
    const std::lock_guard lock(mutex_);
    for (const certs::StoredIssuer& issuer : issuers) {
        if (auto written = write_one(issuer, false); !written) return written;
    }
    return issuers.empty() ? Result<void>{} : sync_file_system(directory_);
}

Result<void> IssuerDirectory::remove(const Sha256& sha256) {
    const std::lock_guard lock(mutex_);
    last_useful_.erase(sha256);
    const fs::path file = directory_ / issuer_file_name(sha256);
    if (unlink(file.c_str()) != 0 && errno != ENOENT)
        return system_error("can not remove " + file.string(), errno);
    return {};
}

void IssuerDirectory::mark_useful(const Sha256& sha256, Time now) {
    const std::lock_guard lock(mutex_);
    const auto entry = last_useful_.find(sha256);
    if (entry == last_useful_.end() || now - entry->second < note_usefulness_after) return;
    entry->second = now;
    set_modification_time(directory_ / issuer_file_name(sha256), now);
}

void IssuerDirectory::evict_beyond_capacity() {
    while (last_useful_.size() > capacity_) {
        const auto least = std::min_element(last_useful_.begin(), last_useful_.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; });
        unlink((directory_ / issuer_file_name(least->first)).c_str());
        last_useful_.erase(least);
    }
}

}  // namespace chainmend::proxy
