#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "config/result.h"
#include "proxy/history/history_status.h"
#include "proxy/history/policy_record.h"
#include "proxy/history/retention.h"
#include "proxy/log/decision_record.h"
#include "proxy/log/host_event.h"

namespace chainmend::proxy {

class Database;
class RecordWriter;

struct HistoryOptions {
    std::string file;
    RetentionLimits limits;
    /// One line for a person: a damaged file was set aside, nothing can be written, it works again. Called
    /// on the history's thread; may be empty.
    std::function<void(bool is_good, const std::string& text)> note;
    /// What changed about a host, or is told for the first time, once it is written. Called on the history's
    /// thread; may be empty.
    std::function<void(const HostEvent&)> happened = {};
    std::size_t capacity = 8192;  ///< records that may wait, see History
    /// How long after a failure the file is tried again: a disk that is full is full for longer than a
    /// moment.
    std::chrono::milliseconds retry = std::chrono::seconds{5};
    /// How long one attempt waits for another process to let go of the file: it holds it for a batch.
    std::chrono::milliseconds patience = std::chrono::seconds{5};
};

/// Keeps records in a database file, on a thread of its own: nothing here makes a loop wait for a disk.
///
/// Records that arrive within `gather` are written in one transaction, so that the death of the process costs
/// at most the last 100 ms. At most `capacity` records wait; what comes beyond that is dropped and counted.
/// (A record with a verdict of its own takes 2 to 8 KiB, most share one: 16 MiB at worst.)
///
/// While another process has the file locked, records wait like any others. A file that is damaged is set
/// aside and a new one begun. One that can not be opened or written is tried again every few seconds; what
/// came in the meantime is lost and counted. Thread-safe.
class History {
  public:
    explicit History(HistoryOptions options);
    /// Writes what waits.
    ~History();
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    /// `policy` may be null.
    void decision(std::shared_ptr<const DecisionRecord> record, PolicyPtr policy);
    void tunnel(TunnelRecord record);
    /// `event` is about something that ends at `event.expires`, with no more than `days` left: it happens
    /// unless the same was told of `subject` before, whoever told it and however long ago.
    void tell_once(std::string subject, std::int64_t days, HostEvent event);

    /// Waits until everything given before is written or lost, or another process has had the file for longer
    /// than HistoryOptions::patience. Not for a loop's thread.
    void wait_until_written();
    HistoryStatus status() const;

    static constexpr std::chrono::milliseconds gather{40};

  private:
    struct Decision {
        std::shared_ptr<const DecisionRecord> record;
        PolicyPtr policy;
    };
    struct Warning {
        std::string subject;
        std::int64_t days;
        HostEvent event;
    };
    using Entry = std::variant<Decision, TunnelRecord, Warning>;
    using Clock = std::chrono::steady_clock;

    void push(Entry entry);
    void run();
    bool next_batch(std::deque<Entry>& batch);
    void open();
    void close();
    void write(std::deque<Entry>& batch);
    bool put_back(std::deque<Entry>& batch, const Error& error);
    Result<void> write_all(const std::deque<Entry>& batch);
    Result<void> write_one(const Entry& entry);
    void failed(const Error& error, std::size_t records);
    void forget_old();
    void note(bool is_good, const std::string& text) const;

    const HistoryOptions options_;

    // The history's thread only:
    std::unique_ptr<Database> database_;
    std::unique_ptr<RecordWriter> writer_;
    Clock::time_point open_again_at_{};
    std::optional<Error> closed_because_;
    Clock::time_point forget_again_at_{};

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable written_;
    std::deque<Entry> queue_;
    std::uint64_t given_ = 0;    // entries pushed, and
    std::uint64_t settled_ = 0;  // those written or lost since
    std::uint64_t stored_ = 0;
    std::uint64_t lost_ = 0;
    int waiting_ = 0;      // callers of wait_until_written()
    bool begun_ = false;   // the file was opened, or could not be
    bool locked_ = false;  // by another process, for longer than one waits
    bool stopping_ = false;
    std::string problem_;
    std::thread thread_;
};

}  // namespace chainmend::proxy
