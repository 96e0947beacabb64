#include "proxy/clients/nss_listing.h"

#include <algorithm>
#include <sstream>

#include "proxy/files/signing_ca_directory.h"

namespace chainmend::proxy {
namespace {

constexpr int status_not_found = 127;
constexpr std::string_view our_names = "chainmend CA ";

/// A certificate with any trust in a profile is rare: those that a person or a company put there.
constexpr std::size_t max_looked_at = 200;

/// One line of "certutil -L".
struct Line {
    std::string nickname;
    std::string flags;  ///< "C,,"
};

bool is_flags(const std::string& text) {
    return std::count(text.begin(), text.end(), ',') == 2 &&
           text.find_first_not_of("pPcCTuwgG,") == std::string::npos;
}

/// "NICKNAME", blanks up to column 60 or one when it is longer, "C,,". The heading has no such end.
std::vector<Line> lines_of(const std::string& listing) {
    std::vector<Line> found;
    std::istringstream stream(listing);
    for (std::string line; std::getline(stream, line);) {
        line.erase(line.find_last_not_of(" \r") + 1);
        const auto space = line.rfind(' ');
        if (space == std::string::npos || !is_flags(line.substr(space + 1))) continue;
        const auto end = line.find_last_not_of(' ', space);
        if (end != std::string::npos) found.push_back({line.substr(0, end + 1), line.substr(space + 1)});
    }
    return found;
}

/// In what certutil prints of the certificates under one name (all that have the same subject): the one with
/// this fingerprint, and whether "Trusted CA" stands among its flags for SSL.
struct Details {
    bool there = false;
    bool trusted = false;
};

Details details_in(const std::string& text, const std::string& fingerprint) {
    Details details;
    bool is_it = false;
    bool in_ssl_flags = false;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        const auto begin = line.find_first_not_of(' ');
        const std::string word = begin == std::string::npos ? "" : line.substr(begin);
        if (word == "Certificate:") is_it = false;
        if (word == fingerprint) details.there = is_it = true;
        if (word == "SSL Flags:") in_ssl_flags = true;
        if (word == "Email Flags:") in_ssl_flags = false;
        if (is_it && in_ssl_flags && word == "Trusted CA") details.trusted = true;
    }
    return details;
}

/// Certificates of one subject go by each other's names. When ours is among them, it is that one; the names
/// of our other CAs are theirs.
std::vector<std::string> names_of_it(std::vector<std::string> names, const std::string& nickname) {
    if (std::find(names.begin(), names.end(), nickname) != names.end()) return {nickname};
    std::vector<std::string> others;
    std::copy_if(names.begin(), names.end(), std::back_inserter(others),
                 [](const std::string& name) { return !name.starts_with(our_names); });
    return others.empty() ? names : others;
}

}  // namespace

Result<NssEntry> find_in_nss(const std::string& database, const certs::Certificate& certificate,
                             const std::string& nickname, const CommandQuestion& ask) {
    const auto listing = ask({"certutil", "-L", "-d", database});
    if (listing.status == status_not_found)
        return Error{ErrorCode::not_found,
                     "certutil is not installed (Debian: libnss3-tools, Fedora: nss-tools, "
                     "openSUSE: mozilla-nss-tools, Arch: nss)"};
    if (listing.status != 0) return Error{ErrorCode::environment, "certutil can not read the database"};
    const auto fingerprint = fingerprint_text(certificate);
    NssEntry entry;
    std::size_t looked_at = 0;
    for (const auto& line : lines_of(listing.out)) {
        if (line.flags == ",," && !line.nickname.starts_with(our_names)) continue;
        if (++looked_at > max_looked_at) break;
        const auto told = ask({"certutil", "-L", "-d", database, "-n", line.nickname});
        const auto details = told.status == 0 ? details_in(told.out, fingerprint) : Details{};
        if (details.there) entry.nicknames.push_back(line.nickname);
        entry.trusted = entry.trusted || details.trusted;
    }
    entry.nicknames = names_of_it(std::move(entry.nicknames), nickname);
    return entry;
}

}  // namespace chainmend::proxy
