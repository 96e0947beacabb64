#include "proxy/policy/host_policy.h"

#include "config/sha256_text.h"
#include "proxy/files/input_file.h"
#include "proxy/files/trust_loader.h"
#include "proxy/policy/host_rules.h"

namespace chainmend::proxy {
namespace {

/// A certificate, a key and a chain have some 10 KiB.
constexpr std::size_t max_credentials_file_bytes = 256 * 1024;

/// Turns rules into policies, one after the other.
class PolicyMaker {
  public:
    explicit PolicyMaker(const HostPolicies::Basis& basis) : basis_(basis) {}

    Result<HostPolicyPtr> make(const config::HostRule& rule, std::size_t index) {
        auto policy = basis_.defaults;
        const auto name = name_of({index, rule.match.empty() ? "" : rule.match.front()});
        policy.action = rule.action;
        if (rule.profile) policy.profile = certs::profile_from(*rule.profile).value_or(policy.profile);
        if (rule.revocation) policy.revocation = mode_of(*rule.revocation);
        if (rule.failure_style) policy.failure_style = policy.browser_style = *rule.failure_style;
        if (auto done = set_pins(rule, policy); !done) return done.error().in(name);
        if (auto done = set_connect_policy(rule, policy); !done) return done.error().in(name);
        if (auto done = set_trust(rule, policy, name); !done) return done.error().in(name);
        if (auto done = set_context(rule, policy); !done) return done.error().in(name);
        if (auto done = set_credentials(rule, policy); !done) return done.error().in(name);
        if (auto done = set_proxy(rule, policy); !done) return done.error().in(name);
        return std::make_shared<const HostPolicy>(std::move(policy));
    }

    std::vector<certs::StoredIssuer> issuers;
    std::vector<std::string> notes;

  private:
    static Result<std::vector<Sha256>> parsed(const std::vector<std::string>& texts) {
        std::vector<Sha256> pins;
        for (const std::string& text : texts) {
            const auto pin = parse_key_pin(text);
            if (!pin) return Error{ErrorCode::configuration, "\"" + text + "\" is no pin"};
            pins.push_back(*pin);
        }
        return pins;
    }

    static Result<void> set_pins(const config::HostRule& rule, HostPolicy& policy) {
        if (rule.pins.empty() && rule.backup_pins.empty()) return {};
        if (rule.action == config::HostAction::pass)
            return Error{ErrorCode::configuration, "pins: with action = \"pass\" nobody looks at them"};
        auto pins = parsed(rule.pins);
        if (!pins) return pins.error();
        auto backups = parsed(rule.backup_pins);
        if (!backups) return backups.error();
        policy.pins = std::make_shared<const certs::PinSet>(
            certs::PinSet{std::move(pins).value(), std::move(backups).value(), rule.pins_report_only});
        return {};
    }

    Result<void> set_connect_policy(const config::HostRule& rule, HostPolicy& policy) const {
        if (!rule.connect_ports && !rule.connect_deny) return {};
        auto settings = basis_.settings.connect;
        if (rule.connect_ports) settings.ports = rule.connect_ports;
        if (rule.connect_deny) settings.deny = rule.connect_deny;
        auto made = ConnectPolicy::make(settings, basis_.own_listeners, basis_.own_addresses);
        if (!made) return made.error();
        policy.connect_policy = std::move(made).value();
        return {};
    }

    /// The anchors of everybody and the rule's own.
    Result<void> set_trust(const config::HostRule& rule, HostPolicy& policy, const std::string& name) {
        if (rule.trust_files.empty()) return {};
        auto settings = basis_.settings.trust;
        settings.system = false;
        settings.dirs.clear();
        settings.files = rule.trust_files;
        auto loaded = load_trust(settings, basis_.own_cas, basis_.now);
        if (!loaded.ok()) return loaded.error();
        auto anchors = basis_.defaults.trust->anchors();
        for (const auto& anchor : loaded.store->anchors()) {
            if (!basis_.defaults.trust->find(anchor.certificate->sha256())) anchors.push_back(anchor);
        }
        policy.trust = std::make_shared<const certs::TrustStore>(std::move(anchors));
        for (auto& issuer : loaded.issuers)
            issuers.push_back(std::move(issuer));
        for (auto& note : loaded.notes)
            notes.push_back(name + ": " + std::move(note));
        return {};
    }

    Result<void> set_context(const config::HostRule& rule, HostPolicy& policy) {
        if (!rule.min_tls) return {};
        auto& shared = contexts_[*rule.min_tls];
        if (!shared) {
            const auto minimum = tls::parse_minimum_version(*rule.min_tls);
            if (!minimum) return minimum.error().in("min_tls");
            auto made = tls::UpstreamContext::make(*minimum);
            if (!made) return made.error();
            shared = std::move(made).value();
        }
        policy.upstream_context = shared;
        return {};
    }

    static Result<void> set_credentials(const config::HostRule& rule, HostPolicy& policy) {
        if (rule.client_certificate.empty()) return {};
        const auto bytes = read_input_file(rule.client_certificate, max_credentials_file_bytes);
        if (!bytes) return Error{ErrorCode::configuration, bytes.error().in("client_certificate").message};
        auto read = certs::read_client_credentials(*bytes, rule.client_certificate_password);
        if (!read) {
            const auto where = "client_certificate: " + rule.client_certificate;
            return Error{ErrorCode::configuration, read.error().in(where).message};
        }
        policy.client_credentials = std::move(read).value();
        return {};
    }

    /// What a rule says of its own hosts holds whatever upstream.no_proxy says of everybody's.
    static Result<void> set_proxy(const config::HostRule& rule, HostPolicy& policy) {
        if (!rule.upstream_proxy) return {};
        policy.upstream_proxy = nullptr;
        if (rule.upstream_proxy->empty()) return {};
        auto made = UpstreamProxy::make(*rule.upstream_proxy, {});
        if (!made) return made.error();
        policy.upstream_proxy = std::make_shared<const UpstreamProxy>(std::move(made).value());
        return {};
    }

    const HostPolicies::Basis& basis_;
    std::map<std::string, std::shared_ptr<const tls::UpstreamContext>> contexts_;  // by oldest version
};

}  // namespace

certs::RevocationMode mode_of(config::Revocation setting) {
    switch (setting) {
        case config::Revocation::off:
            return certs::RevocationMode::off;
        case config::Revocation::stapled:
            return certs::RevocationMode::stapled;
        case config::Revocation::soft:
            return certs::RevocationMode::soft;
        case config::Revocation::hard:
            return certs::RevocationMode::hard;
    }
    return certs::RevocationMode::hard;
}

Result<HostPolicies::Made> HostPolicies::make(const Basis& basis) {
    auto policies = std::make_shared<HostPolicies>();
    policies->rules_ = basis.settings.hosts;
    policies->defaults_ = std::make_shared<const HostPolicy>(basis.defaults);
    PolicyMaker maker(basis);
    for (std::size_t i = 0; i < policies->rules_.size(); ++i) {
        auto policy = maker.make(policies->rules_[i], i);
        if (!policy) return policy.error();
        policies->policies_.push_back(std::move(policy).value());
    }
    return Made{std::move(policies), std::move(maker.issuers), std::move(maker.notes)};
}

const HostPolicyPtr& HostPolicies::for_host(const std::string& host) const {
    const auto matches = matching_rules(rules_, host);
    return matches.empty() ? defaults_ : policies_[matches.front().index];
}

std::string HostPolicies::rule_for(const std::string& host) const {
    const auto matches = matching_rules(rules_, host);
    return matches.empty() ? "" : name_of(matches.front());
}

}  // namespace chainmend::proxy
