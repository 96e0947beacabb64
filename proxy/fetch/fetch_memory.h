#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/verdict.h"
#include "proxy/fetch/reach.h"

namespace chainmend::proxy {

/// What is fetched: it decides how much may come, and who reads it.
enum class FetchKind { issuer, ocsp, crl };

/// A URL as seen by origins of one reach: what a loopback origin may fetch says nothing about what a public
/// one may.
struct FetchKey {
    std::string url;
    Reach origin = Reach::public_internet;
    FetchKind kind = FetchKind::issuer;
    Bytes post = {};  ///< what is sent there; empty: it is a GET
    auto operator<=>(const FetchKey&) const = default;
};

/// What a fetch brought, decoded once and shared by everyone who asked.
struct Fetched {
    certs::Fetch fetch;
    std::vector<certs::CertificatePtr> certificates = {};  ///< issuers; empty unless fetch.result is ok
    Bytes body = {};                                       ///< of any other kind, not decoded
};
using FetchedPtr = std::shared_ptr<const Fetched>;

/// How long a result is remembered. Zero: not at all.
///
///     ok, an issuer                         60 s   a burst of handshakes; a good issuer is stored anyway
///     ok, anything else                      5 s   whoever asked keeps it until its end, elsewhere; this is
///                                                  for those who looked there before it was
///     404, 410                             300 s   what is not there will not be there soon
///     other 4xx                            120 s
///     429, 5xx                              30 s   the server's trouble, may pass
///     timeout, refused, unreachable, DNS    15 s   the network's trouble (a laptop that wakes up)
///     odd bodies, loops, too large         120 s   somebody has to repair the server first
///     blocked                               15 s   cheap to find out again
std::chrono::milliseconds remembered_for(FetchKind kind, const certs::Fetch& fetch);

/// A failure that is not asked for again for a while.
struct RememberedFailure {
    std::string url;
    std::string result;  ///< "http_404", "timeout", ...
    std::chrono::milliseconds left{};
};

/// Results of fetches, each for its time. Bounded by number and bytes: beyond either the oldest goes. A plain
/// value without a clock; not thread-safe.
class FetchMemory {
  public:
    using Moment = std::chrono::milliseconds;  ///< monotonic

    /// Nothing larger than max_entry_bytes: it would push out everything else.
    void remember(const FetchKey& key, FetchedPtr fetched, Moment now);
    /// nullptr when nothing is remembered that is still to be believed at `now`.
    FetchedPtr recall(const FetchKey& key, Moment now);
    void clear();
    std::size_t size() const { return entries_.size(); }
    /// Those still in force at `now`, the one remembered last first.
    std::vector<RememberedFailure> failures(Moment now) const;

    /// A page of disclosed CAs has about 300 distinct caIssuers URLs in use on one site's network; 512 leaves
    /// room.
    static constexpr std::size_t max_entries = 512;
    /// Of bodies; decoded certificates take several times as much.
    static constexpr std::int64_t max_bytes = 2 * 1024 * 1024;
    static constexpr std::int64_t max_entry_bytes = max_bytes / 4;

  private:
    struct Entry {
        FetchedPtr fetched;
        Moment until;
        std::list<FetchKey>::iterator age;
    };
    void drop(std::map<FetchKey, Entry>::iterator entry);

    std::map<FetchKey, Entry> entries_;
    std::list<FetchKey> oldest_first_;
    std::int64_t bytes_ = 0;
};

}  // namespace chainmend::proxy
