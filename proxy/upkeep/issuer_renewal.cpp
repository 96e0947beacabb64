#include "proxy/upkeep/issuer_renewal.h"

#include <algorithm>

#include "proxy/io/timer.h"
#include "proxy/io/work_item.h"
#include "proxy/upkeep/issuer_intake.h"

namespace chainmend::proxy {
namespace {

std::string told(const certs::StoredIssuer& issuer) {
    return "issuer \"" + issuer.certificate->display_name() + "\"";
}

}  // namespace

std::vector<certs::StoredIssuer> issuers_to_renew(const certs::IssuerStore& store, Time now,
                                                  std::chrono::seconds within) {
    const auto end_of = [](const certs::StoredIssuer& issuer) {
        return issuer.certificate->not_after().value_or(Time{});
    };
    // What was imported is not decoded for this: a thousand of them would cost a quarter of a second.
    auto due = store.all_from(certs::Source::store);
    std::erase_if(due, [&](const certs::StoredIssuer& issuer) {
        const auto end = end_of(issuer);
        if (!issuer.origin.starts_with("http://") || end < now || end - now > within) return true;
        const auto namesakes = store.namesakes_of(*issuer.certificate);
        return std::any_of(namesakes.begin(), namesakes.end(),
                           [&](const certs::StoredIssuer& other) { return end_of(other) > end; });
    });
    return due;
}

IssuerRenewal::IssuerRenewal(EventLoop& loop, IssuerFetcher& fetcher, SharedParts& shared)
    : loop_(loop), fetcher_(fetcher), shared_(shared) {
    next_look_ = start_timer(loop_, std::chrono::milliseconds{0}, [this] { look(); });
}

void IssuerRenewal::look() {
    const auto snapshot = shared_.snapshot.load();
    const auto& repair = snapshot->settings.repair;
    const auto now = shared_.now();
    std::erase_if(asked_, [now](const auto& asked) { return now - asked.second >= ask_every; });
    next_look_ = start_timer(loop_, look_every, [this] { look(); });
    if (!repair.enabled || !repair.fetch || repair.renew_before.count() == 0) return;
    auto due = std::make_shared<std::vector<certs::StoredIssuer>>();
    const auto place = running_.emplace(running_.end());
    *place = start_work(
        loop_,
        [due, snapshot, now] {
            *due = issuers_to_renew(*snapshot->issuers, now, snapshot->settings.repair.renew_before);
        },
        [this, due, place] {
            running_.erase(place);
            looked(std::move(*due));
        });
}

void IssuerRenewal::looked(std::vector<certs::StoredIssuer> due) {
    for (auto& issuer : due) {
        if (asked_.emplace(issuer.certificate->sha256(), shared_.now()).second)
            waiting_.push_back(std::move(issuer));
    }
    fetch_next();
}

void IssuerRenewal::fetch_next() {
    while (!waiting_.empty() && running_.size() < at_once) {
        const auto issuer = std::move(waiting_.front());
        waiting_.pop_front();
        ++status_.attempts;
        const auto place = running_.emplace(running_.end());
        *place = fetcher_.fetch(issuer.origin, reach_of(issuer.network),
                                [this, issuer, place](const FetchedPtr& answer) {
                                    running_.erase(place);
                                    fetched(issuer, answer);
                                });
    }
}

void IssuerRenewal::fetched(const certs::StoredIssuer& issuer, const FetchedPtr& fetched) {
    if (fetched->fetch.result != certs::FetchResult::ok) {
        const auto& detail = fetched->fetch.detail;
        note_failure(issuer, certs::to_string(fetched->fetch) + (detail.empty() ? "" : ", " + detail));
        return fetch_next();
    }
    // Only another certificate of the same name is a renewal: whatever else is there now was not asked for.
    std::vector<certs::CertificatePtr> offered;
    for (const auto& certificate : fetched->certificates) {
        if (certificate->subject() == issuer.certificate->subject()) offered.push_back(certificate);
    }
    if (offered.empty()) {
        note_failure(issuer, "nothing of that name is there");
        return fetch_next();
    }
    const auto snapshot = shared_.snapshot.load();
    auto intake = std::make_shared<IssuerIntake>();
    const auto place = running_.emplace(running_.end());
    *place = start_work(
        loop_,
        [snapshot, intake, offered = std::move(offered), issuer, now = shared_.now()] {
            *intake = take_in_renewal(*snapshot, offered, issuer, now);
        },
        [this, intake, place, issuer] {
            running_.erase(place);
            const auto& outcome = intake->outcome;
            status_.renewed += outcome.taken.size();
            if (!outcome.taken.empty()) {
                shared_.log->note(Level::info, told(issuer) + " was renewed from " + issuer.origin);
            } else if (!outcome.refused.empty()) {
                note_failure(issuer, std::string("what is there now is refused: ") +
                                         to_string(outcome.refused.begin()->first));
            }
            if (!intake->trouble.empty())
                shared_.log->note(Level::warning, "issuer store: " + intake->trouble);
            fetch_next();
        });
}

void IssuerRenewal::note_failure(const certs::StoredIssuer& issuer, const std::string& cause) {
    ++status_.failed;
    const auto end = issuer.certificate->not_after();
    shared_.log->note(Level::warning, told(issuer) + ", which ends on " + to_date(end.value_or(Time{})) +
                                          ", was not renewed from " + issuer.origin + ": " + cause);
}

}  // namespace chainmend::proxy
