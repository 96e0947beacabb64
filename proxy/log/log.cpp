#include "proxy/log/log.h"

#include <unistd.h>

#include <cstdlib>

#include "proxy/log/human_line.h"
#include "proxy/report/printable.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

RecordTime now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string lost_record(std::uint64_t count) {
    return to_line({{"@timestamp", to_rfc3339_milliseconds(now())},
                    {"event", {{"kind", "event"}, {"action", "log-lines-lost"}, {"outcome", "failure"}}},
                    {"chainmend", {{"v", 1}, {"lost", count}}}});
}

std::string lost_note(std::uint64_t count) {
    return "chainmend: warning: " + std::to_string(count) + " lines could not be written here";
}

const char* to_string(Level level) {
    switch (level) {
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    return "error";
}

}  // namespace

Result<std::unique_ptr<Log>> Log::make(const config::LogSettings& settings) {
    const bool to_stdout = settings.file == "-";
    const bool watched = to_stdout && ::isatty(STDOUT_FILENO) == 1;
    const bool stderr_watched = !watched && ::isatty(STDERR_FILENO) == 1;
    LineSink sink{to_stdout ? "" : settings.file, STDOUT_FILENO, settings.max_size, settings.keep};
    auto records = LineWriter::make(std::move(sink), watched ? lost_note : lost_record);
    if (!records) return records.error().in("log.file");
    auto notes = LineWriter::make({"", STDERR_FILENO, 0, 0}, lost_note);
    if (!notes) return notes.error();
    const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
    const bool colours = no_color == nullptr || *no_color == '\0';
    return std::unique_ptr<Log>(new Log(std::move(records).value(), std::move(notes).value(), !watched,
                                        watched, stderr_watched, colours));
}

Log::Log(std::unique_ptr<LineWriter> records, std::unique_ptr<LineWriter> notes, bool json,
         bool people_on_stdout, bool people_on_stderr, bool colours)
    : records_(std::move(records)),
      notes_(std::move(notes)),
      json_(json),
      people_on_stdout_(people_on_stdout),
      people_on_stderr_(people_on_stderr),
      colours_(colours) {}

Log::~Log() = default;

void Log::decision(std::shared_ptr<const DecisionRecord> record) {
    if (json_) records_->push([record] { return to_line(decision_json(*record)); });
    if (!people_on_stdout_ && !people_on_stderr_) return;
    auto& writer = people_on_stdout_ ? *records_ : *notes_;
    writer.push([record, colours = colours_] { return human_line(*record, colours); });
}

void Log::tunnel(TunnelRecord record) {
    if (json_) records_->push([record = std::move(record)] { return to_line(tunnel_json(record)); });
}

void Log::event(const HostEvent& event) {
    if (json_) records_->push([event] { return to_line(host_event_json(event)); });
    note(Level::warning, host_event_text(event));
}

void Log::note(Level level, const std::string& text) {
    notes_->push([line = std::string("chainmend: ") + to_string(level) + ": " + printable_ascii(text)] {
        return line;
    });
}

void Log::reopen() {
    records_->reopen();
}

}  // namespace chainmend::proxy
