#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "config/result.h"

namespace chainmend::proxy {

/// Where lines go: a file that is appended to and rotated, or a descriptor that somebody else owns.
struct LineSink {
    std::string file;                           ///< empty: `descriptor` is used
    int descriptor = 1;                         ///< not closed
    std::int64_t max_size = 100 * 1024 * 1024;  ///< bytes after which the file becomes file.1; 0: never
    std::int64_t keep = 5;                      ///< rotated files kept: file.1 is the newest
};

/// Writes lines in order on a thread of its own, so that a slow disk or a blocked pipe never holds up a loop:
/// push() takes a mutex for the length of a list insertion and nothing else. When the queue is full the line
/// is dropped and counted; the count is told by `lost_line` before the next line that gets through.
class LineWriter {
  public:
    /// A line without its newline, made on the writer's thread: formatting costs the loop nothing.
    using Line = std::function<std::string()>;

    /// Opens the sink. ErrorCode::environment when the file can not be opened for appending. `lost_line`
    /// makes the line that tells of `count` lines lost.
    static Result<std::unique_ptr<LineWriter>> make(LineSink sink,
                                                    std::function<std::string(std::uint64_t count)> lost_line,
                                                    std::size_t capacity = default_capacity);
    /// Writes what is queued, but waits no longer than a second, for all lines together, for a sink that does
    /// not take them; what is left then is dropped.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// From any thread; never blocks on the sink. False when the line was dropped.
    bool push(Line line);
    /// Opens the file anew under its name before the next line (after an outside rotation). From any thread;
    /// lines pushed before go to the old file. When that fails the old file stays in use.
    void reopen();
    /// Lines dropped or not written since construction.
    std::uint64_t lost() const;

    /// Lines that may wait: a decision with a full verdict takes 2 to 8 KiB, so this is 8 to 32 MiB at worst,
    /// and at 1,000 decisions a second the sink may stand still for four seconds.
    static constexpr std::size_t default_capacity = 4096;

  private:
    LineWriter(LineSink sink, int descriptor, std::int64_t size,
               std::function<std::string(std::uint64_t)> lost_line, std::size_t capacity);
    void write_until_stopped();
    bool write_line(const std::string& line);
    void tell_of_lost(std::uint64_t dropped, std::uint64_t failed);
    bool write_bytes(std::string_view bytes);
    void open_anew();
    void rotate();
    bool given_up() const;

    struct Queued {
        Line line;
        bool reopen_first = false;
    };

    const LineSink sink_;
    const std::function<std::string(std::uint64_t)> lost_line_;
    const std::size_t capacity_;
    int descriptor_;  // the writer's thread only, as is size_
    std::int64_t size_;
    bool torn_;                   // the last line in the file is not whole: the next one begins with its end
    bool sink_is_stuck_ = false;  // at the end, when nothing is waited for any more
    bool blocks_;  // a pipe, socket or terminal: written in pieces that poll() says will not block

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Queued> queue_;
    bool reopen_ = false;
    bool stopping_ = false;
    std::uint64_t lost_ = 0;
    std::uint64_t lost_untold_ = 0;
    std::chrono::steady_clock::time_point give_up_at_{};
    std::thread thread_;
};

}  // namespace chainmend::proxy
