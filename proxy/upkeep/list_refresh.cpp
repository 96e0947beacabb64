#include "proxy/upkeep/list_refresh.h"

#include "proxy/files/import_material.h"
#include "proxy/io/timer.h"
#include "proxy/io/work_item.h"
#include "proxy/upkeep/issuer_intake.h"

namespace chainmend::proxy {
namespace {

/// What reading a list came to.
struct Reading {
    std::string trouble;  ///< why nothing could be read
    IssuerIntake intake;
};

Reading read_list(const Snapshot& snapshot, const Bytes& list, const std::string& url, Time now) {
    const auto material = read_import(list);
    if (!material) return {material.error().message, {}};
    return {"", take_in_list(snapshot, material->certificates, url, now)};
}

std::string told(const IssuerIntake& intake) {
    const auto& outcome = intake.outcome;
    std::size_t refused = 0;
    for (const auto& [reason, count] : outcome.refused)
        refused += count;
    return std::to_string(outcome.taken.size()) + " issuers taken, " + std::to_string(outcome.known) +
           " known, " + std::to_string(refused) + " refused, " + std::to_string(intake.gone) + " gone";
}

}  // namespace

ListRefresh::ListRefresh(WorkerParts& parts) : parts_(parts), loop_(parts.loop), shared_(parts.shared) {
    take_up_snapshot();
}

void ListRefresh::take_up_snapshot() {
    const auto& url = shared_.snapshot.load()->settings.repair.list_url;
    if (url == status_.url) return;
    status_ = {};
    status_.url = url;
    entity_tag_.clear();
    step_.reset();
    if (!url.empty()) step_ = start_timer(loop_, std::chrono::milliseconds{0}, [this] { look(); });
}

std::optional<ListStatus> ListRefresh::status() const {
    if (status_.url.empty()) return std::nullopt;
    return status_;
}

void ListRefresh::look() {
    status_.tried_at = shared_.now();
    const auto url = parse_url(status_.url, Schemes::http_and_https);
    if (!url) return done("bad_url", url.error().message);
    const auto snapshot = shared_.snapshot.load();
    ListFetchRequest request;
    request.url = *url;
    request.snapshot = snapshot;
    request.max_bytes = static_cast<std::size_t>(snapshot->settings.repair.list_max_bytes);
    request.patience = request.silence = patience;
    request.max_redirects = 0;  // that would be somebody else's word
    request.if_none_match = entity_tag_;
    step_ = start_list_fetch(parts_, std::move(request),
                             [this](ListFetchOutcome outcome) { fetched(std::move(outcome)); });
}

void ListRefresh::fetched(ListFetchOutcome outcome) {
    if (outcome.error) return done(outcome.result, outcome.error->message);
    if (outcome.not_modified) return done("not_modified", "");
    take(std::move(outcome.body), std::move(outcome.entity_tag));
}

void ListRefresh::take(Bytes list, std::string entity_tag) {
    auto reading = std::make_shared<Reading>();
    const auto snapshot = shared_.snapshot.load();
    step_ = start_work(
        loop_,
        [reading, snapshot, list = std::move(list), url = status_.url, now = shared_.now()] {
            *reading = read_list(*snapshot, list, url, now);
        },
        [this, reading, entity_tag = std::move(entity_tag)] {
            if (!reading->trouble.empty()) return done("unparsable", reading->trouble);
            const auto& intake = reading->intake;
            entity_tag_ = entity_tag;
            status_.taken_at = shared_.now();
            status_.taken += intake.outcome.taken.size();
            shared_.log->note(Level::info, status_.url + ": " + told(intake));
            if (!intake.trouble.empty()) shared_.log->note(Level::warning, "issuer store: " + intake.trouble);
            done("ok", "");
        });
}

void ListRefresh::done(const std::string& result, const std::string& detail) {
    status_.result = result;
    status_.detail = detail;
    std::chrono::milliseconds wait = shared_.snapshot.load()->settings.repair.list_interval;
    if (result != "ok" && result != "not_modified") {
        shared_.log->note(Level::warning, "repair.list_url: " + status_.url + " was not taken (" + result +
                                              (detail.empty() ? "" : ", " + detail) +
                                              "); the issuers known so far stay in use");
        wait = std::min<std::chrono::milliseconds>(wait, retry_after);
    }
    step_ = start_timer(loop_, wait, [this] { look(); });
}

}  // namespace chainmend::proxy
