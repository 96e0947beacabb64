#include "proxy/fetch/fetch_memory.h"

namespace chainmend::proxy {

std::chrono::milliseconds remembered_for(FetchKind kind, const certs::Fetch& fetch) {
    using namespace std::chrono_literals;
    using enum certs::FetchResult;
    switch (fetch.result) {
        case ok:
            return kind == FetchKind::issuer ? 60s : 5s;
        case http_error:
            if (fetch.http_status == 404 || fetch.http_status == 410) return 300s;
            return fetch.http_status == 429 || fetch.http_status >= 500 ? 30s : 120s;
        case timeout:
        case dns_error:
        case connection_refused:
        case connection_failed:
        case blocked:
            return 15s;
        case too_large:
        case unparsable:
        case redirect_loop:
        case bad_response:
        case truncated:
        case compressed:
        case empty:
            return 120s;
        case wrong_issuer:  // depends on who asks
        case not_attempted:
        case broken_host:
            return 0s;
    }
    return 0s;
}

void FetchMemory::remember(const FetchKey& key, FetchedPtr fetched, Moment now) {
    if (const auto known = entries_.find(key); known != entries_.end()) drop(known);
    const Moment time = remembered_for(key.kind, fetched->fetch);
    if (time == Moment{} || fetched->fetch.bytes > max_entry_bytes) return;
    bytes_ += fetched->fetch.bytes;
    const auto age = oldest_first_.insert(oldest_first_.end(), key);
    entries_.emplace(key, Entry{std::move(fetched), now + time, age});
    while (entries_.size() > max_entries || bytes_ > max_bytes)
        drop(entries_.find(oldest_first_.front()));
}

FetchedPtr FetchMemory::recall(const FetchKey& key, Moment now) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    if (now < found->second.until) return found->second.fetched;
    drop(found);
    return nullptr;
}

std::vector<RememberedFailure> FetchMemory::failures(Moment now) const {
    std::vector<RememberedFailure> failures;
    for (auto key = oldest_first_.rbegin(); key != oldest_first_.rend(); ++key) {
        const Entry& entry = entries_.at(*key);
        const certs::Fetch& fetch = entry.fetched->fetch;
        if (fetch.result == certs::FetchResult::ok || entry.until <= now) continue;
        failures.push_back({fetch.url, certs::to_string(fetch), entry.until - now});
    }
    return failures;
}

void FetchMemory::drop(std::map<FetchKey, Entry>::iterator entry) {
    bytes_ -= entry->second.fetched->fetch.bytes;
    oldest_first_.erase(entry->second.age);
    entries_.erase(entry);
}

void FetchMemory::clear() {
    entries_.clear();
    oldest_first_.clear();
    bytes_ = 0;
}

}  // namespace chainmend::proxy
