#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "certs/crl.h"
#include "certs/revocation_check.h"
#include "config/result.h"
#include "config/time.h"

namespace chainmend::proxy {

/// OCSP responses and revocation lists that were fetched and found good, in memory and on disk, each until
/// its nextUpdate. Shared by all workers; thread-safe. What it gives is judged again whenever it is used, so
/// a file that somebody has changed costs a fetch and no more.
///
/// On disk: one file each, the URL on a line of its own and then the DER. "HEX.ocsp" is named by the SHA-256
/// of the certificate that it is about, "HEX.crl" by that of its URL; there are no more of them than in
/// memory. Damaged ones are told and removed. Links and what else stands there are left alone.
class RevocationStore : public std::enable_shared_from_this<RevocationStore> {
  public:
    /// Reads what is there and has not ended at `now`; removes what has. Blocks. A directory that can not be
    /// used is told in notes(), and nothing is kept on disk.
    static std::shared_ptr<RevocationStore> open(const std::filesystem::path& directory, Time now);

    std::optional<certs::RevocationEvidence> find_ocsp(const Sha256& certificate, Time now);
    std::optional<certs::RevocationEvidence> find_crl(const std::string& url, Time now);
    /// Those that are kept of the lists that the certificates on a path name, with their URLs.
    std::vector<certs::GivenCrl> lists_for(const std::vector<certs::PathElement>& path, Time now);

    /// Into memory at once, in place of what has ended by `now`; what is returned writes it to the disk and
    /// may block. Empty when nothing is kept on disk.
    std::function<Result<void>()> keep_ocsp(const Sha256& certificate, const std::string& url, Bytes response,
                                            Time until, Time now);
    std::function<Result<void>()> keep_crl(const std::string& url, certs::CrlPtr crl, Time until, Time now);

    const std::filesystem::path& directory() const { return directory_; }
    const std::vector<std::string>& notes() const { return notes_; }
    std::size_t size() const;

    /// Of all that is kept; beyond it what ends first goes. A workplace's CAs have some tens of lists of up
    /// to a few megabytes; an OCSP response has 2 KiB.
    static constexpr std::size_t max_bytes = 64U * 1024 * 1024;
    static constexpr std::size_t max_entries = 10'000;

  private:
    struct Entry {
        certs::RevocationEvidence evidence;
        std::size_t bytes = 0;
        Time until{};
    };

    void read(const std::filesystem::path& file, Time now);
    std::optional<certs::RevocationEvidence> find(const std::string& name, Time now);
    std::function<Result<void>()> keep(const std::string& name, Entry entry, ByteView der, Time now);
    /// What had to go for it, by name.
    [[nodiscard]] std::vector<std::string> insert(const std::string& name, Entry entry, Time now);
    void erase(const std::string& name);
    void remove_files(const std::vector<std::string>& names) const;

    std::filesystem::path directory_;
    bool on_disk_ = false;
    std::vector<std::string> notes_;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;  // by file name
    std::set<std::pair<Time, std::string>> by_end_;
    std::size_t bytes_ = 0;
};

/// Revocation lists of verify.crl_files: files (PEM or DER), and every regular file of directories that is
/// not hidden. One that can not be read or holds no list is an ErrorCode::configuration: without it what it
/// revokes would be accepted. Blocks.
Result<std::vector<certs::GivenCrl>> load_crl_files(const std::vector<std::string>& places);

}  // namespace chainmend::proxy
