#include "proxy/cli/verify_material.h"

#include <filesystem>
#include <istream>
#include <iterator>

#include "certs/candidate_issuers.h"
#include "certs/certificate_file.h"
#include "certs/crl.h"
#include "certs/ocsp_judgement.h"
#include "certs/revocation_check.h"
#include "proxy/cli/mapped_repair.h"
#include "proxy/cli/settings_file.h"
#include "proxy/files/input_file.h"
#include "proxy/files/issuer_directory.h"
#include "proxy/files/public_lists.h"
#include "proxy/files/trust_loader.h"
#include "proxy/policy/anchor_limits.h"
#include "proxy/policy/exceptions.h"

namespace chainmend::proxy {
namespace {

/// A revocation list of a big CA has some 10 MiB.
constexpr std::size_t max_crl_bytes = 64 * 1024 * 1024;
/// Eight answers of 64 KiB make 700 KiB of base64; a map for a whole test suite has more.
constexpr std::size_t max_map_bytes = 64 * 1024 * 1024;
/// libssl takes 100 KiB in a handshake. What PKCS#7 of this size can hold, 20,000 certificates, is decoded
/// within the 5 s that a run may take.
constexpr std::size_t max_chain_bytes = 8 * 1024 * 1024;

Error unreadable(const Error& error, const std::string& option) {
    return Error{ErrorCode::malformed, error.message}.in(option);
}

Result<std::vector<certs::CertificatePtr>> read_file(const std::string& file, const std::string& option,
                                                     std::vector<std::string>& notes) {
    const auto bytes = read_input_file(file, max_trust_file_bytes);
    if (!bytes) return unreadable(bytes.error(), option);
    auto read = certs::read_certificates(*bytes);
    if (!read) return unreadable(read.error().in(file), option);
    for (const std::string& problem : read->problems)
        notes.push_back(file + ": " + problem + "; passed over");
    return std::move(read->certificates);
}

Result<void> load_configured(const CommandLine& line, Time now, certs::TrustStoreBuilder& anchors,
                             VerifyMaterial& material) {
    auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    material.settings = *std::move(settings);
    LoadedTrust trust = load_trust(material.settings.trust, now);
    if (!trust.ok()) return trust.error();
    material.distrust = std::move(trust.distrust);
    for (const auto& anchor : trust.store->anchors())
        anchors.add(anchor.certificate, anchor.origin);
    for (const auto& issuer : trust.issuers)
        material.store.add(issuer);
    return {};
}

Result<void> load_trust_files(const VerifyOptions& options, certs::TrustStoreBuilder& anchors,
                              VerifyMaterial& material) {
    for (const std::string& file : options.trust_files) {
        const auto certificates = read_file(file, "--trust", material.notes);
        if (!certificates) return certificates.error();
        for (const auto& certificate : *certificates) {
            if (anchors.add(certificate, file) == certs::TrustPlacement::end_entity)
                material.trust.end_entities.push_back(certificate);
        }
    }
    return {};
}

/// Opening a directory of issuers makes it when it is missing; verifying must not.
Result<void> load_store(const std::string& directory, VerifyMaterial& material) {
    std::error_code error;
    if (!std::filesystem::is_directory(directory, error)) {
        return Error{ErrorCode::not_found, "--store: " + directory + " is no directory"};
    }
    const auto opened = IssuerDirectory::open(directory);
    if (!opened) return opened.error().in("--store");
    const auto report = (*opened)->load(material.store);
    for (const std::string& note : report.notes)
        material.notes.push_back("--store: " + note);
    auto lists = load_public_lists(directory);
    if (!lists) return lists.error().in("--store");
    material.distrust.merge(lists->revoked);
    if (!lists->disclosed.empty())
        material.request.disclosed = std::make_shared<const std::set<Sha256>>(std::move(lists->disclosed));
    return {};
}

Result<void> load_request(const VerifyOptions& options, Time now, VerifyMaterial& material) {
    certs::VerifyRequest& request = material.request;
    request.at = now;
    if (!options.at.empty()) {
        const auto at = parse_rfc3339(options.at);
        if (!at) return Error{ErrorCode::invalid_argument, "--at: " + at.error().message};
        request.at = *at;
    }
    const std::string profile = options.profile.empty() ? material.settings.verify.profile : options.profile;
    request.profile = certs::profile_from(profile).value_or(certs::Profile::default_);
    request.purpose = certs::purpose_from(options.purpose).value_or(certs::Purpose::server);
    request.max_depth = options.max_depth.value_or(static_cast<int>(material.settings.verify.max_depth));
    for (const std::string& file : options.crl_files) {
        const auto bytes = read_input_file(file, max_crl_bytes);
        if (!bytes) return unreadable(bytes.error(), "--crl");
        const auto crls = certs::read_crls(*bytes);
        if (!crls) return unreadable(crls.error().in(file), "--crl");
        for (const auto& crl : *crls)
            request.crls.emplace_back(crl, file);
    }
    if (options.ocsp_file.empty()) return {};
    const auto bytes = read_input_file(options.ocsp_file, certs::max_ocsp_bytes);
    if (!bytes) return unreadable(bytes.error(), "--ocsp");
    if (const auto checked = certs::check_ocsp_response(*bytes); !checked)
        return unreadable(checked.error().in(options.ocsp_file), "--ocsp");
    request.staple = std::make_shared<const Bytes>(*bytes);
    return {};
}

/// What the configuration says of single hosts.
Result<void> load_rules(const VerifyOptions& options, Time now, VerifyMaterial& material) {
    HostPolicy defaults;
    defaults.profile = material.request.profile;
    defaults.trust = material.trust.store;
    auto made = HostPolicies::make({material.settings, std::move(defaults), {}, {}, now});
    if (!made) return made.error();
    material.policies = std::move(made->policies);
    for (auto& issuer : made->issuers)
        material.store.add(std::move(issuer));
    auto exceptions = exceptions_of(material.settings.exceptions);
    if (!exceptions) return exceptions.error();
    material.exceptions = std::move(exceptions).value();
    material.profile_given = !options.profile.empty();
    return {};
}

Result<void> load_map(const std::string& file, VerifyMaterial& material) {
    const auto bytes = read_input_file(file, max_map_bytes);
    if (!bytes) return unreadable(bytes.error(), "--aia-map");
    auto map = AiaMap::parse(as_text(*bytes));
    if (!map) return unreadable(map.error().in(file), "--aia-map");
    material.aia_map = *std::move(map);
    return {};
}

bool holds_whole_block(std::string_view text) {
    const auto begin = text.find("-----BEGIN CERTIFICATE-----");
    return begin != std::string_view::npos &&
           text.find("-----END CERTIFICATE-----", begin) != std::string_view::npos;
}

/// RFC 5280 section 6.1.1(d) wants a CA's key. Whoever trusts a server's own certificate is told so, rather
/// than that its issuer is unknown.
void note_end_entity_as_anchor(const certs::Certificate& end_entity, certs::Verdict& verdict) {
    using enum certs::Reason;
    const std::string detail = "\"" + end_entity.display_name() +
                               "\" was given as trusted but is no CA certificate; give its issuer instead";
    verdict.warnings.push_back({certs::to_string(leaf_as_anchor), 0, detail});
    const certs::Reason reason = verdict.failure.reason;
    const bool for_want_of_trust =
        reason == untrusted_root || reason == issuer_not_found || reason == bad_signature;
    if (for_want_of_trust && !verdict.presented.empty() &&
        verdict.presented.front()->sha256() == end_entity.sha256()) {
        verdict.failure = {leaf_as_anchor, 0, detail};
    }
}

/// What was given must tell: of every certificate where there are lists, else of the end entity, which is all
/// that a response is about.
certs::RevocationOptions revocation_options(const certs::VerifyRequest& request,
                                            const std::vector<certs::CertificatePtr>& untrusted) {
    certs::RevocationOptions options;
    const bool is_given = request.staple || !request.crls.empty();
    options.mode = is_given ? certs::RevocationMode::hard : certs::RevocationMode::off;
    options.profile = request.profile;
    if (request.staple) options.staple = *request.staple;
    options.crls = request.crls;
    options.crl_issuers = untrusted;
    options.staple_was_asked_for = false;
    options.end_entity_only = request.crls.empty();
    return options;
}

bool is_about_revocation(certs::Reason reason) {
    using enum certs::Reason;
    return reason == ok || reason == revoked || reason == revocation_unknown || reason == staple_required;
}

/// The path builder has looked for a path that is not revoked. The one that it came to is judged as the proxy
/// judges, so that the verdict tells what is known of each certificate.
certs::Verdict with_revocation(certs::Verdict verdict, certs::RevocationOptions options) {
    const auto& path = verdict.path;
    const bool is_whole = path.size() > 1 && path.back().source == certs::Source::trust;
    if (options.mode == certs::RevocationMode::off || !is_whole ||
        !is_about_revocation(verdict.failure.reason)) {
        return verdict;
    }
    certs::RevocationCheck check(verdict, std::move(options));
    while (const auto question = check.next())
        check.give_up(question->depth, "");
    auto judged = std::move(check).verdict();
    if (verdict.accepted()) return judged;
    verdict.revocation = std::move(judged.revocation);
    return verdict;
}

}  // namespace

Result<std::unique_ptr<VerifyMaterial>> load_verify_material(const VerifyOptions& options,
                                                             const CommandLine& line) {
    auto material = std::make_unique<VerifyMaterial>();
    const Time now = line.console.now();
    certs::TrustStoreBuilder anchors(true);  // whoever gives --trust says that it is trusted
    if (!options.no_config) {
        if (auto done = load_configured(line, now, anchors, *material); !done) return done.error();
    }
    if (auto done = load_trust_files(options, anchors, *material); !done) return done.error();
    material->trust.store = std::move(anchors).build();
    std::string store = options.store_directory;
    std::error_code error;
    if (store.empty() && !options.no_config &&
        std::filesystem::is_directory(material->settings.repair.store, error)) {
        store = material->settings.repair.store;
    }
    if (!store.empty()) {
        if (auto done = load_store(store, *material); !done) return done.error();
    }
    auto limits = anchor_limits_of(material->settings.trust, *material->trust.store);
    if (!limits) return limits.error();
    material->request.anchor_limits = std::move(limits).value();
    material->request.distrust = std::make_shared<const certs::Distrust>(material->distrust);
    for (const std::string& file : options.untrusted_files) {
        const auto certificates = read_file(file, "--untrusted", material->notes);
        if (!certificates) return certificates.error();
        material->untrusted.insert(material->untrusted.end(), certificates->begin(), certificates->end());
    }
    if (auto done = load_request(options, now, *material); !done) return done.error();
    if (!options.no_config) {
        if (auto done = load_rules(options, now, *material); !done) return done.error();
    }
    if (!options.aia_map_file.empty()) {
        if (auto done = load_map(options.aia_map_file, *material); !done) return done.error();
    }
    return material;
}

Result<std::optional<certs::ReferenceIdentity>> identity_of(const VerifyOptions& options) {
    std::optional<certs::ReferenceIdentity> identity;
    if (options.no_name) return identity;
    auto parsed = options.ip.empty() ? certs::ReferenceIdentity::from_host(options.host)
                                     : certs::ReferenceIdentity::ip(options.ip);
    if (!parsed) {
        return Error{ErrorCode::invalid_argument, parsed.error().message}.in(options.ip.empty() ? "--host"
                                                                                                : "--ip");
    }
    identity = *std::move(parsed);
    return identity;
}

Result<certs::PresentedChain> presented_from(ByteView bytes, const std::string& name) {
    certs::PresentedChain presented;
    auto file = certs::read_certificates(bytes, certs::CandidateIssuers::max_presented + 1);
    if (!file) {
        if (!holds_whole_block(as_text(bytes))) return file.error().in(name);
        presented.malformed_end_entity = file.error().message;
        return presented;
    }
    presented.malformed = file->problems;
    for (const std::string& problem : file->problems) {
        if (problem.starts_with("block 1,")) presented.malformed_end_entity = problem;
    }
    if (presented.malformed_end_entity.empty()) presented.certificates = std::move(file->certificates);
    return presented;
}

Result<certs::PresentedChain> read_chain(const std::string& file, Console& console) {
    if (file != "-") {
        const auto bytes = read_input_file(file, max_chain_bytes);
        if (!bytes) return unreadable(bytes.error(), "CHAIN");
        return presented_from(*bytes, file);
    }
    std::string text;
    char piece[64 * 1024];
    while (console.in.read(piece, sizeof piece) || console.in.gcount() > 0) {
        text.append(piece, static_cast<std::size_t>(console.in.gcount()));
        if (text.size() > max_chain_bytes)
            return Error{ErrorCode::limit_exceeded, "standard input is too large for a chain"};
    }
    return presented_from(as_bytes(text), "standard input");
}

certs::Verdict judge(const VerifyMaterial& material, certs::PresentedChain presented,
                     certs::VerifyRequest request, const GivenTrust& trust,
                     std::vector<certs::CertificatePtr> untrusted) {
    certs::SignatureMemo memo;
    auto anchors = trust.store;
    if (material.policies && request.identity) {
        const auto& host = request.identity->text();
        const auto& policy = *material.policies->for_host(host);
        if (!material.profile_given) request.profile = policy.profile;
        if (anchors == material.trust.store) anchors = policy.trust;
        request.pins = policy.pins;
        request.exceptions = exceptions_for(material.exceptions, host);
    }
    auto revocation = revocation_options(request, untrusted);
    certs::PathBuilder builder(anchors, &material.store, std::move(presented), std::move(untrusted),
                               std::move(request), &memo);
    MappedRepair repair(material.aia_map ? &*material.aia_map : nullptr, material.settings.repair,
                        material.settings.egress.timeout);
    certs::Verdict verdict = with_revocation(repair.run(builder), std::move(revocation));
    for (const auto& end_entity : trust.end_entities)
        note_end_entity_as_anchor(*end_entity, verdict);
    return verdict;
}

}  // namespace chainmend::proxy
