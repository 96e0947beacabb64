#include "proxy/audit/audit_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "proxy/audit/explanation.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

using Row = std::vector<std::string>;

// Changes told of one time: what a person reads. The history keeps them all.
constexpr std::size_t max_changes = 1000;

std::string minute(RecordTime time) {
    return moment(time).substr(0, 16);
}

std::int64_t days_left(Time from, Time to) {
    return std::chrono::floor<std::chrono::days>(to - from).count();
}

/// Columns side by side; numbers to the right; the last column takes what is left of the line.
class Table {
  public:
    Table(std::string name, Row header, std::set<std::size_t> numbers)
        : name_(std::move(name)), header_(std::move(header)), numbers_(std::move(numbers)) {}

    void add(Row row) { rows_.push_back(std::move(row)); }

    std::string text(std::size_t width, std::size_t most) const {
        if (rows_.empty()) return "";
        const auto shown = std::min(rows_.size(), most);
        std::vector<std::size_t> widths(header_.size(), 0);
        measure(header_, widths);
        for (std::size_t i = 0; i < shown; ++i)
            measure(rows_[i], widths);
        widths[0] = std::min(widths[0], std::max<std::size_t>(width / 3, 12));
        std::string out = "\n" + line(header_, widths, width);
        for (std::size_t i = 0; i < shown; ++i)
            out += line(rows_[i], widths, width);
        if (shown < rows_.size())
            out += "and " + std::to_string(rows_.size() - shown) + " more " + name_ + " (--limit, --json)\n";
        return out;
    }

  private:
    static void measure(const Row& row, std::vector<std::size_t>& widths) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    std::string line(const Row& row, const std::vector<std::size_t>& widths, std::size_t width) const {
        std::string out;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const auto room = i + 1 < row.size() ? widths[i] : std::max(width, out.size()) - out.size();
            const auto cell = printable_ascii(row[i], room);
            const std::string pad(i + 1 < row.size() ? widths[i] - cell.size() : 0, ' ');
            out += (numbers_.contains(i) ? pad + cell : cell + pad) + (i + 1 < row.size() ? "  " : "");
        }
        out.resize(std::min(out.size(), width));
        out.erase(out.find_last_not_of(' ') + 1);
        return out + "\n";
    }

    std::string name_;
    Row header_;
    std::set<std::size_t> numbers_;
    std::vector<Row> rows_;
};

/// "refused for  expired 12, issuer_not_found 3": most frequent first.
std::string totals(const std::string& what, const std::map<std::string, std::uint64_t>& counts) {
    std::vector<std::pair<std::uint64_t, std::string>> sorted;
    for (const auto& [name, count] : counts)
        sorted.emplace_back(count, name);
    std::sort(sorted.rbegin(), sorted.rend());
    std::string text;
    for (const auto& [count, name] : sorted)
        text += (text.empty() ? "" : ", ") + name + " " + std::to_string(count);
    return text.empty() ? "" : what + ": " + text + "\n";
}

Json counts_json(const std::map<std::string, std::uint64_t>& counts) {
    Json object = Json::object();
    for (const auto& [name, count] : counts)
        object[name] = count;
    return object;
}

std::string summary(const AuditReport& report) {
    std::string range = "all that is kept";
    if (report.filter.since && report.filter.until) {
        range = minute(*report.filter.since) + " to " + minute(*report.filter.until) + " UTC";
    } else if (report.filter.since) {
        range = "since " + minute(*report.filter.since) + " UTC";
    } else if (report.filter.until) {
        range = "until " + minute(*report.filter.until) + " UTC";
    }
    const auto count = [](std::uint64_t number, const std::string& noun) {
        return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
    };
    return range + ": " + count(report.decisions, "decision") + " about " + count(report.hosts, "host") +
           "\n" + std::to_string(report.accepted) + " accepted (" + std::to_string(report.repaired) +
           " repaired), " + std::to_string(report.refused) + " refused\n" +
           totals("repaired from", report.by_source) + totals("refused for", report.by_reason);
}

std::string csv_cell(std::string text) {
    text = printable_ascii(text);
    if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos)
        text.insert(0, "'");
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

/// Fields of one line, by column; what a table does not have stays empty.
struct CsvLine {
    std::string table, host, port, reason, how, source, count, first, last, id, expires, days, detail;

    std::string text() const {
        std::string out;
        for (const auto* field : {&table, &host, &port, &reason, &how, &source, &count, &first, &last, &id,
                                  &expires, &days, &detail})
            out += (out.empty() ? "" : ",") + csv_cell(*field);
        return out + "\r\n";
    }
};

CsvLine tally_line(const std::string& table, const DecisionTally& tally) {
    return {table,
            tally.host,
            std::to_string(tally.port),
            tally.reason,
            tally.how,
            tally.source,
            std::to_string(tally.count),
            to_rfc3339_milliseconds(tally.first),
            to_rfc3339_milliseconds(tally.last),
            tally.last_id,
            "",
            "",
            tally.detail};
}

Json tally_json(const std::vector<DecisionTally>& tallies) {
    Json array = Json::array();
    for (const auto& tally : tallies) {
        array.push_back({{"host", tally.host},
                         {"port", tally.port},
                         {"reason", tally.reason},
                         {"how", tally.how.empty() ? Json(nullptr) : Json(tally.how)},
                         {"source", tally.source.empty() ? Json(nullptr) : Json(tally.source)},
                         {"count", tally.count},
                         {"first", to_rfc3339_milliseconds(tally.first)},
                         {"last", to_rfc3339_milliseconds(tally.last)},
                         {"last_id", tally.last_id},
                         {"detail", tally.detail}});
    }
    return array;
}

Json time_json(const std::optional<RecordTime>& time) {
    return time ? Json(to_rfc3339_milliseconds(*time)) : Json(nullptr);
}

}  // namespace

Result<AuditReport> audit(HistoryQuery& history, const HistoryFilter& filter, Time now,
                          std::int64_t warn_days) {
    AuditReport report;
    report.filter = filter;
    report.now = now;
    auto tallies = history.tally(filter);
    if (!tallies) return tallies.error();
    std::set<std::pair<std::string, int>> hosts;
    for (auto& tally : *tallies) {
        hosts.emplace(tally.host, tally.port);
        report.decisions += tally.count;
        (tally.accepted ? report.accepted : report.refused) += tally.count;
        const bool repaired = tally.how == "repaired" || tally.how == "alternate_path";
        if (repaired) report.repaired += tally.count;
        if (!tally.accepted) report.by_reason[tally.reason] += tally.count;
        if (!tally.source.empty()) report.by_source[tally.source] += tally.count;
        if (!tally.accepted) {
            report.failures.push_back(std::move(tally));
        } else if (repaired || !tally.source.empty()) {
            report.repairs.push_back(std::move(tally));
        }
    }
    report.hosts = hosts.size();
    auto expiring = history.expiring(filter, now + std::chrono::days{warn_days});
    if (!expiring) return expiring.error();
    report.expiring = *std::move(expiring);
    auto changes = history.changes(filter, max_changes);
    if (!changes) return changes.error();
    report.changes = *std::move(changes);
    auto servers = history.issuer_servers(filter);
    if (!servers) return servers.error();
    report.issuer_servers = *std::move(servers);
    return report;
}

std::string audit_text(const AuditReport& report, std::size_t width, std::size_t rows) {
    std::string out;
    for (const auto& line : lines_of(summary(report)))
        out += line.substr(0, width) + "\n";
    Table failures("refused", {"REFUSED", "COUNT", "LAST", "DECISION", "REASON"}, {1});
    for (const auto& tally : report.failures)
        failures.add({server_name(tally.host, tally.port), std::to_string(tally.count), minute(tally.last),
                      tally.last_id, tally.reason + ": " + tally.detail});
    Table repairs("repaired", {"REPAIRED", "COUNT", "LAST", "DECISION", "HOW"}, {1});
    for (const auto& tally : report.repairs)
        repairs.add({server_name(tally.host, tally.port), std::to_string(tally.count), minute(tally.last),
                     tally.last_id, tally.how + (tally.source.empty() ? "" : " from " + tally.source)});
    Table expiring("expiring", {"EXPIRING", "DAYS", "ON", "STATE", "CERTIFICATE"}, {1});
    for (const auto& host : report.expiring)
        expiring.add({server_name(host.host, host.port), std::to_string(days_left(report.now, host.expires)),
                      to_date(host.expires), host.state, host.certificate});
    Table changes("changed", {"CHANGED", "WHEN", "WHAT", "DETAIL"}, {});
    for (const auto& change : report.changes)
        changes.add({server_name(change.host, change.port), minute(change.at), change.kind, change.detail});
    Table servers("issuer servers", {"ISSUER SERVER", "FETCHES", "FAILED", "MS", "WORST MS"}, {1, 2, 3});
    for (const auto& server : report.issuer_servers)
        servers.add({server.host, std::to_string(server.fetches), std::to_string(server.failures),
                     std::to_string(server.average_ms), std::to_string(server.worst_ms)});
    for (const auto* table : {&failures, &repairs, &expiring, &changes, &servers})
        out += table->text(width, rows);
    return out;
}

Json audit_json(const AuditReport& report) {
    Json expiring = Json::array();
    for (const auto& host : report.expiring)
        expiring.push_back({{"host", host.host},
                            {"port", host.port},
                            {"expires", to_rfc3339(host.expires)},
                            {"days", days_left(report.now, host.expires)},
                            {"certificate", host.certificate},
                            {"state", host.state},
                            {"last_seen", to_rfc3339_milliseconds(host.last_seen)}});
    Json changes = Json::array();
    for (const auto& change : report.changes)
        changes.push_back({{"at", to_rfc3339_milliseconds(change.at)},
                           {"host", change.host},
                           {"port", change.port},
                           {"kind", change.kind},
                           {"detail", change.detail}});
    Json servers = Json::array();
    for (const auto& server : report.issuer_servers)
        servers.push_back({{"host", server.host},
                           {"fetches", server.fetches},
                           {"failures", server.failures},
                           {"average_ms", server.average_ms},
                           {"worst_ms", server.worst_ms}});
    return {{"v", 1},
            {"since", time_json(report.filter.since)},
            {"until", time_json(report.filter.until)},
            {"decisions", report.decisions},
            {"hosts", report.hosts},
            {"accepted", report.accepted},
            {"repaired", report.repaired},
            {"refused", report.refused},
            {"by_reason", counts_json(report.by_reason)},
            {"by_source", counts_json(report.by_source)},
            {"failures", tally_json(report.failures)},
            {"repairs", tally_json(report.repairs)},
            {"expiring", std::move(expiring)},
            {"changes", std::move(changes)},
            {"issuer_servers", std::move(servers)}};
}

std::string audit_csv(const AuditReport& report) {
    std::string out = "table,host,port,reason,how,source,count,first,last,id,expires,days,detail\r\n";
    for (const auto& tally : report.failures)
        out += tally_line("refused", tally).text();
    for (const auto& tally : report.repairs)
        out += tally_line("repaired", tally).text();
    for (const auto& host : report.expiring) {
        CsvLine line{"expiring", host.host, std::to_string(host.port)};
        line.last = to_rfc3339_milliseconds(host.last_seen);
        line.expires = to_rfc3339(host.expires);
        line.days = std::to_string(days_left(report.now, host.expires));
        line.detail = host.state + ": " + host.certificate;
        out += line.text();
    }
    for (const auto& change : report.changes) {
        CsvLine line{"changed", change.host, std::to_string(change.port), change.kind};
        line.last = to_rfc3339_milliseconds(change.at);
        line.detail = change.detail;
        out += line.text();
    }
    for (const auto& server : report.issuer_servers) {
        CsvLine line{"issuer_server", server.host};
        line.count = std::to_string(server.fetches);
        line.detail = std::to_string(server.failures) + " failed, " + std::to_string(server.average_ms) +
                      " ms on average, " + std::to_string(server.worst_ms) + " ms at worst";
        out += line.text();
    }
    return out;
}

}  // namespace chainmend::proxy
