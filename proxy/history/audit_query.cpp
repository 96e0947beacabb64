#include "proxy/history/audit_query.h"

#include <algorithm>
#include <tuple>

#include "proxy/history/host_changes.h"

namespace chainmend::proxy {
namespace {

using std::chrono::milliseconds;

/// Decisions about one host that came out alike, as numbers of rows and words.
struct Group {
    std::int64_t host;
    bool accepted;
    std::int64_t reason, how, source;
    std::int64_t count, first, last;
    std::int64_t newest;  // its row

    /// Most frequent first, of those the latest.
    bool operator<(const Group& other) const {
        return std::tuple(count, last, newest) > std::tuple(other.count, other.last, other.newest);
    }
};

/// The first of many groups, of which there may be as many as strangers make up names.
class FirstGroups {
  public:
    explicit FirstGroups(std::size_t most) : most_(most) {}

    void add(const Group& group) {
        ++count_;
        groups_.push_back(group);
        if (groups_.size() >= 2 * most_ + 64) cut();
    }
    std::vector<Group> take() {
        cut();
        std::sort(groups_.begin(), groups_.end());
        return std::move(groups_);
    }
    std::uint64_t count() const { return count_; }

  private:
    void cut() {
        if (groups_.size() <= most_) return;
        std::nth_element(groups_.begin(), groups_.begin() + static_cast<std::ptrdiff_t>(most_),
                         groups_.end());
        groups_.resize(most_);
    }

    const std::size_t most_;
    std::uint64_t count_ = 0;
    std::vector<Group> groups_;
};

/// One pass over the index that has these columns in this order: no sorting, no look at the rows. So the
/// counts cover everything, and only the rows that are shown are looked up.
class Tallier {
  public:
    Tallier(Database& database, std::size_t most) : database_(database), refused_(most), repaired_(most) {}

    Result<DecisionTallies> tally(const HistoryFilter& filter) {
        if (auto done = read_words(); !done) return done.error();
        if (auto done = count(filter); !done) return done.error();
        if (auto done = count_distrustful(filter); !done) return done.error();
        if (auto done = look_up(refused_, tallies_.refused); !done) return done.error();
        if (auto done = look_up(repaired_, tallies_.repaired); !done) return done.error();
        return std::move(tallies_);
    }

  private:
    /// The program's own, so there are few.
    Result<void> read_words() {
        auto& found = database_.query("SELECT id, text FROM word");
        while (found.row())
            words_[found.integer(0)] = found.text(1);
        if (found.problem()) return *found.problem();
        return {};
    }

    Result<void> count(const HistoryFilter& filter) {
        const std::string hosts =
            filter.host.empty()
                ? ""
                : "AND host IN (SELECT id FROM host WHERE name GLOB ?4 AND (?5 = 0 OR port = ?5)) ";
        auto& found = database_.query(
            "SELECT host, accepted, reason, how, source, count(*), min(at), max(at), max(row) "
            "FROM decision INDEXED BY decision_audit WHERE at >= ?1 AND at < ?2 " +
            hosts + "AND (?3 = '' OR reason = (SELECT id FROM word WHERE text = ?3)) " +
            "GROUP BY host, accepted, reason, how, source");
        if (filter.host.empty()) {
            found.with(since_of(filter), until_of(filter), filter.reason);
        } else {
            found.with(since_of(filter), until_of(filter), filter.reason, host_pattern(filter), filter.port);
        }
        std::int64_t host = 0;
        while (found.row()) {
            const Group group{found.integer(0), found.integer(1) != 0, found.integer(2),
                              found.integer(3), found.integer(4),      found.integer(5),
                              found.integer(6), found.integer(7),      found.integer(8)};
            if (std::exchange(host, group.host) != group.host) ++tallies_.hosts;
            count(group);
        }
        if (found.problem()) return *found.problem();
        return {};
    }

    /// Looks at the rows, so only where there is such a word at all.
    Result<void> count_distrustful(const HistoryFilter& filter) {
        std::int64_t end = 0;
        for (const auto& [row, text] : words_) {
            if (text == "client_distrusts_ca") end = row;
        }
        if (end == 0) return {};
        auto& found = database_.query(
            "SELECT count(*) FROM decision d JOIN host h ON h.id = d.host JOIN word r ON r.id = d.reason "
            "WHERE d.end = ?6 AND d.at >= ?1 AND d.at < ?2 AND (?3 = '' OR r.text = ?3) AND h.name GLOB ?4 "
            "AND (?5 = 0 OR h.port = ?5)");
        found.with(since_of(filter), until_of(filter), filter.reason, host_pattern(filter), filter.port, end);
        if (found.row()) tallies_.distrustful = static_cast<std::uint64_t>(found.integer(0));
        if (found.problem()) return *found.problem();
        found.finish();
        return {};
    }

    void count(const Group& group) {
        const auto number = static_cast<std::uint64_t>(group.count);
        const auto& how = words_[group.how];
        const auto& source = words_[group.source];
        tallies_.decisions += number;
        if (!source.empty()) tallies_.by_source[source] += number;
        if (!group.accepted) {
            tallies_.by_reason[words_[group.reason]] += number;
            return refused_.add(group);
        }
        tallies_.accepted += number;
        if (!how.empty()) tallies_.by_how[how] += number;
        if (is_repaired(how) || !source.empty()) repaired_.add(group);
    }

    Result<void> look_up(FirstGroups& groups, FirstRows<DecisionTally>& table) {
        for (const auto& group : groups.take()) {
            auto& found = database_.query(
                "SELECT h.name, h.port, d.id, d.detail FROM decision d JOIN host h ON h.id = d.host "
                "WHERE d.row = ?");
            found.with(group.newest);
            if (found.row())
                table.rows.push_back({found.text(0), static_cast<int>(found.integer(1)), group.accepted,
                                      words_[group.reason], words_[group.how], words_[group.source],
                                      static_cast<std::uint64_t>(group.count), record_time(group.first),
                                      record_time(group.last), found.text(2), found.text(3)});
            if (found.problem()) return *found.problem();
            found.finish();
        }
        table.more = groups.count() - table.rows.size();
        return {};
    }

    Database& database_;
    std::map<std::int64_t, std::string> words_;
    FirstGroups refused_;
    FirstGroups repaired_;
    DecisionTallies tallies_;
};

/// SQL: the newest decision under the verdict that `column` names came out for the reason ?1, or ?1 is empty.
std::string came_out_so(const std::string& column) {
    return "(?1 = '' OR ?1 = (SELECT w.text FROM decision d JOIN word w ON w.id = d.reason WHERE d.row = "
           "(SELECT max(row) FROM decision WHERE verdict = " +
           column + ")))";
}

std::uint64_t beyond(std::int64_t all, std::size_t shown) {
    return all <= 0 ? 0 : static_cast<std::uint64_t>(all) - shown;
}

}  // namespace

bool is_repaired(const std::string& how) {
    return how == certs::to_string(certs::How::repaired) ||
           how == certs::to_string(certs::How::alternate_path);
}

RecordTime record_time(std::int64_t at) {
    return RecordTime{milliseconds{at}};
}

Time whole_seconds(std::int64_t at) {
    return std::chrono::floor<std::chrono::seconds>(record_time(at));
}

std::int64_t since_of(const HistoryFilter& filter) {
    return filter.since ? filter.since->time_since_epoch().count() : INT64_MIN;
}

std::int64_t until_of(const HistoryFilter& filter) {
    return filter.until ? filter.until->time_since_epoch().count() : INT64_MAX;
}

std::string host_pattern(const HistoryFilter& filter) {
    std::string pattern = filter.host.empty() ? "*" : filter.host;
    for (auto& c : pattern) {
        if (c == '[' || c == ']' || c == '?') c = '!';
    }
    return pattern;
}

Result<DecisionTallies> tally(Database& database, const HistoryFilter& filter, std::size_t most) {
    return Tallier(database, most).tally(filter);
}

Result<FirstRows<HostExpiry>> expiring(Database& database, const HistoryFilter& filter, Time before,
                                       std::size_t most) {
    FirstRows<HostExpiry> table;
    auto& found = database.query(
        "SELECT h.name, h.port, h.expires, v.expires_name, h.state, h.last_seen, count(*) OVER () "
        "FROM host h LEFT JOIN verdict v ON v.id = h.verdict WHERE h.expires < ?2 AND h.name GLOB ?3 "
        "AND (?4 = 0 OR h.port = ?4) AND h.last_seen >= ?5 AND h.first_seen < ?6 AND " +
        came_out_so("h.verdict") + " ORDER BY h.expires LIMIT ?7");
    found.with(filter.reason, before.time_since_epoch().count() * 1000, host_pattern(filter), filter.port,
               since_of(filter), until_of(filter), most);
    std::int64_t all = 0;
    while (found.row()) {
        table.rows.push_back({found.text(0), static_cast<int>(found.integer(1)),
                              whole_seconds(found.integer(2)), found.text(3), found.text(4),
                              record_time(found.integer(5))});
        all = found.integer(6);
    }
    if (found.problem()) return *found.problem();
    table.more = beyond(all, table.rows.size());
    return table;
}

Result<FirstRows<HostChange>> changes(Database& database, const HistoryFilter& filter, std::size_t most) {
    FirstRows<HostChange> table;
    auto& found = database.query(
        "SELECT c.at, h.name, h.port, c.kind, c.detail, count(*) OVER () FROM change c JOIN host h ON h.id = "
        "c.host WHERE c.at >= ?2 AND c.at < ?3 AND h.name GLOB ?4 AND (?5 = 0 OR h.port = ?5) AND " +
        came_out_so("c.verdict") + " ORDER BY c.at DESC, c.id DESC LIMIT ?6");
    found.with(filter.reason, since_of(filter), until_of(filter), host_pattern(filter), filter.port, most);
    std::int64_t all = 0;
    while (found.row()) {
        table.rows.push_back({record_time(found.integer(0)), found.text(1),
                              static_cast<int>(found.integer(2)),
                              to_string(static_cast<ChangeKind>(found.integer(3))), found.text(4)});
        all = found.integer(5);
    }
    if (found.problem()) return *found.problem();
    table.more = beyond(all, table.rows.size());
    return table;
}

// Fetches that were answered from memory, or not sent at all, say nothing about the server.
Result<FirstRows<IssuerServerTally>> issuer_servers(Database& database, const HistoryFilter& filter,
                                                    std::size_t most) {
    FirstRows<IssuerServerTally> table;
    const std::string hosts =
        filter.host.empty() ? ""
                            : "AND f.verdict IN (SELECT v.id FROM host h JOIN verdict v ON v.host = h.id "
                              "WHERE h.name GLOB ?5 AND (?6 = 0 OR h.port = ?6)) ";
    auto& found = database.query(
        "SELECT f.host, count(*), sum(w.text <> 'ok'), CAST(avg(f.ms) AS INTEGER), max(f.ms) AS worst, "
        "count(*) OVER () FROM fetch f JOIN word w ON w.id = f.result WHERE NOT f.from_cache AND w.text NOT "
        "IN ('not_attempted', 'blocked', 'broken_host') AND f.at >= ?2 AND f.at < ?3 " +
        hosts + "AND " + came_out_so("f.verdict") +
        " GROUP BY f.host ORDER BY avg(f.ms) DESC, f.host LIMIT ?4");
    if (filter.host.empty()) {
        found.with(filter.reason, since_of(filter), until_of(filter), most);
    } else {
        found.with(filter.reason, since_of(filter), until_of(filter), most, host_pattern(filter),
                   filter.port);
    }
    std::int64_t all = 0;
    while (found.row()) {
        table.rows.push_back({found.text(0), static_cast<std::uint64_t>(found.integer(1)),
                              static_cast<std::uint64_t>(found.integer(2)), found.integer(3),
                              found.integer(4)});
        all = found.integer(5);
    }
    if (found.problem()) return *found.problem();
    table.more = beyond(all, table.rows.size());
    return table;
}

}  // namespace chainmend::proxy
