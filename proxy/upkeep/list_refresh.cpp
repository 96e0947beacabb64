#include "proxy/upkeep/list_refresh.h"

#include "proxy/files/import_material.h"
#include "proxy/files/public_lists.h"
#include "proxy/io/timer.h"
#include "proxy/io/work_item.h"
#include "proxy/upkeep/issuer_intake.h"

namespace chainmend::proxy {

/// What reading a list came to.
struct ListRefresh::Reading {
    std::string result = "ok";  ///< or why nothing could be taken
    std::string trouble = {};   ///< the same in words
    IssuerIntake intake = {};
    bool lists_changed = false;  ///< Mozilla's, on disk

    /// Blocks. `secure`: whoever wrote `list` was verified.
    static Reading of(const Snapshot& snapshot, const Bytes& list, const std::string& url, bool secure,
                      Time now);
};

namespace {

/// Mozilla's lists into the store's directory, where the next reading of it finds them. Returns whether they
/// differ from what was there.
Result<bool> keep_lists(const std::string& store, PublicLists fresh) {
    auto known = load_public_lists(store);
    const bool revoked = known && fresh.revoked.size() > 0 && !(known->revoked == fresh.revoked);
    const bool disclosed = known && !fresh.disclosed.empty() && known->disclosed != fresh.disclosed;
    // A list that is damaged is replaced.
    if (known && !revoked && !disclosed) return false;
    if (auto saved = save_public_lists(store, fresh); !saved) return saved.error();
    return true;
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

ListRefresh::Reading ListRefresh::Reading::of(const Snapshot& snapshot, const Bytes& list,
                                              const std::string& url, bool secure, Time now) {
    auto material = read_import(list);
    if (!material) return {.result = "unparsable", .trouble = material.error().message};
    Reading reading;
    if (material->revoked.size() + material->disclosed.size() > 0) {
        // Whoever is on the way could take from it what is revoked, or add whom he wants to be refused.
        if (!secure) {
            return {
                .result = "not_https",
                .trouble = "what it says of revoked and disclosed certificates is not taken over plain http"};
        }
        const auto kept = keep_lists(snapshot.settings.repair.store,
                                     {std::move(material->revoked), std::move(material->disclosed)});
        if (!kept) return {.result = "not_kept", .trouble = kept.error().message};
        reading.lists_changed = *kept;
    }
    reading.intake = take_in_list(snapshot, material->certificates, url, now);
    return reading;
}

ListRefresh::ListRefresh(WorkerParts& parts, std::function<void()> reload)
    : parts_(parts), loop_(parts.loop), shared_(parts.shared), reload_(std::move(reload)) {
    take_up_snapshot();
}

void ListRefresh::take_up_snapshot() {
    reload_is_due_ = false;
    const auto snapshot = shared_.snapshot.load();
    const auto& url = snapshot->settings.repair.list_url;
    if (url == status_.url) return look_again_if_changed();
    status_ = {};
    status_.url = url;
    entity_tag_.clear();
    step_.reset();
    if (!url.empty()) step_ = start_timer(loop_, std::chrono::milliseconds{0}, [this] { look(); });
}

/// What has not been taken yet is on its way, or waits for its next try.
void ListRefresh::look_again_if_changed() {
    if (!status_.taken_at || is_as_taken(*shared_.snapshot.load())) return;
    entity_tag_.clear();
    step_ = start_timer(loop_, std::chrono::milliseconds{0}, [this] { look(); });
}

/// The policy's hash covers the anchors, what is distrusted, and where the store is.
bool ListRefresh::is_as_taken(const Snapshot& snapshot) const {
    return snapshot.policy->hash == taken_under_ &&
           snapshot.issuers->from(certs::Source::import, status_.url).size() == kept_;
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
    const auto parsed = parse_url(status_.url, Schemes::http_and_https);
    step_ = start_work(
        loop_,
        [reading, snapshot, list = std::move(list), url = status_.url, secure = parsed && parsed->secure,
         now = shared_.now()] { *reading = Reading::of(*snapshot, list, url, secure, now); },
        [this, reading, snapshot, entity_tag = std::move(entity_tag)] {
            if (reading->result != "ok") return done(reading->result, reading->trouble);
            taken(*reading, *snapshot, entity_tag);
        });
}

void ListRefresh::taken(const Reading& reading, const Snapshot& snapshot, const std::string& entity_tag) {
    const auto& intake = reading.intake;
    entity_tag_ = entity_tag;
    taken_under_ = snapshot.policy->hash;
    kept_ = snapshot.issuers->from(certs::Source::import, status_.url).size();
    reload_is_due_ = reload_is_due_ || reading.lists_changed;
    status_.taken_at = shared_.now();
    status_.taken += intake.outcome.taken.size();
    shared_.log->note(Level::info, status_.url + ": " + told(intake) +
                                       (reading.lists_changed ? "; its list comes into force" : ""));
    if (!intake.trouble.empty()) shared_.log->note(Level::warning, "issuer store: " + intake.trouble);
    done("ok", "");
    look_again_if_changed();  // a reload may have come in between
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
    if (reload_is_due_) reload_();
}

}  // namespace chainmend::proxy
