#include "proxy/admin/metrics_text.h"

#include <algorithm>
#include <cstdio>

namespace chainmend::proxy {
namespace {

std::string decimal(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

/// A label's value: backslash, quotation mark and line feed are escaped.
std::string label_value(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '\\' || c == '"') escaped += '\\';
        escaped += c == '\n' ? ' ' : c;
    }
    return escaped;
}

/// Writes families one after the other: HELP, TYPE, then the samples.
class MetricsWriter {
  public:
    void counter(const std::string& name, const std::string& help, std::uint64_t value) {
        begin(name, "counter", help);
        sample("", std::to_string(value));
    }
    void gauge(const std::string& name, const std::string& help, std::int64_t value) {
        begin(name, "gauge", help);
        sample("", std::to_string(value));
    }
    /// One series for each name. The words are ours: none needs escaping.
    void counters(const std::string& name, const std::string& help, const std::string& label,
                  const Counts::ByName& values) {
        begin(name, "counter", help);
        for (const auto& [word, value] : values)
            sample(label + "=\"" + word + "\"", std::to_string(value));
    }
    void begin(const std::string& name, const std::string& type, const std::string& help) {
        name_ = "chainmend_" + name;
        text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
    }
    void sample(const std::string& labels, const std::string& value) {
        text_ += name_ + (labels.empty() ? "" : "{" + labels + "}") + " " + value + "\n";
    }
    /// The samples of one histogram below begin(); `labels` are the others than "le".
    void histogram(const std::string& labels, const DurationHistogram& times) {
        const auto comma = labels.empty() ? "" : labels + ",";
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < times.counts.size(); ++i) {
            count += times.counts[i];
            const auto bound = i < times.bounds.size() ? decimal(times.bounds[i]) : std::string("+Inf");
            text_ += name_ + "_bucket{" + comma + "le=\"" + bound + "\"} " + std::to_string(count) + "\n";
        }
        const auto braced = labels.empty() ? "" : "{" + labels + "}";
        text_ += name_ + "_sum" + braced + " " + decimal(times.seconds) + "\n";
        text_ += name_ + "_count" + braced + " " + std::to_string(count) + "\n";
    }
    std::string take() { return std::move(text_); }

  private:
    std::string name_;
    std::string text_;
};

std::int64_t unix_seconds(Time time) {
    return time.time_since_epoch().count();
}

void write_process(MetricsWriter& metrics, const Status& status) {
    metrics.begin("build_info", "gauge", "The version that runs, as a label; always 1.");
    metrics.sample("version=\"" CHAINMEND_VERSION "\"", "1");
    metrics.gauge("start_time_seconds", "When the proxy was started, in seconds since 1970.",
                  unix_seconds(status.started_at));
    metrics.gauge(
        "ready",
        "Whether new connections are accepted: 1, or 0 while the proxy drains or when its CA is over.",
        status.ready ? 1 : 0);
    metrics.gauge("workers", "Threads that relay.", static_cast<std::int64_t>(status.workers));
    metrics.counter("log_lines_lost_total", "Lines of the decision log that could not be written.",
                    status.log_lines_lost);
    if (!status.history) return;
    metrics.counter("history_records_total", "Decisions and ends of tunnels that the history took.",
                    status.history->written);
    metrics.counter("history_records_lost_total",
                    "Those that it could not: the queue was full, or the disk did not take them.",
                    status.history->lost);
}

void write_traffic(MetricsWriter& metrics, const Status& status) {
    const auto& counts = status.counts;
    metrics.counter("connections_total", "Connections accepted from clients.", counts.connections);
    metrics.gauge("connections_open", "Connections of clients that are open.", status.connections_open);
    metrics.counter("plain_requests_total", "Requests over plain HTTP, for which there is nothing to verify.",
                    counts.plain_requests);
    metrics.begin("decisions_total", "counter",
                  "Decisions about requests; reason is ok, a reason of a verdict or a code of a failure.");
    std::uint64_t accepted = counts.unjudged;
    for (const auto& [how, count] : counts.accepted)
        accepted += count;
    metrics.sample("decision=\"accepted\",reason=\"ok\"", std::to_string(accepted));
    for (const auto& [reason, count] : counts.refused)
        metrics.sample("decision=\"refused\",reason=\"" + reason + "\"", std::to_string(count));
    metrics.counters("accepted_total", "Accepted servers by how their path came about.", "how",
                     counts.accepted);
    metrics.counter("unjudged_total",
                    "Accepted decisions without a path: tunnels passed through or relayed unread, and plain "
                    "requests that are on record.",
                    counts.unjudged);
    metrics.counter("decisions_remembered_total",
                    "Decisions that were an earlier verdict on the same certificates.", counts.remembered);
    metrics.counters("repairs_total", "Issuers on accepted paths that servers had not sent, by source.",
                     "source", counts.repairs);
    metrics.begin("intermediates_used_total", "counter",
                  "Intermediates on accepted paths, by whether Mozilla's list of disclosed ones has them.");
    metrics.sample("disclosed=\"true\"", std::to_string(counts.disclosed));
    metrics.sample("disclosed=\"false\"", std::to_string(counts.undisclosed));
    metrics.counters("tunnels_ended_total", "Tunnels that have ended, by how.", "end", counts.tunnels_ended);
    metrics.begin("relayed_bytes_total", "counter", "Plaintext relayed in tunnels that have ended.");
    metrics.sample("from=\"client\"", std::to_string(counts.bytes_from_client));
    metrics.sample("from=\"server\"", std::to_string(counts.bytes_from_server));
}

void write_times(MetricsWriter& metrics, const Counts& counts) {
    metrics.begin("decision_duration_seconds", "histogram",
                  "From a request's first byte to its decision, by decision.");
    for (const auto& [decision, times] : counts.decision_times)
        metrics.histogram("decision=\"" + decision + "\"", times);
    metrics.begin("handshake_duration_seconds", "histogram",
                  "TLS handshakes: with servers from the connection until they are verified or refused, with "
                  "clients from their first byte.");
    for (const auto& [label, times] : counts.handshakes)
        metrics.histogram("side=\"" + label.first + "\",outcome=\"" + label.second + "\"", times);
}

void write_monitor(MetricsWriter& metrics, const Status& status) {
    metrics.begin("host_expiry_timestamp_seconds", "gauge",
                  "When the first certificate ends on the path of a host, of those hosts that end first.");
    for (const auto& end : status.expiries)
        metrics.sample("host=\"" + label_value(end.host) + "\",port=\"" + std::to_string(end.port) + "\"",
                       std::to_string(unix_seconds(end.expires)));
    if (!status.monitor) return;
    const auto& monitor = *status.monitor;
    metrics.gauge("monitor_hosts", "Hosts looked at on a schedule.",
                  static_cast<std::int64_t>(monitor.hosts));
    metrics.counter("monitor_looks_total", "Looks at one address of a host.", monitor.looks);
    metrics.counter("monitor_bad_looks_total", "Looks at what was refused or not reached.", monitor.bad);
    metrics.counter("monitor_events_total", "Ends and changes that were told.", monitor.events);
    metrics.counters("monitor_deliveries_total", "Events handed to a command or webhook, by result.",
                     "result",
                     {{"delivered", monitor.delivery.delivered},
                      {"failed", monitor.delivery.failed},
                      {"dropped", monitor.delivery.dropped}});
}

void write_fetches(MetricsWriter& metrics, const FetchTable::Snapshot& fetches) {
    metrics.counter("fetch_requests_total",
                    "Issuers asked for, before memory and running fetches were looked at.", fetches.requests);
    metrics.counter("fetch_joined_total", "Requests that joined a fetch under way.", fetches.joined);
    metrics.counter("fetch_remembered_total", "Requests answered by a remembered result.",
                    fetches.remembered);
    metrics.counter("fetch_left_alone_total", "Requests not followed because their host keeps failing.",
                    fetches.broken);
    metrics.counter("fetch_cancelled_total", "Fetches that nobody waited for any more.", fetches.cancelled);
    metrics.counters("fetches_total", "Fetches that have ended, by result.", "result", fetches.results);
    metrics.gauge("fetches_in_flight", "Fetches under way.", static_cast<std::int64_t>(fetches.in_flight));
    metrics.gauge("fetch_failures_remembered", "URLs not asked again for a while because they failed.",
                  static_cast<std::int64_t>(fetches.remembered_failures.size()));
    metrics.begin("circuit_breakers", "gauge",
                  "Issuer hosts that keep failing, by the state of their breaker.");
    for (const auto& [state, word] : {std::pair{CircuitBreaker::State::open, "open"},
                                      std::pair{CircuitBreaker::State::half_open, "half_open"}}) {
        const auto count = std::count_if(fetches.hosts.begin(), fetches.hosts.end(),
                                         [state = state](const auto& host) { return host.state == state; });
        metrics.sample(std::string("state=\"") + word + "\"", std::to_string(count));
    }
}

void write_stores(MetricsWriter& metrics, const Status& status) {
    metrics.gauge("trust_anchors", "Trust anchors in force.", static_cast<std::int64_t>(status.anchors));
    metrics.gauge("distrusted", "Entries of certificates that are on no path.",
                  static_cast<std::int64_t>(status.distrusted));
    metrics.gauge("issuers_stored", "Issuers in the issuer store.",
                  static_cast<std::int64_t>(status.issuers));
    metrics.counter("issuer_renewals_attempted_total", "Stored issuers fetched again before their end.",
                    status.renewals.attempts);
    metrics.counter("issuers_renewed_total", "Issuers stored because of that.", status.renewals.renewed);
    metrics.gauge("verdicts_remembered", "Verdicts in the cache.",
                  static_cast<std::int64_t>(status.verdicts_remembered));
    metrics.counter("minted_total", "Certificates minted for clients.", status.minted);
    metrics.gauge("minted_remembered", "Minted certificates in the cache.",
                  static_cast<std::int64_t>(status.minted_remembered));
    if (status.ca_not_after)
        metrics.gauge("signing_ca_expiry_timestamp_seconds",
                      "When the signing CA's certificate ends, in seconds since 1970.",
                      unix_seconds(*status.ca_not_after));
    metrics.begin(
        "signing_ca_former_expiry_timestamp_seconds", "gauge",
        "When a certificate ends that the signing CA had before it was renewed and that clients may "
        "still trust in its place.");
    for (const auto& former : status.ca_former)
        metrics.sample("sha256=\"" + former.sha256 + "\"", std::to_string(unix_seconds(former.not_after)));
    if (status.list && status.list->taken_at)
        metrics.gauge("list_taken_timestamp_seconds",
                      "When the content of repair.list_url was taken, in seconds since 1970.",
                      unix_seconds(*status.list->taken_at));
}

}  // namespace

std::string metrics_text(const Status& status) {
    MetricsWriter metrics;
    write_process(metrics, status);
    write_traffic(metrics, status);
    write_times(metrics, status.counts);
    write_fetches(metrics, status.fetches);
    write_stores(metrics, status);
    write_monitor(metrics, status);
    return metrics.take();
}

}  // namespace chainmend::proxy
