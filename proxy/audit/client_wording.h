#pragma once

#include <string>
#include <vector>

namespace chainmend::proxy {

/// How the usual clients word one defect of a server's certificates. "{host}" stands for the host that was
/// asked for, "..." for what differs each time. Empty: the client does not notice and goes on.
///
/// Everything here was read off curl 7.88, Python 3.11 and Node.js 20 (OpenSSL 3.0), git 2.39 and wget 1.21
/// of Debian 12 (GnuTLS 3.7), OpenJDK 17 and Go 1.19; tests/e2e/client_messages_test.cpp asks them again.
struct ClientWording {
    std::string curl;    ///< behind its exit status: "(60) SSL certificate problem: ..."
    std::string python;  ///< behind "certificate verify failed: "
    std::string git;     ///< as Debian builds it
    std::string wget;
    std::string java;
    std::string go;  ///< behind "x509: "
    std::string node;

    /// A line for each client, "curl: (60) ..." or "curl: does not notice".
    std::vector<std::string> lines(const std::string& host) const;
};

namespace wording {

ClientWording leaf_without_issuer();   ///< the end entity's certificate alone was sent
ClientWording chain_without_issuer();  ///< intermediates were sent, but not all
ClientWording self_signed();
ClientWording self_signed_in_chain();
ClientWording expired();
ClientWording not_yet_valid();
ClientWording unreadable_time();
/// `names`: those that the certificate is for.
ClientWording wrong_name(const std::vector<std::string>& names);
ClientWording wrong_address();
/// No names but a common name, which may be the host's.
ClientWording common_name_only(const std::string& common_name, const std::string& host);
ClientWording bad_signature();
ClientWording weak_signature();
ClientWording weak_leaf_key();
ClientWording weak_ca_key();
ClientWording leaf_purpose();
ClientWording ca_purpose();
ClientWording leaf_key_usage();
ClientWording ca_key_usage();
ClientWording not_a_ca();
ClientWording path_length();
ClientWording too_long(std::size_t certificates);
ClientWording name_not_permitted();
ClientWording name_excluded();
ClientWording unknown_critical_extension();
ClientWording no_explicit_policy();
ClientWording no_staple();
ClientWording revoked_staple();

}  // namespace wording

}  // namespace chainmend::proxy
