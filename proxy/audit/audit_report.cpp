#include "proxy/audit/audit_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "proxy/audit/explanation.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

using Row = std::vector<std::string>;

std::string minute(RecordTime time) {
    return moment(time).substr(0, 16);
}

/// Columns side by side; numbers to the right; the last column takes what is left of the line.
class Table {
  public:
    /// `more`: rows that there are beyond those that will be added.
    Table(std::string name, std::uint64_t more, Row header, std::set<std::size_t> numbers)
        : name_(std::move(name)), more_(more), header_(std::move(header)), numbers_(std::move(numbers)) {}

    void add(Row row) { rows_.push_back(std::move(row)); }

    std::string text(std::size_t width) const {
        if (rows_.empty()) return "";
        std::vector<std::size_t> widths(header_.size(), 0);
        measure(header_, widths);
        for (const auto& row : rows_)
            measure(row, widths);
        widths[0] = std::min(widths[0], std::max<std::size_t>(width / 3, 12));
        std::string out = "\n" + line(header_, widths, width);
        for (const auto& row : rows_)
            out += line(row, widths, width);
        if (more_ > 0) out += "and " + std::to_string(more_) + " more " + name_ + " (--limit, --json)\n";
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
    std::uint64_t more_;
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

/// In lines of at most `width`, broken after a comma; those after the first are set in.
std::string wrapped(const std::string& text, std::size_t width) {
    constexpr std::size_t indent = 2;
    std::string out;
    std::string rest = text;
    while (rest.size() > width) {
        auto end = rest.rfind(", ", width - 1);
        end = end == std::string::npos || end < indent ? rest.find(", ") : end;
        if (end == std::string::npos) break;
        out += rest.substr(0, end + 1) + "\n";
        rest = std::string(indent, ' ') + rest.substr(end + 2);
    }
    return out + rest + "\n";
}

Json counts_json(const std::map<std::string, std::uint64_t>& counts) {
    Json object = Json::object();
    for (const auto& [name, count] : counts)
        object[name] = count;
    return object;
}

/// Clients that were not set up: what they asked for worked, and they did not take it.
std::string distrustful_line(std::uint64_t tunnels) {
    if (tunnels == 0) return "";
    return std::to_string(tunnels) + (tunnels == 1 ? " tunnel" : " tunnels") +
           " ended by a client that does not trust the CA (chainmend doctor)\n";
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
    const auto& tallies = report.tallies;
    return range + ": " + count(tallies.decisions, "decision") + " about " + count(tallies.hosts, "host") +
           "\n" + std::to_string(tallies.accepted) + " accepted (" + std::to_string(report.repaired()) +
           " repaired), " + std::to_string(report.refused()) + " refused\n" +
           totals("repaired from", tallies.by_source) + totals("refused for", tallies.by_reason) +
           distrustful_line(tallies.distrustful);
}

/// Our own: numbers, times, words of the program.
std::string csv_cell(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

/// What others wrote must not be taken for a formula.
std::string csv_foreign_cell(const std::string& text) {
    const auto printable = printable_ascii(text);
    const bool is_formula =
        !printable.empty() && std::string_view("=+-@").find(printable.front()) != std::string_view::npos;
    return csv_cell(is_formula ? "'" + printable : printable);
}

/// Fields of one line, by column; what a table does not have stays empty.
struct CsvLine {
    std::string table, host, port, reason, how, source, count, first, last, id, expires, days, detail;

    std::string text() const {
        std::string out = csv_cell(table);
        for (const auto* field :
             {&host, &port, &reason, &how, &source, &count, &first, &last, &id, &expires, &days, &detail}) {
            const bool is_foreign = field == &host || field == &detail;
            out += "," + (is_foreign ? csv_foreign_cell(*field) : csv_cell(*field));
        }
        return out + "\r\n";
    }
};

CsvLine left_out_line(const std::string& table, std::uint64_t more) {
    CsvLine line{"left_out"};
    line.count = std::to_string(more);
    line.detail = "rows of the table " + table;
    return line;
}

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

std::uint64_t AuditReport::repaired() const {
    std::uint64_t count = 0;
    for (const auto how : {certs::How::repaired, certs::How::alternate_path}) {
        const auto found = tallies.by_how.find(certs::to_string(how));
        if (found != tallies.by_how.end()) count += found->second;
    }
    return count;
}

Result<AuditReport> audit(HistoryQuery& history, const HistoryFilter& filter, Time now,
                          std::int64_t warn_days, std::size_t rows) {
    AuditReport report;
    report.filter = filter;
    report.now = now;
    auto tallies = history.tally(filter, rows);
    if (!tallies) return tallies.error();
    report.tallies = *std::move(tallies);
    auto expiring = history.expiring(filter, now + std::chrono::days{warn_days}, rows);
    if (!expiring) return expiring.error();
    report.expiring = *std::move(expiring);
    auto changes = history.changes(filter, rows);
    if (!changes) return changes.error();
    report.changes = *std::move(changes);
    auto servers = history.issuer_servers(filter, rows);
    if (!servers) return servers.error();
    report.issuer_servers = *std::move(servers);
    return report;
}

std::string audit_text(const AuditReport& report, std::size_t width) {
    std::string out;
    for (const auto& line : lines_of(summary(report)))
        out += wrapped(line, width);
    const auto& tallies = report.tallies;
    Table refused("refused", tallies.refused.more, {"REFUSED", "COUNT", "LAST", "DECISION", "REASON"}, {1});
    for (const auto& tally : tallies.refused.rows)
        refused.add({server_name(tally.host, tally.port), std::to_string(tally.count), minute(tally.last),
                     tally.last_id, tally.reason + ": " + tally.detail});
    Table repaired("repaired", tallies.repaired.more, {"REPAIRED", "COUNT", "LAST", "DECISION", "HOW"}, {1});
    for (const auto& tally : tallies.repaired.rows)
        repaired.add({server_name(tally.host, tally.port), std::to_string(tally.count), minute(tally.last),
                      tally.last_id, tally.how + (tally.source.empty() ? "" : " from " + tally.source)});
    Table expiring("expiring", report.expiring.more, {"EXPIRING", "DAYS", "ON", "STATE", "CERTIFICATE"}, {1});
    for (const auto& host : report.expiring.rows)
        expiring.add({server_name(host.host, host.port),
                      std::to_string(whole_days(host.expires - report.now)), to_date(host.expires),
                      host.state, host.certificate});
    Table changes("changed", report.changes.more, {"CHANGED", "WHEN", "WHAT", "DETAIL"}, {});
    for (const auto& change : report.changes.rows)
        changes.add({server_name(change.host, change.port), minute(change.at), change.kind, change.detail});
    Table servers("issuer servers", report.issuer_servers.more,
                  {"ISSUER SERVER", "FETCHES", "FAILED", "MS", "WORST MS"}, {1, 2, 3});
    for (const auto& server : report.issuer_servers.rows)
        servers.add({server.host, std::to_string(server.fetches), std::to_string(server.failures),
                     std::to_string(server.average_ms), std::to_string(server.worst_ms)});
    for (const auto* table : {&refused, &repaired, &expiring, &changes, &servers})
        out += table->text(width);
    return out;
}

Json audit_json(const AuditReport& report) {
    const auto& tallies = report.tallies;
    Json expiring = Json::array();
    for (const auto& host : report.expiring.rows)
        expiring.push_back({{"host", host.host},
                            {"port", host.port},
                            {"expires", to_rfc3339(host.expires)},
                            {"days", whole_days(host.expires - report.now)},
                            {"certificate", host.certificate},
                            {"state", host.state},
                            {"last_seen", to_rfc3339_milliseconds(host.last_seen)}});
    Json changes = Json::array();
    for (const auto& change : report.changes.rows)
        changes.push_back({{"at", to_rfc3339_milliseconds(change.at)},
                           {"host", change.host},
                           {"port", change.port},
                           {"kind", change.kind},
                           {"detail", change.detail}});
    Json servers = Json::array();
    for (const auto& server : report.issuer_servers.rows)
        servers.push_back({{"host", server.host},
                           {"fetches", server.fetches},
                           {"failures", server.failures},
                           {"average_ms", server.average_ms},
                           {"worst_ms", server.worst_ms}});
    return {{"v", 1},
            {"since", time_json(report.filter.since)},
            {"until", time_json(report.filter.until)},
            {"decisions", tallies.decisions},
            {"hosts", tallies.hosts},
            {"accepted", tallies.accepted},
            {"repaired", report.repaired()},
            {"refused", report.refused()},
            {"by_reason", counts_json(tallies.by_reason)},
            {"by_how", counts_json(tallies.by_how)},
            {"by_source", counts_json(tallies.by_source)},
            {"client_distrusts_ca", tallies.distrustful},
            {"failures", tally_json(tallies.refused.rows)},
            {"repairs", tally_json(tallies.repaired.rows)},
            {"expiring", std::move(expiring)},
            {"changes", std::move(changes)},
            {"issuer_servers", std::move(servers)},
            {"left_out",
             {{"failures", tallies.refused.more},
              {"repairs", tallies.repaired.more},
              {"expiring", report.expiring.more},
              {"changes", report.changes.more},
              {"issuer_servers", report.issuer_servers.more}}}};
}

std::string audit_csv(const AuditReport& report) {
    std::string out = "table,host,port,reason,how,source,count,first,last,id,expires,days,detail\r\n";
    for (const auto& tally : report.tallies.refused.rows)
        out += tally_line("refused", tally).text();
    for (const auto& tally : report.tallies.repaired.rows)
        out += tally_line("repaired", tally).text();
    for (const auto& host : report.expiring.rows) {
        CsvLine line{"expiring", host.host, std::to_string(host.port)};
        line.last = to_rfc3339_milliseconds(host.last_seen);
        line.expires = to_rfc3339(host.expires);
        line.days = std::to_string(whole_days(host.expires - report.now));
        line.detail = host.state + ": " + host.certificate;
        out += line.text();
    }
    for (const auto& change : report.changes.rows) {
        CsvLine line{"changed", change.host, std::to_string(change.port), change.kind};
        line.last = to_rfc3339_milliseconds(change.at);
        line.detail = change.detail;
        out += line.text();
    }
    for (const auto& server : report.issuer_servers.rows) {
        CsvLine line{"issuer_server", server.host};
        line.count = std::to_string(server.fetches);
        line.detail = std::to_string(server.failures) + " failed, " + std::to_string(server.average_ms) +
                      " ms on average, " + std::to_string(server.worst_ms) + " ms at worst";
        out += line.text();
    }
    for (const auto& [table, more] :
         {std::pair{"refused", report.tallies.refused.more},
          std::pair{"repaired", report.tallies.repaired.more}, std::pair{"expiring", report.expiring.more},
          std::pair{"changed", report.changes.more},
          std::pair{"issuer_server", report.issuer_servers.more}}) {
        if (more > 0) out += left_out_line(table, more).text();
    }
    return out;
}

}  // namespace chainmend::proxy
