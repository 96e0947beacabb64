#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "certs/distrust.h"
#include "certs/issuer_store.h"
#include "certs/mint.h"
#include "certs/trust_store.h"
#include "certs/verify_request.h"
#include "config/result.h"
#include "config/settings.h"
#include "proxy/connect_policy.h"
#include "proxy/fetch/egress_policy.h"
#include "proxy/files/issuer_directory.h"
#include "proxy/files/issuer_shelf.h"
#include "proxy/files/revocation_store.h"
#include "proxy/files/signing_ca_directory.h"
#include "proxy/files/trust_loader.h"
#include "proxy/front/password_file.h"
#include "proxy/history/policy_record.h"
#include "proxy/io/cidr.h"
#include "proxy/io/resolver.h"
#include "proxy/policy/host_policy.h"
#include "tls/client_session.h"
#include "tls/upstream_session.h"

namespace chainmend::proxy {

struct CaRenewal {
    bool done = false;   ///< else the old one is used as long as it lasts
    std::string detail;  ///< for a person
};

/// How the proxy decides, as of one reading of its settings and files: everything a tunnel needs that a
/// reload may change. Immutable but for the issuer store, which is thread-safe; shared by all workers and
/// replaced whole. A tunnel keeps the one it began with.
struct Snapshot {
    config::Settings settings;
    /// Counts up with every reload: names the policy in caches, so that nothing decided under an old one is
    /// used.
    std::uint64_t generation = 0;
    certs::Profile profile = certs::Profile::default_;
    std::shared_ptr<const certs::TrustStore> trust;
    /// Certificates that are on no path: trust.distrust and Mozilla's OneCRL as last imported.
    std::shared_ptr<const certs::Distrust> distrust;
    /// Mozilla's list of disclosed intermediates; null when it was never imported.
    std::shared_ptr<const std::set<Sha256>> disclosed;
    std::shared_ptr<certs::IssuerStore> issuers;
    std::shared_ptr<IssuerDirectory>
        issuer_directory;  ///< null when it can not be used: then nothing is kept
    std::shared_ptr<certs::Mint> mint;
    std::shared_ptr<const tls::UpstreamContext> upstream_context;
    std::shared_ptr<const tls::ClientContext> client_context;
    ConnectPolicy connect_policy;
    /// What differs from host to host; where no rule is for a host, what stands above.
    std::shared_ptr<const HostPolicies> policies;
    std::shared_ptr<const certs::AnchorLimits> anchor_limits;  ///< null: none
    std::vector<certs::ExceptionPtr> exceptions;
    std::vector<certs::GivenCrl> crls;             ///< of verify.crl_files
    std::shared_ptr<RevocationStore> revocations;  ///< null while no host is checked softly or hard
    std::shared_ptr<const EgressPolicy> egress_policy;
    Resolver::Overrides resolve;
    PolicyPtr policy;  ///< how decisions under this snapshot are told to have been made
    std::shared_ptr<const PasswordFile> passwords;  ///< null: nobody is asked
    std::vector<Cidr> proxy_protocol_from;
    // From the reading, for people:
    std::vector<TrustOrigin> trust_origins;
    std::size_t issuers_loaded = 0;
    std::optional<ImportReport> preloaded;  ///< of repair.preload, when it names anything
    SigningCaFiles ca;
    /// What came of renewing the signing CA, when its end was near.
    std::optional<CaRenewal> ca_renewal;
    std::vector<std::string> warnings;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// What is asked about a server that must be `identity`, under the policy for it.
certs::VerifyRequest verify_request_for(const Snapshot& snapshot, const certs::ReferenceIdentity& identity,
                                        Time now);

/// The snapshot in force. Thread-safe.
class CurrentSnapshot {
  public:
    SnapshotPtr load() const {
        std::lock_guard lock(mutex_);
        return snapshot_;
    }
    void store(SnapshotPtr snapshot) {
        std::lock_guard lock(mutex_);
        snapshot_ = std::move(snapshot);
    }

  private:
    mutable std::mutex mutex_;
    SnapshotPtr snapshot_;
};

/// Reads everything that `settings` name, at `now`. Makes the signing CA when there is none. `previous` may
/// be null; its mint is kept when the CA is the same, so that a reload does not mint everything anew. Blocks
/// on files.
Result<SnapshotPtr> read_snapshot(const config::Settings& settings, const SnapshotPtr& previous,
                                  const std::vector<SocketAddress>& own_listeners, Time now);

}  // namespace chainmend::proxy
