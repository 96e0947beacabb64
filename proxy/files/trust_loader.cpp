#include "proxy/files/trust_loader.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "certs/certificate_file.h"
#include "certs/distrust_rules.h"
#include "config/sha256_text.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

/// Debian's /etc/ssl/certs has 290 entries; a directory beyond this is a mistake in the settings.
constexpr std::size_t max_directory_entries = 10'000;

std::string count_text(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// Why nobody should want this end entity certificate as an anchor, and what to do instead.
std::string end_entity_message(const std::string& file, const certs::Certificate& certificate) {
    return file + ": \"" + certificate.display_name() + "\" (SHA-256 " + short_fingerprint(certificate) +
           ") is an end entity certificate, not a CA, and can not be an anchor (RFC 5280 section 6.1.1). Put "
           "the CA "
           "that issued it, \"" +
           certificate.issuer_display_name() + "\", there instead";
}

/// Collects anchors from one place after the other.
class TrustCollection {
  public:
    TrustCollection(const config::TrustSettings& settings, const std::vector<certs::CertificatePtr>& own_cas,
                    Time now)
        : builder_(settings.intermediates_as_anchors), now_(now) {
        for (const auto& ca : own_cas)
            loaded_.distrust.own_cas.insert(ca->sha256());
        read_distrust(settings.distrust);
    }

    void add_system(const std::vector<std::string>& places);
    void add_file(const std::string& setting, const std::string& file);
    void add_directory(const std::string& setting, const std::string& directory);
    LoadedTrust finish() &&;

  private:
    enum class Strictness {
        system,     ///< not this user's mistakes: notes only
        file,       ///< everything that does not fit is a problem
        directory,  ///< a file without certificates is a note
    };

    void read_distrust(const std::vector<std::string>& fingerprints);
    void read_into(TrustOrigin& origin, const std::string& setting, const std::string& file,
                   Strictness strictness);
    void place(TrustOrigin& origin, const std::string& setting, const std::string& file,
               const certs::CertificatePtr& certificate, Strictness strictness);
    void problem(const std::string& setting, std::string message) {
        loaded_.problems.push_back({setting, std::move(message)});
    }

    certs::TrustStoreBuilder builder_;
    certs::Distrust distrust_;
    bool found_own_ca_ = false;
    Time now_;
    LoadedTrust loaded_;
};

void TrustCollection::read_distrust(const std::vector<std::string>& fingerprints) {
    for (std::size_t i = 0; i < fingerprints.size(); ++i) {
        if (const auto sha256 = parse_key_pin(fingerprints[i])) {
            loaded_.distrust.fingerprints.insert(*sha256);
        } else {
            problem(
                "trust.distrust[" + std::to_string(i) + "]",
                "is not a SHA-256 fingerprint (64 hexadecimal digits) of a certificate or of its public key");
        }
    }
    distrust_ = certs::Distrust(loaded_.distrust);
}

void TrustCollection::add_system(const std::vector<std::string>& places) {
    const auto found = find_system_bundle(places);
    if (!found) return loaded_.notes.push_back(found.error().message);
    TrustOrigin origin{.origin = "system", .file = *found};
    read_into(origin, "trust.system", *found, Strictness::system);
    loaded_.origins.push_back(std::move(origin));
}

void TrustCollection::add_file(const std::string& setting, const std::string& file) {
    TrustOrigin origin{.origin = file, .file = file};
    read_into(origin, setting, file, Strictness::file);
    loaded_.origins.push_back(std::move(origin));
}

void TrustCollection::add_directory(const std::string& setting, const std::string& directory) {
    std::error_code error;
    std::vector<std::string> files;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        const bool hidden = entry->path().filename().string().front() == '.';
        if (!hidden && entry->is_regular_file(ignored)) files.push_back(entry->path().string());
        if (files.size() > max_directory_entries) {
            return problem(setting,
                           directory + " has more than " + std::to_string(max_directory_entries) + " files");
        }
    }
    if (error) return problem(setting, "can not read the directory " + directory + ": " + error.message());
    std::sort(files.begin(), files.end());
    TrustOrigin origin{.origin = directory, .file = directory};
    for (const std::string& file : files)
        read_into(origin, setting, file, Strictness::directory);
    loaded_.origins.push_back(std::move(origin));
}

void TrustCollection::read_into(TrustOrigin& origin, const std::string& setting, const std::string& file,
                                Strictness strictness) {
    const auto bytes = read_input_file(file, max_trust_file_bytes);
    if (!bytes) return problem(setting, bytes.error().message);
    const auto read = certs::read_certificates(*bytes);
    if (!read) {
        const std::string message = file + " holds no certificate: " + read.error().message;
        if (strictness == Strictness::directory) return loaded_.notes.push_back("skipped " + message);
        return problem(setting, message);
    }
    for (const std::string& trouble : read->problems)
        loaded_.notes.push_back(file + ": skipped " + trouble);
    for (const auto& certificate : read->certificates)
        place(origin, setting, file, certificate, strictness);
}

void TrustCollection::place(TrustOrigin& origin, const std::string& setting, const std::string& file,
                            const certs::CertificatePtr& certificate, Strictness strictness) {
    if (distrust_.is_own_ca(*certificate)) {
        found_own_ca_ = true;
        loaded_.issuers.push_back({certificate, certs::Source::import, file, now_});
        return loaded_.notes.push_back(file + ": left out \"" + certificate->display_name() +
                                       "\": " + certs::own_ca_detail);
    }
    if (distrust_.covers(*certificate)) {
        return loaded_.notes.push_back(file + ": left out \"" + certificate->display_name() +
                                       "\", which trust.distrust names");
    }
    const bool system = strictness == Strictness::system;
    using enum certs::TrustPlacement;
    switch (builder_.add(certificate, system ? "system" : file)) {
        case anchor:
            ++origin.anchors;
            if (certificate->not_after() && *certificate->not_after() < now_) {
                ++origin.expired;
                if (!system) {
                    loaded_.notes.push_back(file + ": the anchor \"" + certificate->display_name() +
                                            "\" expired on " + to_date(*certificate->not_after()));
                }
            }
            return;
        case duplicate:
            ++origin.duplicates;
            return;
        case intermediate:
            ++origin.intermediates;
            loaded_.issuers.push_back({certificate, certs::Source::import, file, now_});
            return;
        case end_entity:
            if (system) return loaded_.notes.push_back("skipped " + end_entity_message(file, *certificate));
            return problem(setting, end_entity_message(file, *certificate));
    }
}

LoadedTrust TrustCollection::finish() && {
    auto store = std::move(builder_).build();
    if (store->anchors().empty() &&
        loaded_.ok()) {  // otherwise it is what else is wrong that has to be mended
        const std::string intermediates =
            found_own_ca_ ? " (" + std::string(certs::own_ca_detail) + ")"
            : loaded_.issuers.empty()
                ? ""
                : " (" + count_text(loaded_.issuers.size(), "CA certificate") +
                      " found, none of them self-signed: trust.intermediates_as_anchors = true "
                      "makes anchors of them)";
        problem("trust",
                "there is no trust anchor" + intermediates +
                    ", so nothing could be verified: leave trust.system on, or name a file in trust.files");
    }
    if (loaded_.ok()) loaded_.store = std::move(store);
    return std::move(loaded_);
}

}  // namespace

Error LoadedTrust::error() const {
    std::string message;
    for (const TrustProblem& problem : problems) {
        message += (message.empty() ? "" : "\n") + problem.setting + ": " + problem.message;
    }
    return {ErrorCode::configuration, message};
}

Result<std::string> find_system_bundle(const std::vector<std::string>& places) {
    std::string tried;
    for (const std::string& place : places) {
        std::error_code ignored;
        if (fs::exists(place, ignored)) return place;
        tried += (tried.empty() ? "" : ", ") + place;
    }
    return Error{ErrorCode::not_found, "the system has no bundle of trust anchors (looked for " + tried +
                                           "): install the package ca-certificates"};
}

const std::vector<std::string>& system_bundle_places() {
    static const std::vector<std::string> places{
        "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Gentoo, Alpine
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL 7 and later
        "/etc/pki/tls/certs/ca-bundle.crt",                   // older Fedora and RHEL
        "/var/lib/ca-certificates/ca-bundle.pem",             // openSUSE, SLES
        "/etc/ssl/ca-bundle.pem",                             // older openSUSE
        "/etc/ssl/cert.pem",                                  // Alpine, OpenBSD
    };
    return places;
}

namespace {

LoadedTrust load(const config::TrustSettings& settings, const std::vector<certs::CertificatePtr>& own_cas,
                 Time now, const std::vector<std::string>& system_bundles) {
    const auto indexed = [](const char* setting, std::size_t index) {
        return std::string(setting) + "[" + std::to_string(index) + "]";
    };
    TrustCollection collection(settings, own_cas, now);
    if (settings.system) collection.add_system(system_bundles);
    for (std::size_t i = 0; i < settings.files.size(); ++i) {
        collection.add_file(indexed("trust.files", i), settings.files[i]);
    }
    for (std::size_t i = 0; i < settings.dirs.size(); ++i) {
        collection.add_directory(indexed("trust.dirs", i), settings.dirs[i]);
    }
    return std::move(collection).finish();
}

}  // namespace

LoadedTrust load_trust(const config::TrustSettings& settings, Time now) {
    return load(settings, {}, now, system_bundle_places());
}

LoadedTrust load_trust(const config::TrustSettings& settings,
                       const std::vector<certs::CertificatePtr>& own_cas, Time now) {
    return load(settings, own_cas, now, system_bundle_places());
}

LoadedTrust load_trust(const config::TrustSettings& settings, Time now,
                       const std::vector<std::string>& system_bundles) {
    return load(settings, {}, now, system_bundles);
}

}  // namespace chainmend::proxy
