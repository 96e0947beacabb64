#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "certs/crl.h"
#include "proxy/history/database.h"
#include "proxy/history/host_changes.h"
#include "proxy/history/policy_record.h"
#include "proxy/log/decision_record.h"

namespace chainmend::proxy {

/// Puts records into the tables. Used within a transaction, which the caller begins and ends; after an error
/// the caller rolls back and calls forget_rows().
class RecordWriter {
  public:
    explicit RecordWriter(Database& database) : database_(database), changes_(database) {}

    /// `policy` may be null.
    Result<void> write(const DecisionRecord& record, const PolicyPtr& policy);
    /// Tells `event` unless the same was told before: of `subject`, which ends at `event.expires`, that
    /// `days` or fewer are left.
    Result<void> tell_once(const std::string& subject, std::int64_t days, const HostEvent& event);
    /// Completes the decision of the same id, when there is one.
    Result<void> write(const TunnelRecord& record);

    /// What the records written since brought to light; to be told once they are committed.
    std::vector<HostEvent> take_events() { return std::exchange(events_, {}); }

    /// What is remembered of rows written is no longer true: a transaction was rolled back.
    void forget_rows();
    /// These rows were deleted, and with them perhaps certificates and lists.
    void forget_verdicts(const std::set<std::int64_t>& rows);

    /// User agents, details and addresses are cut at this: they are strangers' text.
    static constexpr std::size_t max_text = 512;
    /// Revocation lists beyond this are not kept, and what was decided with them is not made again: lists of
    /// public CAs have up to some megabytes, and a new one may come every few hours.
    static constexpr std::size_t max_list = 8U * 1024 * 1024;

  private:
    struct WrittenVerdict {
        std::weak_ptr<const certs::Verdict> verdict;
        std::int64_t row = 0;
    };

    struct HostRow {
        std::int64_t id = 0;
        std::int64_t verdict = 0;  ///< the latest, 0 for none
    };

    struct WrittenList {
        std::weak_ptr<const certs::Crl> list;
        Sha256 sha256{};
    };

    Result<std::int64_t> word(const std::string& text);
    Result<std::int64_t> policy_row(const PolicyPtr& policy);
    Result<HostRow> host_row(const DecisionRecord& record);
    /// 0 when there is none.
    Result<std::int64_t> verdict_row(const DecisionRecord& record, std::int64_t host, std::int64_t policy);
    Result<void> write_decision(const DecisionRecord& record, std::int64_t host, std::int64_t policy,
                                std::int64_t verdict);
    /// The host stands as this verdict says; what that changes is noted.
    Result<void> take_verdict(const DecisionRecord& record, std::int64_t host, std::int64_t verdict);
    /// The same, compared with nothing.
    Result<void> stand_by(const DecisionRecord& record, std::int64_t host, std::int64_t verdict);
    Result<std::int64_t> write_verdict(const DecisionRecord& record, std::int64_t host, std::int64_t policy);
    Result<void> write_certificate(const certs::Certificate& certificate);
    /// Fingerprints, one after the other.
    Result<Bytes> write_lists(const std::vector<certs::CrlPtr>& lists);
    Result<void> write_fetches(const certs::Verdict& verdict, std::int64_t row, std::int64_t at);

    Database& database_;
    HostChanges changes_;
    std::vector<HostEvent> events_;
    std::map<std::string, std::int64_t> words_;
    std::map<Sha256, std::int64_t> policies_;
    std::map<const certs::Verdict*, WrittenVerdict> verdicts_;
    std::map<const certs::Crl*, WrittenList> lists_;
};

/// "accepted as_sent", "refused expired": how a host stands, in two words.
std::string state_of(const DecisionRecord& record);

/// Milliseconds since 1970.
std::int64_t to_milliseconds(RecordTime time);
std::int64_t to_milliseconds(Time time);

}  // namespace chainmend::proxy
