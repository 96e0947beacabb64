#include "proxy/log/line_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace chainmend::proxy {
namespace {

// How long the destructor waits for a sink that takes nothing: long enough for a busy disk, short enough that
// a stop is felt as one.
constexpr std::chrono::milliseconds patience_at_the_end{1000};

// A poll() this long at a time, so that a stop is noticed while the sink is blocked.
constexpr int poll_milliseconds = 100;

int open_for_appending(const std::string& file) {
    return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
}

std::int64_t size_of(int descriptor) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 ? static_cast<std::int64_t>(status.st_size) : 0;
}

bool is_regular(int descriptor) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

/// Whether this is the file of that name: logrotate moves it away before it says so.
bool is_named(int descriptor, const std::string& file) {
    struct stat open {};
    struct stat named {};
    return ::fstat(descriptor, &open) == 0 && ::stat(file.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/// Whether a file ends within a line: whoever wrote it before was killed, or the power went. The descriptor
/// is for writing only, so the file is opened once more; one that may not be read counts as whole.
bool ends_within_a_line(int descriptor) {
    if (!is_regular(descriptor)) return false;
    const auto link = "/proc/self/fd/" + std::to_string(descriptor);  // proc(5): also when it has no name
    const int readable = ::open(link.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (readable < 0) return false;
    char last = '\n';
    const auto size = size_of(readable);
    const bool read = size > 0 && ::pread(readable, &last, 1, size - 1) == 1;
    ::close(readable);
    return read && last != '\n';
}

}  // namespace

Result<std::unique_ptr<LineWriter>> LineWriter::make(LineSink sink,
                                                     std::function<std::string(std::uint64_t)> lost_line,
                                                     std::size_t capacity) {
    int descriptor = sink.descriptor;
    if (!sink.file.empty()) {
        descriptor = open_for_appending(sink.file);
        if (descriptor < 0) {
            return Error{ErrorCode::environment, sink.file + ": " + std::strerror(errno)};
        }
    }
    const auto size = size_of(descriptor);
    return std::unique_ptr<LineWriter>(
        new LineWriter(std::move(sink), descriptor, size, std::move(lost_line), capacity));
}

LineWriter::LineWriter(LineSink sink, int descriptor, std::int64_t size,
                       std::function<std::string(std::uint64_t)> lost_line, std::size_t capacity)
    : sink_(std::move(sink)),
      lost_line_(std::move(lost_line)),
      capacity_(capacity),
      descriptor_(descriptor),
      size_(size),
      torn_(ends_within_a_line(descriptor)),
      blocks_(!is_regular(descriptor)) {
    thread_ = std::thread([this] { write_until_stopped(); });
}

LineWriter::~LineWriter() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        give_up_at_ = std::chrono::steady_clock::now() + patience_at_the_end;
    }
    wake_.notify_one();
    thread_.join();
    if (!sink_.file.empty()) ::close(descriptor_);
}

bool LineWriter::push(Line line) {
    {
        std::lock_guard lock(mutex_);
        if (queue_.size() >= capacity_) {
            ++lost_;
            ++lost_untold_;
            return false;
        }
        queue_.push_back({std::move(line), std::exchange(reopen_, false)});
    }
    wake_.notify_one();
    return true;
}

void LineWriter::reopen() {
    {
        std::lock_guard lock(mutex_);
        reopen_ = true;
    }
    wake_.notify_one();
}

std::uint64_t LineWriter::lost() const {
    std::lock_guard lock(mutex_);
    return lost_;
}

void LineWriter::write_until_stopped() {
    for (;;) {
        std::deque<Queued> batch;
        std::uint64_t untold = 0;
        bool reopen_last = false;
        bool last = false;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || reopen_ || !queue_.empty(); });
            batch.swap(queue_);
            untold = std::exchange(lost_untold_, 0);
            reopen_last = std::exchange(reopen_, false);
            last = stopping_ && batch.empty();
        }
        std::uint64_t failed = 0;
        for (auto& queued : batch) {
            if (queued.reopen_first) open_anew();
            // A sink that took nothing until the end takes none of what is left: drop it unformatted.
            if (sink_is_stuck_ || !write_line(queued.line())) ++failed;
        }
        if (untold + failed > 0) tell_of_lost(untold, failed);
        if (reopen_last) open_anew();
        if (last) return;
    }
}

bool LineWriter::write_line(const std::string& line) {
    if (!sink_.file.empty() && sink_.max_size > 0 && size_ > 0 &&
        size_ + static_cast<std::int64_t>(line.size()) + 1 > sink_.max_size) {
        rotate();
    }
    const auto start = size_;
    if (write_bytes((torn_ ? "\n" : "") + line + '\n')) {
        torn_ = false;
        return true;
    }
    // Half a line must not spoil the next one: take it back, or at least end it.
    if (size_ > start) torn_ = ::ftruncate(descriptor_, start) != 0;
    if (!torn_) size_ = start;
    return false;
}

void LineWriter::tell_of_lost(std::uint64_t dropped, std::uint64_t failed) {
    const bool told = write_line(lost_line_(dropped + failed));
    std::lock_guard lock(mutex_);
    lost_ += failed;
    if (!told) lost_untold_ += dropped + failed;
}

// Pipes take at most PIPE_BUF bytes after poll() said they are writable without ever blocking (pipe(7)); so a
// reader that stands still holds this thread no longer than one poll(), and at the end no longer than the
// patience for all lines together: after it only what the sink takes at once is written.
bool LineWriter::write_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
        if (blocks_) {
            pollfd descriptor{descriptor_, POLLOUT, 0};
            const bool no_more_waiting = given_up();
            const int ready = ::poll(&descriptor, 1, no_more_waiting ? 0 : poll_milliseconds);
            if (ready == 0 && no_more_waiting) {
                sink_is_stuck_ = true;
                return false;
            }
            if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
        }
        const auto piece = blocks_ ? std::min<std::size_t>(bytes.size(), PIPE_BUF) : bytes.size();
        const auto written = ::write(descriptor_, bytes.data(), piece);
        if (written < 0) {
            if (errno == EINTR || (errno == EAGAIN && !given_up())) continue;
            return false;
        }
        size_ += written;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool LineWriter::given_up() const {
    std::lock_guard lock(mutex_);
    return stopping_ && std::chrono::steady_clock::now() >= give_up_at_;
}

void LineWriter::open_anew() {
    if (sink_.file.empty()) return;
    const int fresh = open_for_appending(sink_.file);
    if (fresh < 0) return;
    ::close(descriptor_);
    descriptor_ = fresh;
    size_ = size_of(fresh);
    torn_ = ends_within_a_line(fresh);
    blocks_ = !is_regular(fresh);
}

void LineWriter::rotate() {
    if (!is_named(descriptor_, sink_.file)) return open_anew();
    const auto numbered = [this](std::int64_t number) { return sink_.file + "." + std::to_string(number); };
    for (auto number = sink_.keep - 1; number >= 1; --number) {
        ::rename(numbered(number).c_str(), numbered(number + 1).c_str());
    }
    if (sink_.keep > 0) {
        ::rename(sink_.file.c_str(), numbered(1).c_str());
    } else {
        ::unlink(sink_.file.c_str());
    }
    open_anew();
}

}  // namespace chainmend::proxy
