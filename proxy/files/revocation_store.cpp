#include "proxy/files/revocation_store.h"

#include <algorithm>
#include <utility>

#include "certs/digest.h"
#include "certs/ocsp_judgement.h"
#include "proxy/files/atomic_file.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view ocsp_ending = ".ocsp";
constexpr std::string_view crl_ending = ".crl";
constexpr std::size_t max_crl_file_bytes = 64U * 1024 * 1024;
/// Of the first line. A fetched URL has at most 2,000 octets (proxy/fetch/url.h).
constexpr std::size_t max_url_line = 4096;

std::string name_of_list(const std::string& url) {
    return to_hex(certs::sha256_of(as_bytes(url))) + std::string(crl_ending);
}

bool is_hex(std::string_view text) {
    return !text.empty() && text.size() % 2 == 0 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::shared_ptr<RevocationStore> RevocationStore::open(const fs::path& directory, Time now) {
    auto store = std::make_shared<RevocationStore>();
    store->directory_ = directory;
    if (auto made = make_directories(directory, 0700); !made) {
        store->notes_.push_back("OCSP responses are not kept on disk: " + made.error().message);
        return store;
    }
    store->on_disk_ = true;
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        if (fs::is_regular_file(entry->symlink_status(ignored)))
            store->read(entry->path(), now);
        else
            store->notes_.push_back(entry->path().string() + ": ignored, it is no regular file");
    }
    return store;
}

void RevocationStore::read(const fs::path& file, Time now) {
    const std::string name = file.filename().string();
    const std::string stem = file.stem().string();
    const bool is_ocsp = name.ends_with(ocsp_ending);
    if ((!is_ocsp && !name.ends_with(crl_ending)) || !is_hex(stem)) return;
    const auto bytes =
        read_input_file(file.string(), max_url_line + (is_ocsp ? certs::max_ocsp_bytes : max_crl_file_bytes));
    if (!bytes) return notes_.push_back(bytes.error().message);
    const auto line_end = std::find(bytes->begin(), bytes->end(), '\n');
    const std::string url(bytes->begin(), line_end);
    const Bytes der(line_end == bytes->end() ? line_end : line_end + 1, bytes->end());
    Entry entry;
    entry.bytes = der.size();
    std::optional<Time> until;
    if (is_ocsp) {
        until = certs::ocsp_next_update(der);
        entry.evidence = {certs::RevocationSource::ocsp, url, der};
    } else if (auto crl = certs::Crl::from_der(der); crl && name == name_of_list(url)) {
        until = (*crl)->next_update();
        entry.evidence = {certs::RevocationSource::crl, url, {}, {}, {*crl}};
    }
    if (!until)
        notes_.push_back(file.string() + ": damaged, so it was removed; it is fetched again when needed");
    if (!until || *until < now) return remove_files({name});
    entry.until = *until;
    remove_files(insert(name, std::move(entry), now));
}

std::optional<certs::RevocationEvidence> RevocationStore::find_ocsp(const Sha256& certificate, Time now) {
    return find(to_hex(certificate) + std::string(ocsp_ending), now);
}

std::optional<certs::RevocationEvidence> RevocationStore::find_crl(const std::string& url, Time now) {
    return find(name_of_list(url), now);
}

std::vector<certs::GivenCrl> RevocationStore::lists_for(const std::vector<certs::PathElement>& path,
                                                        Time now) {
    std::vector<certs::GivenCrl> lists;
    for (const auto& element : path) {
        for (const std::string& url : element.certificate->crl_urls()) {
            if (const auto kept = find_crl(url, now)) lists.emplace_back(kept->crls.front(), url);
        }
    }
    return lists;
}

std::optional<certs::RevocationEvidence> RevocationStore::find(const std::string& name, Time now) {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(name);
    if (entry == entries_.end() || entry->second.until < now) return std::nullopt;
    return entry->second.evidence;
}

std::function<Result<void>()> RevocationStore::keep_ocsp(const Sha256& certificate, const std::string& url,
                                                         Bytes response, Time until, Time now) {
    Entry entry{{certs::RevocationSource::ocsp, url, response}, response.size(), until};
    return keep(to_hex(certificate) + std::string(ocsp_ending), std::move(entry), response, now);
}

std::function<Result<void>()> RevocationStore::keep_crl(const std::string& url, certs::CrlPtr crl, Time until,
                                                        Time now) {
    const Bytes der = crl->der();
    Entry entry{{certs::RevocationSource::crl, url, {}, {}, {std::move(crl)}}, der.size(), until};
    return keep(name_of_list(url), std::move(entry), der, now);
}

std::function<Result<void>()> RevocationStore::keep(const std::string& name, Entry entry, ByteView der,
                                                    Time now) {
    std::string text = entry.evidence.origin + '\n';
    text += as_text(der);
    const std::lock_guard lock(mutex_);
    auto gone = insert(name, std::move(entry), now);
    if (!on_disk_) return nullptr;
    const bool is_kept = entries_.contains(name);  // it may itself have been the first to end
    return [self = shared_from_this(), name, is_kept, text = std::move(text),
            gone = std::move(gone)]() -> Result<void> {
        self->remove_files(gone);
        if (!is_kept) return {};
        return write_file_atomically(self->directory_ / name, text, 0600, Durability::unsynced);
    };
}

std::vector<std::string> RevocationStore::insert(const std::string& name, Entry entry, Time now) {
    erase(name);
    bytes_ += entry.bytes;
    by_end_.emplace(entry.until, name);
    entries_.emplace(name, std::move(entry));
    std::vector<std::string> gone;
    while (!by_end_.empty() &&
           (by_end_.begin()->first < now || bytes_ > max_bytes || entries_.size() > max_entries)) {
        gone.push_back(by_end_.begin()->second);
        erase(gone.back());
    }
    return gone;
}

void RevocationStore::erase(const std::string& name) {
    const auto entry = entries_.find(name);
    if (entry == entries_.end()) return;
    bytes_ -= entry->second.bytes;
    by_end_.erase({entry->second.until, name});
    entries_.erase(entry);
}

void RevocationStore::remove_files(const std::vector<std::string>& names) const {
    std::error_code ignored;
    for (const std::string& name : names)
        fs::remove(directory_ / name, ignored);
}

std::size_t RevocationStore::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

Result<std::vector<certs::GivenCrl>> load_crl_files(const std::vector<std::string>& places) {
    std::vector<certs::GivenCrl> all;
    const auto take = [&](const std::string& file) -> Result<void> {
        const auto bytes = read_input_file(file, max_crl_file_bytes);
        if (!bytes) return Error{ErrorCode::configuration, bytes.error().message};
        const auto crls = certs::read_crls(*bytes);
        if (!crls) return Error{ErrorCode::configuration, file + ": " + crls.error().message};
        for (const auto& crl : *crls)
            all.emplace_back(crl, file);
        return {};
    };
    for (const std::string& place : places) {
        std::error_code error;
        if (!fs::is_directory(place, error)) {
            if (auto taken = take(place); !taken) return taken.error().in("verify.crl_files");
            continue;
        }
        for (fs::directory_iterator entry(place, error), end; !error && entry != end;
             entry.increment(error)) {
            std::error_code ignored;
            const bool hidden = entry->path().filename().string().front() == '.';
            if (hidden || !entry->is_regular_file(ignored)) continue;
            if (auto taken = take(entry->path().string()); !taken)
                return taken.error().in("verify.crl_files");
        }
        if (error) {
            return Error{ErrorCode::configuration,
                         "verify.crl_files: can not read the directory " + place + ": " + error.message()};
        }
    }
    return all;
}

}  // namespace chainmend::proxy
