#include "proxy/files/revocation_store.h"

#include <algorithm>

#include "certs/ocsp_judgement.h"
#include "proxy/files/atomic_file.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view ocsp_ending = ".ocsp";
constexpr std::string_view crl_ending = ".crl";
/// The longest file name that common file systems take, less some for temporary names.
constexpr std::size_t max_name = 240;
constexpr std::size_t max_crl_file_bytes = 64U * 1024 * 1024;

std::string text_from_hex(std::string_view hex) {
    const auto digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; };
    std::string text;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        text += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
    return text;
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
        if (fs::is_regular_file(entry->symlink_status(ignored))) store->read(entry->path(), now);
    }
    return store;
}

void RevocationStore::read(const fs::path& file, Time now) {
    const std::string name = file.filename().string();
    const std::string stem = file.stem().string();
    const bool is_ocsp = name.ends_with(ocsp_ending);
    if ((!is_ocsp && !name.ends_with(crl_ending)) || !is_hex(stem)) return;
    const auto bytes = read_input_file(file.string(), is_ocsp ? certs::max_ocsp_bytes : max_crl_file_bytes);
    if (!bytes) return notes_.push_back(bytes.error().message);
    Entry entry;
    entry.bytes = bytes->size();
    std::optional<Time> until;
    if (is_ocsp) {
        until = certs::ocsp_next_update(*bytes);
        entry.evidence = {certs::RevocationSource::ocsp, "", *bytes};
    } else if (auto crl = certs::Crl::from_der(*bytes)) {
        until = (*crl)->next_update();
        entry.evidence = {certs::RevocationSource::crl, text_from_hex(stem), {}, {}, {*crl}};
    }
    if (!until || *until < now) {
        std::error_code ignored;
        fs::remove(file, ignored);
        return;
    }
    entry.until = *until;
    remove_files(insert(name, std::move(entry)));
}

std::optional<certs::RevocationEvidence> RevocationStore::find_ocsp(const Sha256& certificate, Time now) {
    return find(to_hex(certificate) + std::string(ocsp_ending), now);
}

std::optional<certs::RevocationEvidence> RevocationStore::find_crl(const std::string& url, Time now) {
    return find(to_hex(as_bytes(url)) + std::string(crl_ending), now);
}

std::optional<certs::RevocationEvidence> RevocationStore::find(const std::string& name, Time now) {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(name);
    if (entry == entries_.end() || entry->second.until < now) return std::nullopt;
    return entry->second.evidence;
}

std::function<Result<void>()> RevocationStore::keep_ocsp(const Sha256& certificate, const std::string& url,
                                                         Bytes response, Time until) {
    Entry entry{{certs::RevocationSource::ocsp, url, response}, response.size(), until};
    return keep(to_hex(certificate) + std::string(ocsp_ending), std::move(entry), std::move(response));
}

std::function<Result<void>()> RevocationStore::keep_crl(const std::string& url, Bytes der, certs::CrlPtr crl,
                                                        Time until) {
    Entry entry{{certs::RevocationSource::crl, url, {}, {}, {std::move(crl)}}, der.size(), until};
    return keep(to_hex(as_bytes(url)) + std::string(crl_ending), std::move(entry), std::move(der));
}

std::function<Result<void>()> RevocationStore::keep(const std::string& name, Entry entry, Bytes bytes) {
    const std::lock_guard lock(mutex_);
    auto gone = insert(name, std::move(entry));
    if (!on_disk_ || name.size() > max_name) return nullptr;
    return [self = shared_from_this(), name, bytes = std::move(bytes), gone = std::move(gone)] {
        self->remove_files(gone);
        return write_file_atomically(self->directory_ / name, as_text(bytes), 0600, Durability::unsynced);
    };
}

std::vector<std::string> RevocationStore::insert(const std::string& name, Entry entry) {
    if (const auto known = entries_.find(name); known != entries_.end()) {
        bytes_ -= known->second.bytes;
        entries_.erase(known);
    }
    bytes_ += entry.bytes;
    entries_.emplace(name, std::move(entry));
    std::vector<std::string> gone;
    while (bytes_ > max_bytes || entries_.size() > max_entries) {
        const auto first =
            std::min_element(entries_.begin(), entries_.end(),
                             [](const auto& a, const auto& b) { return a.second.until < b.second.until; });
        bytes_ -= first->second.bytes;
        gone.push_back(first->first);
        entries_.erase(first);
    }
    return gone;
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

Result<std::vector<certs::GivenCrl>> load_crl_files(const std::vector<std::string>& places,
                                                    std::vector<std::string>& notes) {
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
            if (!entry->is_regular_file(ignored)) continue;
            if (auto taken = take(entry->path().string()); !taken)
                notes.push_back("verify.crl_files: skipped " + taken.error().message);
        }
        if (error) {
            return Error{ErrorCode::configuration,
                         "verify.crl_files: can not read the directory " + place + ": " + error.message()};
        }
    }
    return all;
}

}  // namespace chainmend::proxy
