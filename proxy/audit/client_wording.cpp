#include "proxy/audit/client_wording.h"

#include <algorithm>
#include <string_view>

namespace chainmend::proxy {

namespace {

std::string with_host(std::string words, const std::string& host) {
    constexpr std::string_view place = "{host}";
    for (auto at = words.find(place); at != std::string::npos; at = words.find(place, at + host.size()))
        words.replace(at, place.size(), host);
    return words;
}

}  // namespace

std::vector<std::string> ClientWording::lines(const std::string& host) const {
    const auto line = [&](const std::string& client, const std::string& before, const std::string& words) {
        return client + ": " + (words.empty() ? "does not notice" : with_host(before + words, host));
    };
    const std::string git_failed = "fatal: unable to access 'https://{host}/': ";
    return {
        line("curl", "", curl),
        line("Python",
             "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: ",
             python),
        line("git (Debian, with GnuTLS)", git_failed, git),
        // The same library as curl's, which puts the exit status in front of its words.
        line("git (with OpenSSL)", git_failed, curl.substr(std::min(curl.size(), curl.find(' ') + 1))),
        line("wget", "", wget),
        line("Java", "", java),
        line("Go", "tls: failed to verify certificate: x509: ", go),
        line("Node.js", "", node),
    };
}

namespace wording {
namespace {

constexpr const char* java_finds_no_path =
    "javax.net.ssl.SSLHandshakeException: PKIX path building failed: "
    "sun.security.provider.certpath.SunCertPathBuilderException: unable to find "
    "valid certification path to requested target";
constexpr const char* java_refuses_path =
    "javax.net.ssl.SSLHandshakeException: PKIX path validation failed: "
    "java.security.cert.CertPathValidatorException: ";
constexpr const char* java_refuses = "javax.net.ssl.SSLHandshakeException: ";
constexpr const char* git_refuses = "server certificate verification failed.";
constexpr const char* wget_trusts_not = "ERROR: The certificate of '{host}' is not trusted.";
constexpr const char* node_on_names =
    "ERR_TLS_CERT_ALTNAME_INVALID: Hostname/IP does not match certificate's altnames: ";
constexpr const char* go_knows_no_authority = "certificate signed by unknown authority";

/// What everything that is built on OpenSSL calls it, and git, which only says that.
ClientWording by_openssl(const std::string& words) {
    ClientWording all;
    all.curl = "(60) SSL certificate problem: " + words;
    all.python = words;
    all.git = git_refuses;
    return all;
}

ClientWording unknown_issuer(const std::string& openssl, const std::string& node) {
    auto all = by_openssl(openssl);
    all.wget = "ERROR: The certificate of '{host}' doesn't have a known issuer.";
    all.java = java_finds_no_path;
    all.go = go_knows_no_authority;
    all.node = node;
    return all;
}

ClientWording refused_path(const std::string& openssl, const std::string& java, const std::string& go,
                           const std::string& node_code) {
    auto all = by_openssl(openssl);
    all.wget = wget_trusts_not;
    all.java = java_refuses_path + java;
    all.go = go;
    all.node = node_code + ": " + openssl;
    return all;
}

/// curl and whatever else has libcurl compares names itself.
std::string curl_on_names(const std::string& subject) {
    return "(60) SSL: " + subject + " target host name '{host}'";
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace

ClientWording leaf_without_issuer() {
    return unknown_issuer("unable to get local issuer certificate",
                          "UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate");
}

ClientWording chain_without_issuer() {
    return unknown_issuer("unable to get local issuer certificate",
                          "UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unable to get local issuer certificate");
}

ClientWording self_signed() {
    return unknown_issuer("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate");
}

ClientWording self_signed_in_chain() {
    return unknown_issuer("self-signed certificate in certificate chain",
                          "SELF_SIGNED_CERT_IN_CHAIN: self-signed certificate in certificate chain");
}

ClientWording expired() {
    auto all = refused_path("certificate has expired", "validity check failed",
                            "certificate has expired or is not yet valid", "CERT_HAS_EXPIRED");
    all.wget = "ERROR: The certificate of '{host}' has expired.";
    return all;
}

ClientWording not_yet_valid() {
    auto all = refused_path("certificate is not yet valid", "validity check failed",
                            "certificate has expired or is not yet valid", "CERT_NOT_YET_VALID");
    all.wget = "ERROR: The certificate of '{host}' is not yet activated.";
    return all;
}

ClientWording unreadable_time() {
    auto all = by_openssl("format error in certificate's notAfter field");
    all.git = "gnutls_handshake() failed: Error in the time fields of certificate.";
    all.wget = "GnuTLS: Error in the time fields of certificate.";
    all.java = java_refuses + std::string("Failed to parse server certificates");
    all.go = "malformed UTCTime";
    all.node = "ERROR_IN_CERT_NOT_AFTER_FIELD: format error in certificate's notAfter field";
    return all;
}

ClientWording wrong_name(const std::vector<std::string>& names) {
    ClientWording all;
    all.curl = curl_on_names("no alternative certificate subject name matches");
    all.python = "Hostname mismatch, certificate is not valid for '{host}'.";
    all.git = "SSL: certificate subject name (...) does not match target host name '{host}'";
    all.wget = "The certificate's owner does not match hostname '{host}'";
    all.java = java_refuses + std::string("No subject alternative DNS name matching {host} found.");
    all.go = names.empty() ? "certificate is not valid for any names, but wanted to match {host}"
                           : "certificate is valid for " + joined(names) + ", not {host}";
    all.node = node_on_names + std::string("Host: {host}. is not in the cert's altnames: ...");
    return all;
}

ClientWording wrong_address() {
    auto all = wrong_name({});
    all.python = "IP address mismatch, certificate is not valid for '{host}'.";
    all.java = java_refuses + std::string("No subject alternative names matching IP address {host} found");
    all.go = "cannot validate certificate for {host} because it doesn't contain any IP SANs";
    all.node = node_on_names + std::string("IP: {host} is not in the cert's list: ...");
    return all;
}

ClientWording common_name_only(const std::string& common_name, const std::string& host) {
    ClientWording all;
    if (common_name == host) {
        all.go = "certificate relies on legacy Common Name field, use SANs instead";
        return all;
    }
    all = wrong_name({});
    all.curl = curl_on_names("certificate subject name '" + common_name + "' does not match");
    all.java = java_refuses + std::string("No name matching {host} found");
    all.node = node_on_names + std::string("Host: {host}. is not cert's CN: ") + common_name;
    return all;
}

ClientWording bad_signature() {
    auto all = refused_path("certificate signature failure", "signature check failed", go_knows_no_authority,
                            "CERT_SIGNATURE_FAILURE");
    all.curl = "(35) OpenSSL/...: error:...:asn1 encoding routines::EVP lib (with RSA: rsa routines::...)";
    return all;
}

ClientWording weak_signature() {
    auto all =
        refused_path("CA signature digest algorithm too weak", "", go_knows_no_authority, "UNSPECIFIED");
    all.wget = "ERROR: The certificate of '{host}' was signed using an insecure algorithm.";
    all.java = "";  // it minds only below the CAs that come with it
    return all;
}

ClientWording weak_leaf_key() {
    ClientWording all;
    all.curl = "(60) SSL certificate problem: EE certificate key too weak";
    all.python = "EE certificate key too weak";
    return all;
}

ClientWording weak_ca_key() {
    ClientWording all;
    all.curl = "(60) SSL certificate problem: CA certificate key too weak";
    all.python = "CA certificate key too weak";
    return all;
}

ClientWording leaf_purpose() {
    auto all = ca_purpose();
    all.java =
        java_refuses + std::string("Extended key usage does not permit use for TLS server authentication");
    return all;
}

ClientWording ca_purpose() {
    ClientWording all;
    all.curl = "(60) SSL certificate problem: unsuitable certificate purpose";
    all.python = "unsuitable certificate purpose";
    all.go = "certificate specifies an incompatible key usage";
    all.node = "INVALID_PURPOSE: unsuitable certificate purpose";
    return all;
}

ClientWording leaf_key_usage() {
    auto all = ca_purpose();
    all.git = "gnutls_handshake() failed: Key usage violation in certificate has been detected.";
    all.java = java_refuses + std::string("KeyUsage does not allow digital signatures");
    all.go = "";
    return all;
}

ClientWording ca_key_usage() {
    auto all = refused_path("invalid CA certificate", "CA key usage check failed: keyCertSign bit is not set",
                            go_knows_no_authority, "");
    all.node = "UNSPECIFIED: key usage does not include certificate signing";
    return all;
}

ClientWording not_a_ca() {
    auto all = ca_key_usage();
    all.wget = "ERROR: The certificate signer of '{host}' was not a CA.";
    return all;
}

ClientWording path_length() {
    return refused_path("path length constraint exceeded",
                        "basic constraints check failed: pathLenConstraint violated",
                        "too many intermediates for path length constraint", "PATH_LENGTH_EXCEEDED");
}

ClientWording too_long(std::size_t certificates) {
    ClientWording all;
    // jdk.tls.maxCertificateChainLength. OpenSSL's bound is 100.
    if (certificates > 10)
        all.java = "javax.net.ssl.SSLProtocolException: The certificate chain length (" +
                   std::to_string(certificates) + ") exceeds the maximum allowed length (10)";
    return all;
}

ClientWording name_not_permitted() {
    return refused_path(
        "permitted subtree violation", "name constraints check failed",
        "a root or intermediate certificate is not authorized to sign for this name: DNS name "
        "\"{host}\" is not permitted by any constraint",
        "UNSPECIFIED");
}

ClientWording name_excluded() {
    return refused_path(
        "excluded subtree violation", "name constraints check failed",
        "a root or intermediate certificate is not authorized to sign for this name: DNS name "
        "\"{host}\" is excluded by constraint",
        "UNSPECIFIED");
}

ClientWording unknown_critical_extension() {
    return refused_path("unhandled critical extension", "unrecognized critical extension(s)",
                        "unhandled critical extension", "UNSPECIFIED");
}

ClientWording no_explicit_policy() {
    ClientWording all;
    all.git = git_refuses;
    all.wget = wget_trusts_not;
    all.java = java_refuses_path + std::string("non-null policy tree required and policy tree is null");
    all.go = "unhandled critical extension";
    return all;
}

ClientWording no_staple() {
    ClientWording all;
    all.git = git_refuses;
    all.wget = wget_trusts_not;
    return all;
}

ClientWording revoked_staple() {
    auto all = no_staple();
    all.wget = "ERROR: The certificate of '{host}' has been revoked.";
    return all;
}

}  // namespace wording
}  // namespace chainmend::proxy
