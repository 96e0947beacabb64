#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/installation.h"
#include "tests/support/issuer_server.h"
#include "tests/support/origin.h"
#include "tests/support/pki.h"

namespace chainmend::test {

/// Real servers on loopback whose certificates are good on the day of the test, since the program reads the
/// real clock:
///
///     Sites Root <- Sites CA <- HOST
///
/// The CA is served at caIssuers, so a host that sends its leaf alone can be repaired.
class Sites {
  public:
    /// `installation` trusts the root and finds these hosts on 127.0.0.1.
    explicit Sites(Installation& installation, std::vector<std::string> hosts = usual_hosts());
    static std::vector<std::string> usual_hosts();
    /// The TOML that the installation was given.
    const std::string& settings() const { return settings_; }

    /// A server that sends its leaf only. All of these return "https://HOST:PORT/".
    std::string incomplete(const std::string& host);
    std::string complete(const std::string& host);
    /// Expired three days ago.
    std::string expired(const std::string& host);
    /// Its certificate is for another.test.
    std::string misnamed(const std::string& host);
    /// Complete, below a root that nobody trusts.
    std::string untrusted(const std::string& host);
    /// Sends its leaf only, and there is nothing at the URL in it.
    std::string irreparable(const std::string& host);
    std::string serve(const std::string& host, OriginOptions options);

    /// What the server of `host` should send: its leaf and the CA, as PEM.
    std::string chain_of(const std::string& host) const { return leaves_.at(host)->pem() + ca_.pem(); }
    Origin& origin(const std::string& host) { return *origins_.at(host); }
    IssuerServer& issuer_server() { return issuers_; }
    const std::string& root_file() const { return root_file_; }
    const Identity& ca() const { return ca_; }
    /// A specification for a leaf that is good today.
    CertificateSpec leaf_today(const std::string& host) const;

    /// The servers' page; also what `git ls-remote` reads as a list of one branch.
    static constexpr const char* page = "0123456789abcdef0123456789abcdef01234567\trefs/heads/main\n";

  private:
    IssuerServer issuers_;
    Identity root_;
    Identity ca_;
    std::string root_file_;
    std::string settings_;
    std::map<std::string, certs::CertificatePtr> leaves_;
    std::map<std::string, std::unique_ptr<Origin>> origins_;
};

/// "HOST:PORT" of "https://HOST:PORT/".
std::string authority_of(const std::string& url);

}  // namespace chainmend::test
