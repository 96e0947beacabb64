#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "certs/path_builder.h"
#include "certs/reference_identity.h"
#include "certs/verdict.h"
#include "proxy/snapshot.h"

namespace chainmend::proxy {

/// Remembers verdicts by what they were about: exactly these certificates in this order, for this name, under
/// this policy and these anchors. Never by host alone, so a server that shows another certificate is judged
/// at once. Thread-safe.
class VerdictCache {
  public:
    using Key = std::string;  ///< bytes, not text
    using VerdictPtr = std::shared_ptr<const certs::Verdict>;

    /// `staple`: what came with the certificates, perhaps empty; null for a verdict that does not look at
    /// revocation.
    static Key key(const certs::PresentedChain& presented, const certs::ReferenceIdentity& identity,
                   const Snapshot& snapshot, const Bytes* staple = nullptr);

    /// An accepted verdict holds until the first certificate on its path expires or what is known of
    /// revocation must be asked for anew, though no longer than `remember_accepted`, a refused one for
    /// `remember_refused`; neither holds before the moment it was made for.
    static bool holds(const certs::Verdict& verdict, Time now, std::chrono::milliseconds remember_refused);

    /// Null when nothing is known that still holds at `now`.
    VerdictPtr find(const Key& key, Time now, std::chrono::milliseconds remember_refused);
    void put(const Key& key, VerdictPtr verdict);
    std::size_t size() const;

    /// Long enough that a busy host is judged once, short enough that what the record says of days left is
    /// true.
    static constexpr std::chrono::hours remember_accepted{1};
    /// A verdict with its chain takes 2 to 8 KiB: at most 32 MiB, and more servers than a workplace talks to.
    static constexpr std::size_t capacity = 4096;

  private:
    struct Slot {
        VerdictPtr verdict;
        std::list<Key>::iterator recency;
    };

    mutable std::mutex mutex_;
    std::map<Key, Slot> slots_;
    std::list<Key> recency_;  // most recently used first
};

}  // namespace chainmend::proxy
