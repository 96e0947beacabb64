#include "proxy/issuer_saver.h"

#include "proxy/io/timer.h"
#include "proxy/io/work_item.h"

namespace chainmend::proxy {
namespace {

// The directory notes usefulness once a day; asking it more often would only cost a trip to the thread pool.
constexpr std::chrono::hours useful_once_in{24};

// Beyond this many the memory of what was told starts afresh: it is the issuer store's own capacity.
constexpr std::size_t max_told = 10'000;

}  // namespace

void IssuerSaver::learn(const Snapshot& snapshot, const certs::FetchedIssuer& issuer, Time now) {
    const certs::StoredIssuer stored{issuer.certificate, certs::Source::store, issuer.url, now,
                                     issuer.network};
    if (!snapshot.issuers->add(stored) || !snapshot.issuer_directory) return;
    on_disk("issuer store",
            [directory = snapshot.issuer_directory, stored] { return directory->write(stored); });
}

void IssuerSaver::mark_useful(const Snapshot& snapshot, const certs::Verdict& verdict) {
    for (const auto& element : verdict.path) {
        if (element.source != certs::Source::store && element.source != certs::Source::import) continue;
        const auto sha256 = element.certificate->sha256();
        snapshot.issuers->mark_useful(sha256);
        if (told_useful_.size() > max_told) told_useful_.clear();
        auto [told, is_new] = told_useful_.try_emplace(sha256, verdict.at);
        if (!is_new && verdict.at - told->second < useful_once_in) continue;
        told->second = verdict.at;
        if (!snapshot.issuer_directory) continue;
        on_disk("issuer store",
                [directory = snapshot.issuer_directory, sha256, at = verdict.at]() -> Result<void> {
                    directory->mark_useful(sha256, at);
                    return {};
                });
    }
}

void IssuerSaver::on_disk(const std::string& what, std::function<Result<void>()> work) {
    auto outcome = std::make_shared<Result<void>>();
    const auto place = writing_.emplace(writing_.end());
    *place = start_work(
        loop_, [work = std::move(work), outcome] { *outcome = work(); },
        [this, outcome, place, what] {
            if (!outcome->ok()) log_.note(Level::warning, outcome->error().in(what).message);
            writing_.erase(place);
            if (!writing_.empty() || !written_) return;
            const auto written = std::move(written_);
            written_ = nullptr;
            written();
        });
}

void IssuerSaver::when_written(std::function<void()> completion) {
    if (!writing_.empty()) {
        written_ = std::move(completion);
        return;
    }
    nothing_to_write_ = start_timer(loop_, std::chrono::milliseconds{0}, std::move(completion));
}

}  // namespace chainmend::proxy
