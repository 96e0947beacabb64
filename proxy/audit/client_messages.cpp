#include "proxy/audit/client_messages.h"

#include <algorithm>

#include "proxy/audit/client_wording.h"

namespace chainmend::proxy {
namespace {

using certs::How;
using certs::Reason;
using certs::Verdict;
using Path = std::vector<certs::PathElement>;

/// What is wrong with a server, and the path on which it is.
struct Defect {
    certs::Failure failure;
    Path path;
    bool has_issuers = true;  ///< the server sent them all, if not good ones
};

bool was_sent(const certs::PathElement& element) {
    return element.source == certs::Source::server;
}

/// A path of what the server sent and an anchor at most: what clients find that do not fetch.
bool needs_nothing_more(const Path& path) {
    return !path.empty() && std::all_of(path.begin(), path.end() - 1, was_sent);
}

/// The issuer that was sent in place of the one that the path had to be repaired with: the same name and key,
/// but it has expired or has not begun. Clients take it and fail at it.
std::optional<Defect> sent_issuer_out_of_time(const Verdict& verdict) {
    const auto end = std::find_if_not(verdict.path.begin(), verdict.path.end(), was_sent);
    if (end == verdict.path.begin() || end == verdict.path.end()) return std::nullopt;
    for (const auto& unused : verdict.superfluous) {
        const bool same = unused->subject() == end->certificate->subject() &&
                          unused->spki_sha256() == end->certificate->spki_sha256();
        if (!same || !unused->not_before() || !unused->not_after()) continue;
        const int depth = static_cast<int>(end - verdict.path.begin());
        if (*unused->not_after() < verdict.at) return Defect{{Reason::expired, depth, ""}, verdict.path};
        if (*unused->not_before() > verdict.at)
            return Defect{{Reason::not_yet_valid, depth, ""}, verdict.path};
    }
    return std::nullopt;
}

/// What clients meet that have nothing but what was sent. Nothing when all is well.
std::optional<Defect> defect_of(const Verdict& verdict) {
    if (!verdict.accepted()) {
        // An issuer that did not sign it counts as missing, and was sent.
        const bool has_issuers = verdict.missing.empty() || verdict.failure.reason == Reason::bad_signature;
        return Defect{verdict.failure, verdict.path, has_issuers};
    }
    switch (verdict.how.value_or(How::as_sent)) {
        case How::alternate_path:
            for (const auto& attempt : verdict.attempts) {
                if (needs_nothing_more(attempt.path)) return Defect{attempt.failure, attempt.path};
            }
            [[fallthrough]];
        case How::repaired:
            if (auto defect = sent_issuer_out_of_time(verdict)) return defect;
            return Defect{{Reason::issuer_not_found, 0, ""}, verdict.path, false};
        case How::by_exception:
            if (!verdict.exception || verdict.exception->forgave.empty()) return std::nullopt;
            return Defect{{verdict.exception->forgave.front(), 0, ""}, verdict.path, verdict.missing.empty()};
        case How::reordered:
        case How::as_sent:
            return std::nullopt;
    }
    return std::nullopt;
}

/// The issuers that were sent do not lead to a root that the client knows.
ClientWording unknown_issuer(const Path& path) {
    if (path.empty()) return wording::leaf_without_issuer();
    if (path.front().certificate->is_self_signed()) return wording::self_signed();
    const auto end = std::find_if_not(path.begin(), path.end(), was_sent);
    if (end == path.end() && path.back().certificate->is_self_signed())
        return wording::self_signed_in_chain();
    return end - path.begin() > 1 ? wording::chain_without_issuer() : wording::leaf_without_issuer();
}

bool is_address(const std::string& host) {
    return host.find(':') != std::string::npos || host.find_first_not_of("0123456789.") == std::string::npos;
}

ClientWording wrong_name(const Verdict& verdict, const certs::Certificate& leaf) {
    return is_address(verdict.host) ? wording::wrong_address() : wording::wrong_name(leaf.dns_names());
}

ClientWording no_san(const Verdict& verdict, const certs::Certificate& leaf) {
    return wording::common_name_only(leaf.display_name(), verdict.host);
}

ClientWording revoked(const Verdict& verdict) {
    const auto& findings = verdict.revocation.findings;
    const bool stapled = std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.status == certs::RevocationStatus::revoked &&
               finding.source == certs::RevocationSource::staple;
    });
    return stapled ? wording::revoked_staple() : ClientWording{};
}

bool has_readable_times(const Defect& defect) {
    const auto depth = static_cast<std::size_t>(defect.failure.depth);
    if (depth >= defect.path.size()) return true;
    const auto& certificate = *defect.path[depth].certificate;
    return certificate.not_before() && certificate.not_after();
}

bool is_excluded(const certs::Failure& failure) {
    return failure.detail.find("is excluded by") != std::string::npos;
}

/// How clients word a defect that they have words for. Nothing when it is not the same for all servers.
std::optional<ClientWording> wording_of(const Verdict& verdict, const Defect& defect) {
    const bool at_leaf = defect.failure.depth == 0;
    const auto& leaf = verdict.presented.empty() ? certs::CertificatePtr() : verdict.presented.front();
    switch (defect.failure.reason) {
        case Reason::ok:
            return std::nullopt;
        case Reason::issuer_not_found:
        case Reason::fetch_limit:
        case Reason::fetch_blocked:
        case Reason::leaf_as_anchor:
            return unknown_issuer(defect.path);
        case Reason::untrusted_root:
            // A root that is trusted, but not for this host or so late: only here.
            if (!defect.path.empty() && defect.path.back().source == certs::Source::trust)
                return ClientWording{};
            return unknown_issuer(defect.path);
        case Reason::expired:
            return wording::expired();
        case Reason::not_yet_valid:
            return wording::not_yet_valid();
        case Reason::host_mismatch:
            if (leaf) return wrong_name(verdict, *leaf);
            return std::nullopt;
        case Reason::no_san:
            if (leaf) return no_san(verdict, *leaf);
            return std::nullopt;
        case Reason::bad_signature:
            return wording::bad_signature();
        case Reason::weak_signature:
            return wording::weak_signature();
        case Reason::weak_key:
            return at_leaf ? wording::weak_leaf_key() : wording::weak_ca_key();
        case Reason::bad_eku:
            return at_leaf ? wording::leaf_purpose() : wording::ca_purpose();
        case Reason::bad_key_usage:
            return at_leaf ? wording::leaf_key_usage() : wording::ca_key_usage();
        case Reason::not_a_ca:
            return wording::not_a_ca();
        case Reason::path_length:
            return wording::path_length();
        case Reason::max_depth:
            return wording::too_long(verdict.presented.size());
        case Reason::name_constraint:
            return is_excluded(defect.failure) ? wording::name_excluded() : wording::name_not_permitted();
        case Reason::unknown_critical_extension:
            return wording::unknown_critical_extension();
        case Reason::malformed_certificate:
            if (!has_readable_times(defect)) return wording::unreadable_time();
            return std::nullopt;
        case Reason::revoked:
            return revoked(verdict);
        case Reason::staple_required:
            return wording::no_staple();
        case Reason::policy:
            return wording::no_explicit_policy();
        case Reason::revocation_unknown:
        case Reason::pin_mismatch:
            return ClientWording{};
        case Reason::build_limit:
            return std::nullopt;
    }
    return std::nullopt;
}

/// Most clients look for the issuers first and for what is wrong with the certificate itself afterwards.
ClientWording without_issuers(const Defect& defect, const ClientWording& found) {
    auto all = unknown_issuer(defect.path);
    if (defect.failure.depth > 0) return all;
    switch (defect.failure.reason) {
        case Reason::expired:
        case Reason::not_yet_valid:
            all.go = found.go;
            all.node = found.node;
            break;
        case Reason::host_mismatch:
        case Reason::no_san:
            all.go = found.go;
            break;
        default:
            break;
    }
    return all;
}

std::optional<ClientWording> wording_for(const Verdict& verdict) {
    const auto defect = defect_of(verdict);
    if (!defect) return std::nullopt;
    const auto found = wording_of(verdict, *defect);
    if (!found || defect->has_issuers) return found;
    return without_issuers(*defect, *found);
}

}  // namespace

std::vector<std::string> client_messages(const Verdict& verdict) {
    if (const auto wording = wording_for(verdict)) return wording->lines(verdict.host);
    if (verdict.accepted()) {
        if (verdict.how != How::reordered) return {};
        return {
            "none of curl, Python, git, wget, Java, Go and Node.js, which sort what they are sent; only "
            "clients "
            "that rely on the order that TLS 1.2 asks for (RFC 5246 section 7.4.2)"};
    }
    if (verdict.failure.reason == certs::Reason::build_limit)
        return {
            "not the same for all: each client tries the many certificates of the same name in another "
            "order"};
    return {
        "not the same for all faults of form: curl, Python and Node.js (OpenSSL) do not notice most of them; "
        "wget and "
        "git of Debian (GnuTLS: \"Error in the certificate.\", \"Duplicate extension in X.509 "
        "certificate.\"), Java "
        "(\"Failed to parse server certificates\") and Go (\"x509: certificate contains duplicate "
        "extensions\") refuse "
        "many; a serial number below zero none of them minds"};
}

bool openssl_notices(const Verdict& verdict) {
    const auto wording = wording_for(verdict);
    return wording && !wording->python.empty();
}

}  // namespace chainmend::proxy
