#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/distrust.h"
#include "certs/issuer_store.h"
#include "certs/trust_store.h"
#include "config/result.h"
#include "config/settings.h"
#include "config/time.h"

namespace chainmend::proxy {

/// One place that anchors were taken from, for the start-up text and `trust list`.
struct TrustOrigin {
    std::string origin;  ///< "system", or the file or directory as the settings name it
    std::string file;    ///< the file really read; the directory for trust.dirs
    std::size_t anchors = 0;
    std::size_t expired = 0;     ///< anchors past their end; every system has some, "trust lint" names them
    std::size_t duplicates = 0;  ///< anchors that an earlier place had given already
    std::size_t intermediates = 0;  ///< CA certificates that are not self-signed: material for paths only
};

/// A mistake in the settings or in a file they name.
struct TrustProblem {
    std::string setting;  ///< "trust.files[1]"
    std::string message;  ///< names the file, the certificate and the reason, and says what to do
};

/// What is trusted. `store` is set if and only if there are no problems.
struct LoadedTrust {
    std::shared_ptr<const certs::TrustStore> store;
    /// From trust.distrust, and `own_cas`; the anchors among it are left out already.
    certs::DistrustList distrust;
    /// For the issuer store in memory; never written to disk, because the files stay where they are.
    std::vector<certs::StoredIssuer> issuers;
    std::vector<TrustOrigin> origins;
    std::vector<std::string> notes;  ///< skipped files and certificates, a line each; none of them is fatal
    std::vector<TrustProblem> problems;

    bool ok() const { return problems.empty(); }
    /// All problems in one ErrorCode::configuration, a line each; only when there are any.
    Error error() const;
};

/// Loads the anchors that `settings` ask for: the system's bundle, every file, and every regular file in
/// every directory, added together. The rules:
///
/// PEM, DER and PKCS#7 are told apart by content.
///
/// A self-signed CA becomes an anchor; another CA goes to `issuers`, or becomes an anchor as well with
/// trust.intermediates_as_anchors. An end entity certificate is never an anchor: it is a problem in files and
/// directories, a note in the system's bundle.
///
/// An unreadable file, or one in trust.files without certificates, is a problem; in a directory, where
/// READMEs and keys lie about, a file without certificates is a note. No anchor at all is a problem: nothing
/// could be verified.
///
/// `own_cas`, the certificates of the proxy's own signing CA, are never anchors, whatever names them: who
/// installs them for the clients on this machine finds them in the system's bundle. They are material for
/// paths, so that a server that shows one is refused for what it is.
///
/// What trust.distrust names by SHA-256 (of the certificate or of its public key) is left out.
///
/// `now` only serves the notes about expired anchors. SSL_CERT_FILE and the like are not read: a variable
/// that one client needs must not change what this proxy trusts. Blocks; about 20 ms for Debian's 144
/// anchors.
LoadedTrust load_trust(const config::TrustSettings& settings, Time now);
LoadedTrust load_trust(const config::TrustSettings& settings,
                       const std::vector<certs::CertificatePtr>& own_cas, Time now);
/// The same with the system's bundle at the first of `system_bundles` that is there.
LoadedTrust load_trust(const config::TrustSettings& settings, Time now,
                       const std::vector<std::string>& system_bundles);

/// Where distributions keep their bundle, in the order in which they are tried.
const std::vector<std::string>& system_bundle_places();
/// The first of these places that is there; not_found naming them all.
Result<std::string> find_system_bundle(const std::vector<std::string>& places = system_bundle_places());

}  // namespace chainmend::proxy
