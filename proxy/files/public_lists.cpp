#include "proxy/files/public_lists.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/files/atomic_file.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

constexpr char revoked_name[] = "revoked.txt";
constexpr char disclosed_name[] = "disclosed.txt";
/// Mozilla's lists have 1,900 entries each in 2026, of 300 octets at most.
constexpr std::size_t max_list_bytes = 16 * 1024 * 1024;

// The first word of a line.
constexpr std::string_view fingerprint_word = "sha256";
constexpr std::string_view serial_word = "serial";
constexpr std::string_view key_word = "key";
constexpr std::string_view end_word = "end";

std::optional<Bytes> from_hex(std::string_view text) {
    Bytes bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char letter = text[i];
        const int digit = letter >= '0' && letter <= '9'   ? letter - '0'
                          : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                                           : -1;
        if (digit < 0) return std::nullopt;
        if (i % 2 == 0) bytes.push_back(0);
        bytes.back() = static_cast<std::uint8_t>(bytes.back() << 4 | digit);
    }
    if (text.empty() || text.size() % 2 != 0) return std::nullopt;
    return bytes;
}

std::optional<Sha256> sha256_from_hex(std::string_view text) {
    const auto bytes = from_hex(text);
    Sha256 sha256{};
    if (!bytes || bytes->size() != sha256.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), sha256.begin());
    return sha256;
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t end = line.find(' ');
        words.push_back(line.substr(0, end));
        line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    }
    return words;
}

bool add_entry(certs::DistrustList& list, const std::vector<std::string_view>& words) {
    if (words.size() == 2 && words[0] == fingerprint_word) {
        const auto sha256 = sha256_from_hex(words[1]);
        return sha256 && list.fingerprints.insert(*sha256).second;
    }
    if (words.size() != 3) return false;
    const auto name = from_hex(words[1]);
    const auto serial = from_hex(words[2]);
    if (name && serial && words[0] == serial_word)
        return list.issuer_and_serial.insert({*name, *serial}).second;
    const auto key = sha256_from_hex(words[2]);
    return name && key && words[0] == key_word && list.subject_and_key.insert({*name, *key}).second;
}

/// Every line has to make sense and the last one has to give their number.
Result<certs::DistrustList> load_list(const fs::path& file) {
    certs::DistrustList list;
    const auto bytes = read_input_file(file, max_list_bytes, Symlinks::refuse);
    if (!bytes && bytes.error().code == ErrorCode::not_found) return list;
    if (!bytes) return bytes.error();
    const Error damaged{ErrorCode::configuration,
                        file.string() + " is damaged: remove it and import Mozilla's list again"};
    std::string_view text = as_text(*bytes);
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return damaged;
        const auto words = words_of(text.substr(0, end));
        text.remove_prefix(end + 1);
        if (words.size() == 2 && words[0] == end_word) {
            if (words[1] == std::to_string(list.size()) && text.empty()) return list;
            return damaged;
        }
        if (!add_entry(list, words)) return damaged;
    }
    return damaged;
}

std::string list_text(const certs::DistrustList& list) {
    std::string text;
    const auto word = [&text](std::string_view what, char after) { text.append(what) += after; };
    for (const Sha256& sha256 : list.fingerprints) {
        word(fingerprint_word, ' ');
        word(to_hex(sha256), '\n');
    }
    for (const auto& [issuer, serial] : list.issuer_and_serial) {
        word(serial_word, ' ');
        word(to_hex(issuer), ' ');
        word(to_hex(serial), '\n');
    }
    for (const auto& [subject, key] : list.subject_and_key) {
        word(key_word, ' ');
        word(to_hex(subject), ' ');
        word(to_hex(key), '\n');
    }
    return text + std::string(end_word) + " " + std::to_string(list.size()) + "\n";
}

}  // namespace

Result<PublicLists> load_public_lists(const fs::path& issuer_store) {
    const fs::path directory = issuer_store / public_lists_directory;
    auto revoked = load_list(directory / revoked_name);
    if (!revoked) return revoked.error();
    auto disclosed = load_list(directory / disclosed_name);
    if (!disclosed) return disclosed.error();
    return PublicLists{std::move(*revoked), std::move(disclosed->fingerprints)};
}

Result<void> save_public_lists(const fs::path& issuer_store, const PublicLists& lists) {
    const fs::path directory = issuer_store / public_lists_directory;
    if (auto made = make_directories(directory, 0700); !made) return made;
    if (lists.revoked.size() > 0) {
        auto written = write_file_atomically(directory / revoked_name, list_text(lists.revoked), 0644);
        if (!written) return written;
    }
    if (lists.disclosed.empty()) return {};
    certs::DistrustList disclosed;
    disclosed.fingerprints = lists.disclosed;
    return write_file_atomically(directory / disclosed_name, list_text(disclosed), 0644);
}

}  // namespace chainmend::proxy
