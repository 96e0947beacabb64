#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/history/database.h"
#include "proxy/log/decision_record.h"
#include "proxy/log/host_event.h"

namespace chainmend::proxy {

/// What can change about a server from one verdict to the next.
enum class ChangeKind {
    new_key,        ///< its certificate is for another key
    new_issuer,     ///< another CA issued its certificate
    chain_differs,  ///< two addresses behind one name send different chains
    got_worse,      ///< complete, repaired, accepted by an exception, refused: further on than before
    fixed,          ///< accepted as sent now and not before, or no longer in need of its exception
};
const char* to_string(ChangeKind kind);

/// Compares each verdict about a host with what its addresses showed, and keeps what changed. A name with
/// several addresses stands as its worst address does, and has the keys and issuers of all: so an answer now
/// from one and now from the other, or from one that was not seen before, is no change. Two servers that take
/// turns behind one address are told a few times an hour.
class HostChanges {
  public:
    explicit HostChanges(Database& database) : database_(database) {}

    /// Whether `record`, whose verdict is the one that the host stands by, tells something of the address it
    /// came from: that address is new, or showed another chain, or was not noted for an hour.
    Result<bool> is_news(const DecisionRecord& record, std::int64_t host);
    /// Within the caller's transaction, before the host's row names `verdict` as its latest. What changed is
    /// also put into `events`.
    Result<void> note(const DecisionRecord& record, std::int64_t host, std::int64_t verdict,
                      std::vector<HostEvent>& events);

  private:
    struct Place {
        const DecisionRecord& record;
        std::int64_t host;
        std::int64_t verdict;
        std::int64_t at;
        std::vector<HostEvent>& events;
    };
    struct Leaf {
        Bytes key;
        std::string issuer;
    };
    Result<std::optional<Leaf>> leaf_before(const Place& place);
    Result<void> compare_leaf(const certs::Certificate& leaf, const Place& place);
    Result<void> compare_state(const Place& place);
    Result<void> compare_addresses(const Place& place);
    Result<void> keep_address(const Place& place, const Bytes& chain);
    Result<bool> is_known(const std::string& column, const auto& value, const Place& place);
    Result<std::int64_t> worst_address(const Place& place);
    Result<void> add(ChangeKind kind, const std::string& detail, const Place& place);

    Database& database_;
};

}  // namespace chainmend::proxy
