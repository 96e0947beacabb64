#include "proxy/log/human_line.h"

#include <cstdio>
#include <ctime>

#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

constexpr std::size_t server_column = 32;
constexpr std::size_t note_column = 50;
constexpr std::size_t client_column = 16;

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string local_time_of_day(RecordTime time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec);
    return text;
}

std::string plural(std::int64_t count, const std::string& word) {
    return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

// "1 issuer fetched (R13, 41 ms)" or "1 issuer from the store (R13)"
std::string repair_note(const certs::Verdict& verdict) {
    std::int64_t fetched = 0;
    std::int64_t added = 0;
    std::string first;
    for (const auto& element : verdict.path) {
        if (element.source == certs::Source::server || element.source == certs::Source::trust) continue;
        ++added;
        fetched += element.source == certs::Source::aia;
        if (first.empty()) first = element.certificate->display_name();
    }
    std::int64_t milliseconds = 0;
    for (const auto& fetch : verdict.fetches)
        milliseconds += fetch.milliseconds;
    if (added == 0) return "repaired";
    if (fetched == 0) return plural(added, "issuer") + " from the store (" + first + ")";
    return plural(added, "issuer") + " fetched (" + first + ", " + std::to_string(milliseconds) + " ms)";
}

std::string accepted_note(const certs::Verdict& verdict) {
    using certs::How;
    std::string note = "as sent";
    switch (verdict.how.value_or(How::as_sent)) {
        case How::as_sent:
            break;
        case How::reordered:
            note = "sent out of order";
            break;
        case How::repaired:
            return repair_note(verdict);
        case How::alternate_path:
            note = "by another path than sent";
            break;
        case How::by_exception:
            note = "by exception";
            break;
    }
    if (verdict.expires) note += ", " + plural(verdict.expires->days, "day") + " left";
    return note;
}

struct Outcome {
    const char* word;
    const char* colour;
};

Outcome outcome_of(const DecisionRecord& record) {
    constexpr const char* green = "\x1b[32m";
    constexpr const char* yellow = "\x1b[33m";
    constexpr const char* red = "\x1b[31m";
    if (!record.accepted) return {"refused", red};
    const bool as_sent = !record.verdict || record.verdict->how == certs::How::as_sent;
    if (as_sent) return {"accepted", green};
    return {record.verdict->how == certs::How::repaired ? "repaired" : "accepted", yellow};
}

// The product name of a User-Agent: "python-requests/2.28" is shown as "python-requests".
std::string client_name(const std::string& user_agent) {
    return printable_ascii(user_agent.substr(0, user_agent.find_first_of("/ ")), 24);
}

}  // namespace

std::string human_line(const DecisionRecord& record, bool colours) {
    const auto outcome = outcome_of(record);
    auto word = padded(outcome.word, 9);
    if (colours) word = outcome.colour + word + "\x1b[0m";
    auto note = record.accepted && record.verdict ? accepted_note(*record.verdict)
                                                  : record.reason + ": " + record.detail;
    auto server = printable_ascii(record.host, 255);
    if (record.server.port > 0) server += ":" + std::to_string(record.server.port);
    auto line = local_time_of_day(record.at) + " " + word + " " + padded(server, server_column) + " " +
                padded(printable_ascii(note), note_column) + " " +
                padded(client_name(record.user_agent), client_column);
    if (!record.accepted) line += " chainmend explain " + record.id;
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

}  // namespace chainmend::proxy
