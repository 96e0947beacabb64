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
    return {"", take_in(snapshot, material->certificates, certs::Source::import, url, now)};
}

std::string told(const ImportOutcome& outcome) {
    std::size_t refused = 0;
    for (const auto& [reason, count] : outcome.refused)
        refused += count;
    return std::to_string(outcome.taken.size()) + " issuers taken, " + std::to_string(outcome.known) +
           " known, " + std::to_string(refused) + " refused";
}

}  // namespace

ListRefresh::ListRefresh(EventLoop& loop, Resolver& resolver, SharedParts& shared)
    : loop_(loop), resolver_(resolver), shared_(shared) {
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
    const auto snapshot = shared_.snapshot.load();
    HttpGetRequest request;
    request.url = status_.url;
    // A person who may write the settings named this URL, so it may be anywhere that is not forbidden to
    // everybody. A redirect would be somebody else's word: it is not followed.
    request.origin = Reach::loopback;
    request.limits = {patience, static_cast<std::size_t>(snapshot->settings.repair.list_max_bytes), 0};
    request.proxy = SocketAddress::parse(snapshot->settings.egress.proxy);
    request.if_none_match = entity_tag_;
    status_.tried_at = shared_.now();
    step_ = start_http_get(loop_, resolver_, snapshot->egress_policy, request,
                           [this](HttpGetOutcome outcome) { fetched(std::move(outcome)); });
}

void ListRefresh::fetched(HttpGetOutcome outcome) {
    if (outcome.fetch.result != certs::FetchResult::ok)
        return done(certs::to_string(outcome.fetch), outcome.fetch.detail);
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
            const auto& [outcome, trouble] = reading->intake;
            entity_tag_ = entity_tag;
            status_.taken_at = shared_.now();
            status_.taken += outcome.taken.size();
            shared_.log->note(Level::info, status_.url + ": " + told(outcome));
            if (!trouble.empty()) shared_.log->note(Level::warning, "issuer store: " + trouble);
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
