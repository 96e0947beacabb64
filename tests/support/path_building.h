#pragma once

#include <map>
#include <string>
#include <vector>

#include "certs/path_builder.h"
#include "tests/support/pki.h"

namespace chainmend::test {

/// One question to the path builder, put together piece by piece, and a network that is a map.
class PathBuilding {
  public:
    PathBuilding& trust(const std::vector<Identity>& anchors);
    /// End entity first.
    PathBuilding& sent(const std::vector<Identity>& chain);
    PathBuilding& sent(const std::vector<certs::CertificatePtr>& chain);
    PathBuilding& untrusted(const Identity& issuer);
    PathBuilding& stored(const Identity& issuer);
    /// What a GET of `url` brings; a URL that is not served answers 404.
    PathBuilding& served(const std::string& url, const std::vector<certs::CertificatePtr>& certificates);
    PathBuilding& for_host(const std::string& host);

    /// Runs the builder to its verdict.
    certs::Verdict verdict();

    certs::VerifyRequest request;
    /// Names of the certificates that the last verdict() asked about, in order.
    std::vector<std::string> asked;

  private:
    certs::IssuerAnswer fetch(const certs::NeedIssuer& need);

    std::vector<certs::Anchor> anchors_;
    certs::PresentedChain presented_;
    std::vector<certs::CertificatePtr> untrusted_;
    certs::IssuerStore store_;
    std::map<std::string, std::vector<certs::CertificatePtr>> served_;
};

/// "leaf.test <- CA <- Root"
std::string drawn(const certs::Verdict& verdict);

}  // namespace chainmend::test
