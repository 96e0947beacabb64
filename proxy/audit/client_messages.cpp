#include "proxy/audit/client_messages.h"

namespace chainmend::proxy {
namespace {

/// What each TLS library calls the same defect.
struct Wording {
    const char* openssl;  // curl, Python, git, Ruby, PHP and everything else built on OpenSSL
    const char* gnutls;   // wget and others on Debian
    const char* java;
    const char* go;
    const char* node;
};

constexpr Wording no_issuer{
    "unable to get local issuer certificate", "Unable to locally verify the issuer's authority.",
    "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find "
    "valid "
    "certification path to requested target",
    "x509: certificate signed by unknown authority",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate"};
constexpr Wording self_signed_root{
    "self-signed certificate in certificate chain", "Self-signed certificate encountered.",
    "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find "
    "valid "
    "certification path to requested target",
    "x509: certificate signed by unknown authority",
    "SELF_SIGNED_CERT_IN_CHAIN: self-signed certificate in certificate chain"};
constexpr Wording expired{
    "certificate has expired", "Issued certificate has expired.",
    "PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed",
    "x509: certificate has expired or is not yet valid", "CERT_HAS_EXPIRED: certificate has expired"};
constexpr Wording not_yet_valid{
    "certificate is not yet valid", "Issued certificate not yet valid.",
    "PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed",
    "x509: certificate has expired or is not yet valid", "CERT_NOT_YET_VALID: certificate is not yet valid"};
constexpr Wording wrong_name{
    "hostname mismatch, certificate is not valid for the name",
    "the certificate's owner does not match hostname",
    "java.security.cert.CertificateException: No subject alternative DNS name matching the name found",
    "x509: certificate is valid for other names, not this one",
    "ERR_TLS_CERT_ALTNAME_INVALID: Hostname/IP does not match certificate's altnames"};

std::vector<std::string> worded(const Wording& wording) {
    return {std::string("curl: (60) SSL certificate problem: ") + wording.openssl,
            std::string(
                "Python: ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
                "failed: ") +
                wording.openssl,
            std::string("git: fatal: unable to access: SSL certificate problem: ") + wording.openssl,
            std::string("wget: ERROR: cannot verify the certificate: ") + wording.gnutls,
            std::string("Java: javax.net.ssl.SSLHandshakeException: ") + wording.java,
            std::string("Go: tls: failed to verify certificate: ") + wording.go,
            std::string("Node.js: ") + wording.node};
}

const Wording* wording_of(const certs::Verdict& verdict) {
    using certs::Reason;
    switch (verdict.failure.reason) {
        case Reason::issuer_not_found:
        case Reason::fetch_limit:
        case Reason::fetch_blocked:
            return &no_issuer;
        case Reason::untrusted_root:
            return verdict.presented.size() > 1 ? &self_signed_root : &no_issuer;
        case Reason::expired:
            return &expired;
        case Reason::not_yet_valid:
            return &not_yet_valid;
        case Reason::host_mismatch:
        case Reason::no_san:
            return &wrong_name;
        default:
            return nullptr;
    }
}

bool attempt_failed(const certs::Verdict& verdict, certs::Reason reason) {
    for (const auto& attempt : verdict.attempts) {
        if (attempt.failure.reason == reason) return true;
    }
    return false;
}

}  // namespace

std::vector<std::string> client_messages(const certs::Verdict& verdict) {
    using certs::How;
    if (!verdict.accepted()) {
        const auto* wording = wording_of(verdict);
        return wording ? worded(*wording) : std::vector<std::string>{};
    }
    switch (verdict.how.value_or(How::as_sent)) {
        case How::repaired:
            return worded(no_issuer);
        case How::alternate_path:
            // OpenSSL and GnuTLS follow what was sent; so do the others that do not build paths of their own.
            return worded(attempt_failed(verdict, certs::Reason::expired) ? expired : no_issuer);
        case How::reordered:
            return {
                "clients that take the certificates in the order they come in, as TLS 1.2 wants it (RFC 5246 "
                "section 7.4.2): older versions of Java, embedded clients. Most others sort them."};
        case How::as_sent:
        case How::by_exception:
            return {};
    }
    return {};
}

}  // namespace chainmend::proxy
