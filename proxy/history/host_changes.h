#pragma once

#include <cstdint>
#include <string>

#include "proxy/history/database.h"
#include "proxy/log/decision_record.h"

namespace chainmend::proxy {

/// What can change about a server from one verdict to the next.
enum class ChangeKind {
    new_key,        ///< its certificate is for another key
    new_issuer,     ///< another CA issued its certificate
    chain_differs,  ///< two addresses behind one name send different chains
    got_worse,      ///< accepted before and refused now, or complete before and in need of repair now
    fixed,          ///< refused or repaired before, accepted as sent now
};
const char* to_string(ChangeKind kind);

/// Compares each new verdict about a host with the one before and keeps what changed.
class HostChanges {
  public:
    explicit HostChanges(Database& database) : database_(database) {}

    /// Within the caller's transaction, before the host's row names `verdict` as its latest.
    Result<void> note(const DecisionRecord& record, std::int64_t host, std::int64_t verdict);

  private:
    struct Place {
        std::int64_t host;
        std::int64_t verdict;
        std::int64_t at;
    };
    Result<void> compare_leaf(const certs::Certificate& leaf, const Place& place);
    Result<void> compare_state(const DecisionRecord& record, const Place& place);
    Result<void> compare_addresses(const DecisionRecord& record, const Place& place);
    Result<void> add(ChangeKind kind, const std::string& detail, const Place& place);

    Database& database_;
};

}  // namespace chainmend::proxy
