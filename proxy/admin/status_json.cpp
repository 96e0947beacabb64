#include "proxy/admin/status_json.h"

#include <nlohmann/json.hpp>

namespace chainmend::proxy {
namespace {

std::int64_t seconds(std::chrono::milliseconds time) {
    return std::chrono::ceil<std::chrono::seconds>(time).count();
}

Json time_or_null(const std::optional<Time>& time) {
    return time ? Json(to_rfc3339(*time)) : Json(nullptr);
}

Json by_name(const Counts::ByName& counts) {
    Json object = Json::object();
    for (const auto& [name, count] : counts)
        object[name] = count;
    return object;
}

Json fetch_json(const FetchTable::Snapshot& fetches) {
    Json failures = Json::array();
    for (const auto& failure : fetches.remembered_failures)
        failures.push_back(
            {{"url", failure.url}, {"result", failure.result}, {"seconds_left", seconds(failure.left)}});
    Json hosts = Json::array();
    for (const auto& host : fetches.hosts)
        hosts.push_back({{"host", host.host},
                         {"state", to_string(host.state)},
                         {"failures", host.failures},
                         {"probe_in_seconds", seconds(host.retry_in)}});
    return {{"requests", fetches.requests},
            {"begun", fetches.flights},
            {"joined", fetches.joined},
            {"remembered", fetches.remembered},
            {"left_alone", fetches.broken},
            {"cancelled", fetches.cancelled},
            {"in_flight", fetches.in_flight},
            {"results", by_name(fetches.results)},
            {"remembered_failures", std::move(failures)},
            {"broken_hosts", std::move(hosts)}};
}

Json list_json(const std::optional<ListStatus>& list) {
    if (!list) return nullptr;
    return {{"url", list->url},
            {"tried_at", time_or_null(list->tried_at)},
            {"taken_at", time_or_null(list->taken_at)},
            {"result", list->result},
            {"detail", list->detail},
            {"taken", list->taken}};
}

Json history_json(const std::optional<HistoryStatus>& history) {
    if (!history) return nullptr;
    return {{"file", history->file},
            {"written", history->written},
            {"lost", history->lost},
            {"problem", history->problem.empty() ? Json(nullptr) : Json(history->problem)}};
}

Json monitor_json(const std::optional<MonitorStatus>& monitor) {
    if (!monitor) return nullptr;
    return {{"hosts", monitor->hosts},
            {"looks", monitor->looks},
            {"bad_looks", monitor->bad},
            {"events", monitor->events},
            {"delivered", monitor->delivery.delivered},
            {"failed", monitor->delivery.failed},
            {"dropped", monitor->delivery.dropped}};
}

Json decisions_json(const Counts& counts) {
    return {{"accepted", by_name(counts.accepted)},
            {"refused", by_name(counts.refused)},
            {"remembered", counts.remembered}};
}

}  // namespace

Json status_json(const Status& status) {
    const auto& counts = status.counts;
    return {
        {"v", 1},
        {"version", CHAINMEND_VERSION},
        {"address", status.address},
        {"ready", status.ready},
        {"at", to_rfc3339(status.at)},
        {"started_at", to_rfc3339(status.started_at)},
        {"workers", status.workers},
        {"generation", status.generation},
        {"connections", {{"open", status.connections_open}, {"accepted", counts.connections}}},
        {"decisions", decisions_json(counts)},
        {"unjudged", counts.unjudged},
        {"plain_requests", counts.plain_requests},
        {"repairs", by_name(counts.repairs)},
        {"intermediates_used", {{"disclosed", counts.disclosed}, {"undisclosed", counts.undisclosed}}},
        {"tunnels_ended", by_name(counts.tunnels_ended)},
        {"bytes", {{"from_clients", counts.bytes_from_client}, {"from_servers", counts.bytes_from_server}}},
        {"trust", {{"anchors", status.anchors}, {"distrusted", status.distrusted}}},
        {"issuers",
         {{"stored", status.issuers},
          {"directory", status.issuer_directory},
          {"disclosed_list", status.disclosed ? Json(*status.disclosed) : Json(nullptr)},
          {"renewals",
           {{"attempts", status.renewals.attempts},
            {"renewed", status.renewals.renewed},
            {"failed", status.renewals.failed}}},
          {"list", list_json(status.list)}}},
        {"ca",
         {{"file", status.ca_file},
          {"sha256", status.ca_sha256},
          {"not_after", time_or_null(status.ca_not_after)}}},
        {"fetches", fetch_json(status.fetches)},
        {"caches", {{"verdicts", status.verdicts_remembered}, {"minted", status.minted_remembered}}},
        {"minted", status.minted},
        {"log", {{"lines_lost", status.log_lines_lost}}},
        {"history", history_json(status.history)},
        {"monitor", monitor_json(status.monitor)}};
}

}  // namespace chainmend::proxy
