#include "proxy/history/history.h"

#include <iterator>
#include <utility>

#include "proxy/history/database.h"
#include "proxy/history/record_writer.h"
#include "proxy/history/schema.h"

namespace chainmend::proxy {
namespace {

// Decisions are forgotten by the day, so looking once a minute is often enough; while there is more to forget
// each round does a part of it.
constexpr std::chrono::seconds forget_again_after{60};

std::int64_t now_milliseconds() {
    return to_milliseconds(
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
}

}  // namespace

History::History(HistoryOptions options) : options_(std::move(options)) {
    thread_ = std::thread([this] { run(); });
}

History::~History() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void History::decision(std::shared_ptr<const DecisionRecord> record, PolicyPtr policy) {
    push(Decision{std::move(record), std::move(policy)});
}

void History::tunnel(TunnelRecord record) {
    push(std::move(record));
}

void History::tell_once(std::string subject, std::int64_t days, HostEvent event) {
    push(Warning{std::move(subject), days, std::move(event)});
}

void History::push(Entry entry) {
    {
        const std::lock_guard lock(mutex_);
        ++given_;
        if (queue_.size() >= options_.capacity) {
            ++lost_;
            ++settled_;
            return;
        }
        queue_.push_back(std::move(entry));
        if (queue_.size() > 1) return;  // the thread is awake already
    }
    wake_.notify_one();
}

void History::wait_until_written() {
    std::unique_lock lock(mutex_);
    const auto upto = given_;
    ++waiting_;
    wake_.notify_one();
    written_.wait(lock, [&] { return begun_ && (settled_ >= upto || locked_); });
    --waiting_;
}

HistoryStatus History::status() const {
    const std::lock_guard lock(mutex_);
    return {options_.file, stored_, lost_, problem_};
}

void History::note(bool is_good, const std::string& text) const {
    if (options_.note) options_.note(is_good, text);
}

void History::run() {
    open();
    {
        const std::lock_guard lock(mutex_);
        begun_ = true;
    }
    written_.notify_all();
    std::deque<Entry> batch;
    while (next_batch(batch)) {
        if (!batch.empty()) write(batch);
        batch.clear();
        forget_old();
    }
    close();
}

/// Waits for records and then a little for more of them. False when it is over.
bool History::next_batch(std::deque<Entry>& batch) {
    std::unique_lock lock(mutex_);
    const auto hurry = [this] { return stopping_ || waiting_ > 0 || queue_.size() >= options_.capacity / 2; };
    if (locked_) wake_.wait_until(lock, open_again_at_, [this] { return stopping_; });
    wake_.wait_until(lock, forget_again_at_, [this] { return stopping_ || !queue_.empty(); });
    if (!queue_.empty()) wake_.wait_for(lock, gather, hurry);
    batch.swap(queue_);
    return !(stopping_ && batch.empty());
}

void History::open() {
    auto database = open_to_write(options_.file);
    if (!database && database.error().code == ErrorCode::malformed) {
        const auto aside = set_aside(options_.file);
        note(false, "the history is damaged (" + database.error().message + "); " +
                        (aside ? "it is kept as " + *aside + ", and a new one begins"
                               : "it can not be moved away: " + aside.error().message));
        if (aside) database = open_to_write(options_.file);
    }
    if (!database) return failed(database.error(), 0);
    database_ = std::move(database).value();
    database_->wait_for_locks(options_.patience);
    writer_ = std::make_unique<RecordWriter>(*database_);
}

void History::close() {
    writer_.reset();
    database_.reset();
}

void History::write(std::deque<Entry>& batch) {
    if (!database_ && Clock::now() >= open_again_at_) open();
    const auto done = database_ ? write_all(batch) : Result<void>(*closed_because_);
    if (!done && done.error().code == ErrorCode::timed_out && put_back(batch, done.error())) return;
    bool works_again = false;
    {
        const std::lock_guard lock(mutex_);
        (done ? stored_ : lost_) += batch.size();
        if (done) works_again = !std::exchange(problem_, "").empty();
        locked_ = false;
    }
    if (works_again) note(true, "the history is written again");
    if (!done && database_) failed(done.error(), batch.size());
    {
        const std::lock_guard lock(mutex_);
        settled_ += batch.size();
    }
    written_.notify_all();
}

/// What another process keeps from being written is the first to be written when it lets go. False when
/// nobody will be there any more to do that.
bool History::put_back(std::deque<Entry>& batch, const Error& error) {
    if (database_ && database_->in_transaction()) (void)database_->execute("ROLLBACK");
    if (writer_) writer_->forget_rows();
    bool is_news = false;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return false;
        is_news = std::exchange(problem_, error.message).empty();
        locked_ = true;
        queue_.insert(queue_.begin(), std::make_move_iterator(batch.begin()),
                      std::make_move_iterator(batch.end()));
        for (; queue_.size() > options_.capacity; queue_.pop_back()) {
            ++lost_;
            ++settled_;
        }
    }
    written_.notify_all();
    if (is_news)
        note(false, "the history is not written: another process has it locked (" + error.message +
                        "); what is decided waits, up to " + std::to_string(options_.capacity) + " records");
    return true;
}

Result<void> History::write_all(const std::deque<Entry>& batch) {
    if (auto begun = database_->execute("BEGIN IMMEDIATE"); !begun) return begun;
    for (const auto& entry : batch) {
        if (auto done = write_one(entry); !done) return done;
    }
    auto done = database_->execute("COMMIT");
    if (!done) return done;
    for (const auto& event : writer_->take_events()) {
        if (options_.happened) options_.happened(event);
    }
    return done;
}

Result<void> History::write_one(const Entry& entry) {
    if (const auto* decision = std::get_if<Decision>(&entry))
        return writer_->write(*decision->record, decision->policy);
    if (const auto* warning = std::get_if<Warning>(&entry))
        return writer_->tell_once(warning->subject, warning->days, warning->event);
    return writer_->write(std::get<TunnelRecord>(entry));
}

// Nothing is written until the file could be opened anew, which also checks it.
void History::failed(const Error& error, std::size_t records) {
    close();
    closed_because_ = error;
    open_again_at_ = Clock::now() + options_.retry;
    if (error.code == ErrorCode::malformed) open_again_at_ = Clock::now();
    bool is_news = false;
    {
        const std::lock_guard lock(mutex_);
        is_news = problem_.empty();
        problem_ = error.message;
    }
    if (is_news)
        note(false, "the history is not written (" + error.message + ")" +
                        (records == 0 ? "" : ", " + std::to_string(records) + " records are lost") +
                        "; it is tried again from time to time");
}

void History::forget_old() {
    if (Clock::now() < forget_again_at_) return;
    forget_again_at_ = Clock::now() + forget_again_after;
    if (!database_) return;
    const auto forgotten = forget_some(*database_, options_.limits, now_milliseconds());
    if (!forgotten && forgotten.error().code == ErrorCode::timed_out) return;  // locked: there is time
    if (!forgotten) return failed(forgotten.error(), 0);
    writer_->forget_verdicts(forgotten->verdicts);
    if (forgotten->is_more) forget_again_at_ = Clock::now();
}

}  // namespace chainmend::proxy
