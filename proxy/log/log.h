#pragma once

#include <memory>
#include <string>

#include "config/result.h"
#include "config/settings.h"
#include "proxy/log/decision_record.h"
#include "proxy/log/host_event.h"
#include "proxy/log/line_writer.h"

namespace chainmend::proxy {

enum class Level { info, warning, error };

/// Everything the running proxy tells: decisions and tunnels as JSON lines to `log.file`, notes for people to
/// stderr. Where a person is watching (stdout is the log and a terminal, or stderr is one) decisions are
/// shown as lines for people: on a terminal stdout in place of the JSON, else on stderr beside it.
///
/// Thread-safe; no call waits for a disk, a pipe or a terminal.
class Log {
  public:
    /// ErrorCode::environment when the file can not be opened.
    static Result<std::unique_ptr<Log>> make(const config::LogSettings& settings);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void decision(std::shared_ptr<const DecisionRecord> record);
    void tunnel(TunnelRecord record);
    /// A line of the record, and a note for people.
    void event(const HostEvent& event);
    /// One line on stderr: "chainmend: warning: TEXT". Control characters in `text` are replaced.
    void note(Level level, const std::string& text);

    /// The file was moved away: open it anew under its name.
    void reopen();
    /// Lines of the log that were dropped because its sink did not keep up or failed.
    std::uint64_t lost() const { return records_->lost(); }

  private:
    Log(std::unique_ptr<LineWriter> records, std::unique_ptr<LineWriter> notes, bool json,
        bool people_on_stdout, bool people_on_stderr, bool colours);

    const std::unique_ptr<LineWriter> records_;
    const std::unique_ptr<LineWriter> notes_;
    const bool json_;
    const bool people_on_stdout_;
    const bool people_on_stderr_;
    const bool colours_;
};

}  // namespace chainmend::proxy
