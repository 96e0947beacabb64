#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/history/policy_record.h"
#include "proxy/log/decision_record.h"

namespace chainmend::proxy {

/// One decision with everything that is kept about it. The record's verdict has its evidence.
struct StoredDecision {
    DecisionRecord record;
    std::optional<TunnelRecord> end;  ///< how its tunnel ended, when it has; without the client's TLS
    PolicyPtr policy;                 ///< null when it is not known
};

/// Which decisions are meant. Nothing set: all.
struct HistoryFilter {
    std::optional<RecordTime> since;  ///< inclusive
    std::optional<RecordTime> until;  ///< exclusive
    std::string host;                 ///< "a.test", or "*.corp.test" for every name below; lower case
    int port = 0;                     ///< 0: any; counts with a host only
    std::string reason;
};

/// The first rows of a table, and how many there are beyond them.
template <class Row>
struct FirstRows {
    std::vector<Row> rows;
    std::uint64_t more = 0;
};

/// Decisions about one host that came out alike.
struct DecisionTally {
    std::string host;
    int port = 0;
    bool accepted = false;
    std::string reason;
    std::string how;     ///< empty when refused
    std::string source;  ///< "aia", "store+import": where what was not sent came from
    std::uint64_t count = 0;
    RecordTime first{};
    RecordTime last{};
    std::string last_id;
    std::string detail;  ///< of the last one
};

/// All decisions that are meant, counted. What is in `refused` and `repaired`, most frequent first, may be a
/// part: how many rows there are depends on what names strangers ask for. The counts never are.
struct DecisionTallies {
    std::uint64_t decisions = 0;
    std::uint64_t hosts = 0;
    std::map<std::string, std::uint64_t> by_reason;  ///< refused ones
    std::map<std::string, std::uint64_t> by_how;     ///< accepted ones for which a path was judged
    std::map<std::string, std::uint64_t> by_source;  ///< those that used what the server had not sent
    std::uint64_t accepted = 0;
    std::uint64_t distrustful = 0;  ///< whose tunnels ended because the client does not trust the CA
    FirstRows<DecisionTally> refused;
    FirstRows<DecisionTally> repaired;
};

/// The first certificate to expire on the path that a host's clients use now.
struct HostExpiry {
    std::string host;
    int port = 0;
    Time expires{};
    std::string certificate;  ///< its name
    std::string state;        ///< "accepted repaired", "refused expired"
    RecordTime last_seen{};
};

struct HostChange {
    RecordTime at{};
    std::string host;
    int port = 0;
    std::string kind;  ///< a to_string(ChangeKind)
    std::string detail;
};

/// How a server of issuers did.
struct IssuerServerTally {
    std::string host;
    std::uint64_t fetches = 0;
    std::uint64_t failures = 0;
    std::int64_t average_ms = 0;
    std::int64_t worst_ms = 0;
};

/// Where one name stands.
struct HostState {
    std::string host;
    int port = 0;
    RecordTime first_seen{};
    RecordTime last_seen{};
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::string state;
    RecordTime since{};
    std::string state_before;  ///< empty: it never was different
    std::optional<Time> expires;
};

/// What may be asked of a history, in whatever it is kept. Blocks on files; used by one thread at a time.
/// Errors: what open_history() may say, and ErrorCode::not_found where one thing is asked for.
class HistoryQuery {
  public:
    virtual ~HistoryQuery() = default;

    /// The newest of this id.
    virtual Result<StoredDecision> decision(const std::string& id) = 0;
    /// The newest decision under the newest verdict about this host; port 0: any.
    virtual Result<StoredDecision> latest(const std::string& host, int port) = 0;
    /// One decision of each verdict that is kept.
    virtual Result<std::vector<std::string>> judged() = 0;

    // Each table has at most `most` rows. A reason means, beside decisions that came out so, what belongs to
    // the verdicts that were the cause.
    virtual Result<DecisionTallies> tally(const HistoryFilter& filter, std::size_t most) = 0;
    /// Paths in use that end before `before`, the first to end first, of hosts seen in the time that is
    /// meant.
    virtual Result<FirstRows<HostExpiry>> expiring(const HistoryFilter& filter, Time before,
                                                   std::size_t most) = 0;
    /// Newest first.
    virtual Result<FirstRows<HostChange>> changes(const HistoryFilter& filter, std::size_t most) = 0;
    /// Slowest first.
    virtual Result<FirstRows<IssuerServerTally>> issuer_servers(const HistoryFilter& filter,
                                                                std::size_t most) = 0;
    /// Hosts that clients asked for since then and that showed certificates, latest first, at most `most`.
    virtual Result<std::vector<HostState>> asked_for(RecordTime since, std::size_t most) = 0;
    /// Latest seen first, at most `most`.
    virtual Result<std::vector<HostState>> hosts(const HistoryFilter& filter, std::size_t most) = 0;

  protected:
    HistoryQuery() = default;
    HistoryQuery(const HistoryQuery&) = delete;
    HistoryQuery& operator=(const HistoryQuery&) = delete;
};

/// Opens the history in `file` for asking. ErrorCode::not_found when there is none, malformed when it is
/// damaged, configuration when another version wrote it.
Result<std::unique_ptr<HistoryQuery>> open_history(const std::string& file);

}  // namespace chainmend::proxy
