#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "certs/client_credentials.h"
#include "certs/issuer_store.h"
#include "certs/pin_set.h"
#include "certs/revocation.h"
#include "certs/trust_store.h"
#include "certs/verify_request.h"
#include "config/result.h"
#include "config/settings.h"
#include "proxy/connect_policy.h"
#include "proxy/policy/upstream_proxy.h"
#include "tls/upstream_session.h"

namespace chainmend::proxy {

/// Everything that may differ from host to host, as it holds for one of them. Immutable.
struct HostPolicy {
    config::HostAction action = config::HostAction::inspect;
    certs::Profile profile = certs::Profile::default_;
    certs::RevocationMode revocation = certs::RevocationMode::stapled;
    config::FailureStyle failure_style = config::FailureStyle::connect;
    config::FailureStyle browser_style = config::FailureStyle::page;
    std::shared_ptr<const certs::TrustStore> trust = nullptr;
    std::shared_ptr<const certs::PinSet> pins = nullptr;  ///< null: none
    std::shared_ptr<const tls::UpstreamContext> upstream_context = nullptr;
    ConnectPolicy connect_policy = {};
    certs::ClientCredentialsPtr client_credentials = nullptr;       ///< null: none are shown
    std::shared_ptr<const UpstreamProxy> upstream_proxy = nullptr;  ///< null: connected to directly

    /// The proxy through which this server is reached; null: none.
    const UpstreamProxy* proxy_for(const Authority& server) const {
        return upstream_proxy && upstream_proxy->serves(server) ? upstream_proxy.get() : nullptr;
    }
};
certs::RevocationMode mode_of(config::Revocation setting);
using HostPolicyPtr = std::shared_ptr<const HostPolicy>;

/// The policies of all hosts. Immutable and thread-safe once made.
class HostPolicies {
  public:
    /// What the rules start from and need.
    struct Basis {
        const config::Settings& settings;
        HostPolicy defaults;
        std::vector<SocketAddress> own_listeners;
        std::vector<IpAddress> own_addresses;
        Time now;
        std::vector<certs::CertificatePtr> own_cas = {};  ///< of this proxy's signing CA: never anchors
    };
    /// CAs of the rules' trust files that are not self-signed: material for paths.
    struct Made {
        std::shared_ptr<const HostPolicies> policies;
        std::vector<certs::StoredIssuer> issuers;
        std::vector<std::string> notes;
    };

    /// Reads the files that rules name. ErrorCode::configuration names the rule.
    static Result<Made> make(const Basis& basis);

    /// Never null. `host` as certs::ReferenceIdentity writes it.
    const HostPolicyPtr& for_host(const std::string& host) const;
    /// The name of the rule that holds for this host; empty: none is for it.
    std::string rule_for(const std::string& host) const;

  private:
    std::vector<config::HostRule> rules_;
    std::vector<HostPolicyPtr> policies_;  // one a rule
    HostPolicyPtr defaults_;
};

}  // namespace chainmend::proxy
