#include "proxy/upkeep/issuer_renewal.h"

#include <algorithm>

#include "proxy/io/timer.h"
#include "proxy/io/work_item.h"
#include "proxy/upkeep/issuer_intake.h"

namespace chainmend::proxy {

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
        *place = fetcher_.fetch(issuer.origin, Reach::public_internet,
                                [this, issuer, place](const FetchedPtr& answer) {
                                    running_.erase(place);
                                    fetched(issuer, answer);
                                });
    }
}

void IssuerRenewal::fetched(const certs::StoredIssuer& issuer, const FetchedPtr& fetched) {
    // Only another certificate of the same name is a renewal: whatever else is there now was not asked for.
    std::vector<certs::CertificatePtr> offered;
    for (const auto& certificate : fetched->certificates) {
        if (certificate->subject() == issuer.certificate->subject()) offered.push_back(certificate);
    }
    if (offered.empty()) return fetch_next();
    const auto snapshot = shared_.snapshot.load();
    auto intake = std::make_shared<IssuerIntake>();
    const auto place = running_.emplace(running_.end());
    *place = start_work(
        loop_,
        [snapshot, intake, offered = std::move(offered), url = issuer.origin, now = shared_.now()] {
            *intake = take_in(*snapshot, offered, certs::Source::store, url, now);
        },
        [this, intake, place, name = issuer.certificate->display_name(), url = issuer.origin] {
            running_.erase(place);
            status_.renewed += intake->outcome.taken.size();
            if (!intake->outcome.taken.empty())
                shared_.log->note(Level::info, "issuer \"" + name + "\" was renewed from " + url);
            if (!intake->trouble.empty())
                shared_.log->note(Level::warning, "issuer store: " + intake->trouble);
            fetch_next();
        });
}

}  // namespace chainmend::proxy
