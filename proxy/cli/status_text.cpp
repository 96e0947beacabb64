#include "proxy/cli/status_text.h"

#include <nlohmann/json.hpp>

#include "config/time.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

constexpr std::size_t max_rows = 20;  // of one table; a screen has some 50

std::string text_of(const Json& value) {
    return printable_ascii(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string number(std::int64_t value) {
    std::string digits = std::to_string(value);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

/// "45 s", "12 min", "3 h", "2 days"
std::string span(std::int64_t seconds) {
    if (seconds < 120) return std::to_string(seconds) + " s";
    if (seconds < 7200) return std::to_string(seconds / 60) + " min";
    if (seconds < 172'800) return std::to_string(seconds / 3600) + " h";
    return std::to_string(seconds / 86'400) + " days";
}

/// "1,234", "56.7 MB"
std::string bytes(double value) {
    const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    std::size_t unit = 0;
    for (; value >= 1000 && unit < 5; ++unit)
        value /= 1000;
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return text;
}

std::int64_t sum(const Json& counts) {
    std::int64_t sum = 0;
    for (const auto& [name, count] : counts.items())
        sum += count.get<std::int64_t>();
    return sum;
}

/// "3 (2 as_sent, 1 repaired)"
std::string counted(const Json& counts) {
    std::string parts;
    for (const auto& [name, count] : counts.items())
        parts +=
            (parts.empty() ? "" : ", ") + number(count.get<std::int64_t>()) + " " + printable_ascii(name);
    return number(sum(counts)) + (parts.empty() ? "" : "  (" + parts + ")");
}

std::string row(const std::string& name, const std::string& value) {
    return "  " + name + std::string(name.size() < 9 ? 9 - name.size() : 1, ' ') + value + "\n";
}

/// Where a field is missing or of another type, at() and get() throw: status_text catches.
class StatusScreen {
  public:
    StatusScreen(const Json& status, bool colours) : status_(status), colours_(colours) {}

    std::string text() const { return head() + traffic() + stores() + fetches(); }

  private:
    std::string marked(const std::string& text) const {
        return colours_ ? "\033[33m" + text + "\033[0m" : text;
    }

    std::int64_t uptime() const {
        const auto at = parse_rfc3339(status_.at("at").get<std::string>());
        const auto start = parse_rfc3339(status_.at("started_at").get<std::string>());
        return at && start ? (*at - *start).count() : 0;
    }

    std::string head() const {
        return "chainmend " + text_of(status_.at("version")) + " on http://" +
               text_of(status_.at("address")) + ", up " + span(uptime()) + ", " +
               (status_.at("ready").get<bool>() ? "serving" : marked("draining")) + "\n";
    }

    std::string traffic() const {
        const auto& decisions = status_.at("decisions");
        const auto& connections = status_.at("connections");
        const auto& relayed = status_.at("bytes");
        return row("clients", number(connections.at("open").get<std::int64_t>()) + " open, " +
                                  number(connections.at("accepted").get<std::int64_t>()) +
                                  " since the start") +
               row("accepted", counted(decisions.at("accepted"))) +
               row("refused", counted(decisions.at("refused"))) +
               row("repairs", counted(status_.at("repairs"))) +
               row("relayed", bytes(relayed.at("from_servers").get<double>()) + " from servers, " +
                                  bytes(relayed.at("from_clients").get<double>()) + " from clients");
    }

    std::string stores() const {
        const auto& issuers = status_.at("issuers");
        const auto& ca = status_.at("ca");
        std::string lines =
            row("trust", number(status_.at("trust").at("anchors").get<std::int64_t>()) + " anchors, " +
                             number(status_.at("trust").at("distrusted").get<std::int64_t>()) +
                             " entries distrusted") +
            row("issuers", number(issuers.at("stored").get<std::int64_t>()) + " stored in " +
                               text_of(issuers.at("directory"))) +
            list_row(issuers.at("list")) +
            row("CA",
                "valid until " + text_of(ca.at("not_after")).substr(0, 10) + ": " + text_of(ca.at("file")));
        lines += history_row(status_.at("history")) + monitor_row(status_.at("monitor"));
        const auto lost = status_.at("log").at("lines_lost").get<std::int64_t>();
        if (lost > 0) lines += row("log", marked(number(lost) + " lines lost"));
        return lines;
    }

    std::string history_row(const Json& history) const {
        if (history.is_null()) return "";
        const auto lost = history.at("lost").get<std::int64_t>();
        return row("history", number(history.at("written").get<std::int64_t>()) + " records written" +
                                  (lost > 0 ? ", " + marked(number(lost) + " lost") : "") + ", in " +
                                  text_of(history.at("file"))) +
               (history.at("problem").is_null() ? "" : row("", marked(text_of(history.at("problem")))));
    }

    std::string monitor_row(const Json& monitor) const {
        if (monitor.is_null() || monitor.at("hosts").get<std::int64_t>() == 0) return "";
        const auto bad = monitor.at("bad_looks").get<std::int64_t>();
        const auto undelivered =
            monitor.at("failed").get<std::int64_t>() + monitor.at("dropped").get<std::int64_t>();
        return row("monitor",
                   number(monitor.at("hosts").get<std::int64_t>()) + " hosts, " +
                       number(monitor.at("looks").get<std::int64_t>()) + " looks" +
                       (bad > 0 ? ", " + marked(number(bad) + " bad") : "") + ", " +
                       number(monitor.at("events").get<std::int64_t>()) + " events" +
                       (undelivered > 0 ? ", " + marked(number(undelivered) + " not delivered") : ""));
    }

    std::string list_row(const Json& list) const {
        if (list.is_null()) return "";
        const auto result = text_of(list.at("result"));
        const bool fine = result == "ok" || result == "not_modified";
        return row("list", text_of(list.at("url")) + ", " +
                               (result.empty() ? "not looked at yet"
                                : fine         ? result
                                               : marked(result)) +
                               ", " + number(list.at("taken").get<std::int64_t>()) + " issuers taken");
    }

    std::string fetches() const {
        const auto& fetches = status_.at("fetches");
        return row("fetches", counted(fetches.at("results")) + ", " +
                                  number(fetches.at("in_flight").get<std::int64_t>()) + " under way, " +
                                  number(fetches.at("joined").get<std::int64_t>()) + " shared, " +
                                  number(fetches.at("remembered").get<std::int64_t>()) + " from memory") +
               failures(fetches.at("remembered_failures")) + broken_hosts(fetches.at("broken_hosts"));
    }

    std::string failures(const Json& failures) const {
        if (failures.empty()) return "";
        std::string lines = "\nnot asked again for a while\n";
        for (std::size_t i = 0; i < failures.size() && i < max_rows; ++i) {
            const auto& failure = failures.at(i);
            lines += "  " + text_of(failure.at("url")) + "  " + marked(text_of(failure.at("result"))) +
                     ", for " + span(failure.at("seconds_left").get<std::int64_t>()) + "\n";
        }
        return lines + more(failures.size());
    }

    std::string broken_hosts(const Json& hosts) const {
        if (hosts.empty()) return "";
        std::string lines = "\nhosts that keep failing\n";
        for (std::size_t i = 0; i < hosts.size() && i < max_rows; ++i) {
            const auto& host = hosts.at(i);
            const auto wait = host.at("probe_in_seconds").get<std::int64_t>();
            lines +=
                "  " + text_of(host.at("host")) + "  " + marked(text_of(host.at("state"))) + ", " +
                number(host.at("failures").get<std::int64_t>()) + " failures in a row, " +
                (wait > 0 ? "left alone for " + span(wait) : "the next fetch is let through as a probe") +
                "\n";
        }
        return lines + more(hosts.size());
    }

    static std::string more(std::size_t rows) {
        return rows > max_rows ? "  and " + std::to_string(rows - max_rows) + " more (--json has them all)\n"
                               : "";
    }

    const Json& status_;
    const bool colours_;
};

}  // namespace

Result<std::string> status_text(const Json& status, bool colours) {
    try {
        return StatusScreen(status, colours).text();
    } catch (const Json::exception& error) {
        return Error{ErrorCode::environment,
                     std::string("the proxy's status can not be read: ") + printable_ascii(error.what())};
    }
}

}  // namespace chainmend::proxy
