#include "proxy/clients/trust_change.h"

#include <unistd.h>

#include <algorithm>

#include "certs/certificate_file.h"
#include "certs/pkcs12_trust_store.h"
#include "proxy/clients/nss_listing.h"
#include "proxy/clients/trust_finding.h"
#include "proxy/clients/trust_places.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

/// A CA's file has some KiB; the directory may hold others of any size, which are not ours.
constexpr std::size_t max_certificate_file_bytes = 64 * 1024;

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

std::vector<fs::path> entries_of(const fs::path& directory) {
    std::vector<fs::path> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory, ignored))
        found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

bool writable(const fs::path& path) {
    return ::access(path.c_str(), W_OK) == 0;
}

/// NSS's name for a database: the old format has to be said, and only older programs still have it.
std::string database_name(const fs::path& directory) {
    if (is_there(directory / "cert9.db")) return "sql:" + directory.string();
    if (is_there(directory / "cert8.db")) return "dbm:" + directory.string();
    return "";
}

std::vector<fs::path> directories_for(const NssPlace& place, const fs::path& home, const fs::path& root) {
    std::string pattern = place.directory;
    const bool each = pattern.ends_with("/*");
    if (each) pattern.resize(pattern.size() - 2);
    const fs::path start = pattern.front() == '/' ? root / pattern.substr(1) : home / pattern;
    return each ? entries_of(start) : std::vector<fs::path>{start};
}

}  // namespace

std::string TrustChange::nickname() const {
    return "chainmend CA " + short_fingerprint(ca_);
}

fs::path TrustChange::below_root(const fs::path& path) const {
    return around_.root / path.relative_path();
}

bool TrustChange::is_ours(const std::string& pem) const {
    const auto read = certs::read_certificates(as_bytes(pem));
    return read && read->certificates.size() == 1 && read->certificates.front()->sha256() == ca_.sha256();
}

std::vector<fs::path> TrustChange::same_certificate_in(const fs::path& directory) const {
    std::vector<fs::path> same;
    for (const auto& file : entries_of(directory)) {
        const auto bytes = read_input_file(file, max_certificate_file_bytes);
        if (bytes && is_ours(std::string(as_text(*bytes)))) same.push_back(file);
    }
    return same;
}

// A file alone is trusted by nobody: its command may have failed, or was never run. What the command makes is
// what counts, so that a second time goes on where the first one stopped.
Result<void> TrustChange::add_system(TrustPlan& plan) const {
    for (const auto& place : system_trust_places()) {
        const auto directory = below_root(place.directory);
        if (!is_there(directory)) continue;
        const auto same = same_certificate_in(directory);
        const auto held = holds_certificate(below_root(place.bundle).string(), ca_);
        const bool in_bundle = held && *held;
        const bool install = direction_ == TrustDirection::install;
        if (install ? !same.empty() && in_bundle : same.empty() && !in_bundle) {
            plan.notes.push_back(install ? "the system trusts it already: " + same.front().string()
                                         : "the system's store does not have it: " + directory.string());
            return {};
        }
        const bool needs_root = !writable(directory);
        if (install && same.empty()) {
            const auto file = directory / ("chainmend-" + short_fingerprint(ca_) + place.extension);
            plan.steps.push_back(
                {{"install", "-m", "0644", around_.ca_file.string(), file.string()}, needs_root});
        }
        if (!install) {
            for (const auto& file : same)
                plan.steps.push_back({{"rm", "-f", file.string()}, needs_root});
        }
        TrustStep update{{}, needs_root};
        if (around_.root != "/") update.command = {"chroot", around_.root.string()};
        for (const char* const* word = place.update; *word != nullptr; ++word)
            update.command.emplace_back(*word);
        plan.steps.push_back(std::move(update));
        return {};
    }
    return Error{
        ErrorCode::not_found,
        "none of the known directories for CAs is on this system; export the certificate with chainmend ca "
        "export and follow its documentation"};
}

void TrustChange::add_nss(TrustPlan& plan) const {
    const auto before = plan.steps.size() + plan.notes.size();
    for (const auto& place : nss_places()) {
        for (const auto& directory : directories_for(place, around_.home, around_.root))
            add_database(plan, directory, place.programs);
    }
    if (plan.steps.size() + plan.notes.size() == before)
        plan.notes.push_back("no NSS database of a browser or mail program was found below " +
                             around_.home.string());
}

void TrustChange::add_database(TrustPlan& plan, const fs::path& directory, const char* programs) const {
    const std::string database = database_name(directory);
    if (database.empty()) return;
    const auto found = find_in_nss(database, ca_, nickname(), around_.ask);
    if (!found) {
        plan.notes.push_back(std::string(programs) + ": " + found.error().message + ", so " +
                             directory.string() + " was not looked at");
        return;
    }
    const bool install = direction_ == TrustDirection::install;
    if (install ? found->trusted : found->nicknames.empty()) {
        plan.notes.push_back(std::string(programs) +
                             (install ? ": trusted already in " : ": nothing to remove from ") +
                             directory.string());
        return;
    }
    const bool needs_root = !writable(directory);
    if (install) {
        plan.steps.push_back({{"certutil", "-A", "-d", database, "-t", "C,,", "-i", around_.ca_file.string(),
                               "-n", nickname()},
                              needs_root});
        return;
    }
    for (const auto& name : found->nicknames)
        plan.steps.push_back({{"certutil", "-D", "-d", database, "-n", name}, needs_root});
}

Result<void> TrustChange::add_java(TrustPlan& plan, const fs::path& java_home) const {
    const fs::path keytool = java_home / "bin/keytool";
    fs::path store;
    for (const char* place : {"lib/security/cacerts", "jre/lib/security/cacerts"}) {
        if (store.empty() && is_there(java_home / place)) store = java_home / place;
    }
    if (store.empty() || !is_there(keytool)) {
        return Error{ErrorCode::not_found,
                     "there is no Java with keytool and a trust store in " + java_home.string()};
    }
    const std::string alias = "chainmend-" + short_fingerprint(ca_);
    const std::vector<std::string> common = {"-alias",       alias,        "-keystore",
                                             store.string(), "-storepass", certs::usual_trust_store_password};
    std::vector<std::string> question = {keytool.string(), "-exportcert", "-rfc"};
    question.insert(question.end(), common.begin(), common.end());
    const auto present = around_.ask(question);
    const bool install = direction_ == TrustDirection::install;
    const bool there = present.status == 0 && is_ours(present.out);
    if (install == there) {
        plan.notes.push_back(
            "Java: " + std::string(install ? "trusted already in " : "nothing to remove from ") +
            store.string());
        return {};
    }
    TrustStep step{{keytool.string()}, !writable(store)};
    if (install) {
        step.command.insert(step.command.end(),
                            {"-importcert", "-noprompt", "-trustcacerts", "-file", around_.ca_file.string()});
    } else {
        step.command.emplace_back("-delete");
    }
    step.command.insert(step.command.end(), common.begin(), common.end());
    plan.steps.push_back(std::move(step));
    return {};
}

}  // namespace chainmend::proxy
