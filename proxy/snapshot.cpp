#include "proxy/snapshot.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "certs/digest.h"
#include "config/setting_table.h"
#include "proxy/files/input_file.h"
#include "proxy/files/public_lists.h"
#include "proxy/files/signing_certificate.h"
#include "proxy/judging_snapshot.h"
#include "proxy/policy/anchor_limits.h"
#include "proxy/policy/exceptions.h"

namespace chainmend::proxy {
namespace {

/// Some 100 bytes a user: ten thousand of them.
constexpr std::size_t max_password_file_bytes = 1024 * 1024;

Result<void> check_key_type(const std::string& name) {
    for (const auto type : {certs::KeyType::rsa2048, certs::KeyType::ecdsa_p256}) {
        if (name == certs::to_string(type)) return {};
    }
    return Error{ErrorCode::configuration,
                 "intercept.key_type: \"" + name + "\" may be rsa2048 or ecdsa-p256"};
}

Result<void> read_policy(Snapshot& snapshot, const std::vector<SocketAddress>& own_listeners) {
    const auto& settings = snapshot.settings;
    const auto profile = certs::profile_from(settings.verify.profile);
    if (!profile)
        return Error{ErrorCode::configuration, "verify.profile: \"" + settings.verify.profile + "\" is none"};
    snapshot.profile = *profile;
    if (*profile == certs::Profile::compat) {
        snapshot.warnings.push_back(
            "verify.profile is compat: SHA-1 and RSA-1024 are taken from every server; give it to single "
            "hosts, in "
            "[[host]]");
    }
    auto connect = ConnectPolicy::make(settings.connect, own_listeners, interface_addresses());
    if (!connect) return connect.error();
    snapshot.connect_policy = std::move(connect).value();
    auto egress = EgressPolicy::make(settings.egress, own_listeners, interface_addresses());
    if (!egress) return egress.error();
    snapshot.egress_policy = std::move(egress).value();
    auto resolve = Resolver::read_overrides(settings.upstream.resolve);
    if (!resolve) return resolve.error();
    snapshot.resolve = std::move(resolve).value();
    return {};
}

/// A group may be meant to read it (root's file for a service's group), everybody never is.
bool is_open_to_others(const std::string& file) {
    using std::filesystem::perms;
    std::error_code ignored;
    const auto mode = std::filesystem::status(file, ignored).permissions();
    return !ignored &&
           (mode & (perms::others_read | perms::others_write | perms::group_write)) != perms::none;
}

Result<void> read_front(Snapshot& snapshot, const SnapshotPtr& previous) {
    const auto& settings = snapshot.settings.listen;
    for (const auto& text : settings.proxy_protocol_from) {
        auto block = Cidr::parse(text);
        if (!block) return block.error().in("listen.proxy_protocol_from");
        snapshot.proxy_protocol_from.push_back(*block);
    }
    if (settings.auth.empty()) return {};
    const auto bytes = read_input_file(settings.auth, max_password_file_bytes);
    if (!bytes) return Error{ErrorCode::configuration, bytes.error().in("listen.auth").message};
    if (is_open_to_others(settings.auth)) {
        snapshot.warnings.push_back("listen.auth: others on this machine can read or change " +
                                    settings.auth + ": chmod 640 or 600");
    }
    auto passwords = PasswordFile::parse(as_text(*bytes));
    if (!passwords) return passwords.error().in("listen.auth: " + settings.auth);
    snapshot.passwords = std::move(passwords).value();
    // Who has been found right need not be asked again after a reload that changed nothing.
    if (previous && previous->passwords && previous->passwords->same_users(*snapshot.passwords))
        snapshot.passwords = previous->passwords;
    return {};
}

Result<void> read_contexts(Snapshot& snapshot) {
    const auto upstream_minimum = tls::parse_minimum_version(snapshot.settings.verify.min_tls);
    if (!upstream_minimum) return upstream_minimum.error().in("verify.min_tls");
    if (const auto& oldest = snapshot.settings.verify.min_tls; oldest == "1.0" || oldest == "1.1") {
        snapshot.warnings.push_back(
            "verify.min_tls is " + oldest +
            ": what can be broken on the line is taken from every server; give it to single "
            "hosts, in [[host]]");
    }
    const auto client_minimum = tls::parse_minimum_version(snapshot.settings.intercept.min_tls);
    if (!client_minimum) return client_minimum.error().in("intercept.min_tls");
    auto upstream = tls::UpstreamContext::make(*upstream_minimum);
    if (!upstream) return upstream.error();
    snapshot.upstream_context = std::move(upstream).value();
    auto client = tls::ClientContext::make(*client_minimum);
    if (!client) return client.error();
    snapshot.client_context = std::move(client).value();
    return {};
}

Result<void> read_public_lists(Snapshot& snapshot, const certs::DistrustList& more) {
    auto lists = load_public_lists(snapshot.settings.repair.store);
    if (!lists) return lists.error();
    lists->revoked.merge(more);
    snapshot.distrust = std::make_shared<const certs::Distrust>(std::move(lists->revoked));
    if (!lists->disclosed.empty())
        snapshot.disclosed = std::make_shared<const std::set<Sha256>>(std::move(lists->disclosed));
    return {};
}

// What is named here somebody relies on: a file that can not be read stops the start.
Result<void> preload_issuers(Snapshot& snapshot, Time now) {
    const auto& files = snapshot.settings.repair.preload;
    if (files.empty()) return {};
    auto shelf = IssuerShelf::open(snapshot.settings);
    if (!shelf) return shelf.error().in("repair.preload");
    ImportOptions options;
    options.now = now;
    const auto no_url = [](const std::string& url) -> Result<Bytes> {
        return Error{ErrorCode::configuration, url + " is no file; the setting for a URL is repair.list_url"};
    };
    auto report = (*shelf)->import(files, options, no_url);
    if (!report) return report.error().in("repair.preload");
    for (const auto& problem : report->problems)
        snapshot.warnings.push_back("repair.preload: " + problem);
    snapshot.preloaded = std::move(report).value();
    return {};
}

// Who installs the signing CA in the system's store wants clients to trust it, not this proxy: an upstream
// that shows a certificate of that CA is somebody who has got hold of its key.
Result<void> read_trust(Snapshot& snapshot, Time now) {
    const auto own_cas = load_own_cas(snapshot.settings.intercept.ca_dir);
    if (!own_cas) return own_cas.error();
    auto trust = load_trust(snapshot.settings.trust, *own_cas, now);
    if (!trust.ok()) return trust.error();
    snapshot.trust = trust.store;
    if (auto read = read_public_lists(snapshot, trust.distrust); !read) return read;
    snapshot.trust_origins = std::move(trust.origins);
    snapshot.warnings.insert(snapshot.warnings.end(), trust.notes.begin(), trust.notes.end());
    snapshot.issuers = std::make_shared<certs::IssuerStore>();
    for (auto& issuer : trust.issuers)
        snapshot.issuers->add(std::move(issuer));
    return {};
}

// After trust and contexts, which rules add to.
Result<void> read_policies(Snapshot& snapshot, const std::vector<SocketAddress>& own_listeners, Time now) {
    auto limits = anchor_limits_of(snapshot.settings.trust, *snapshot.trust);
    if (!limits) return limits.error();
    snapshot.anchor_limits = std::move(limits).value();
    auto exceptions = exceptions_of(snapshot.settings.exceptions);
    if (!exceptions) return exceptions.error();
    snapshot.exceptions = std::move(exceptions).value();
    for (const auto& exception : snapshot.exceptions) {
        if (now > exception->expires)
            snapshot.warnings.push_back(name_of(*exception) + " ended on " + to_date(exception->expires) +
                                        " and forgives nothing any more");
    }
    HostPolicy defaults;
    defaults.profile = snapshot.profile;
    defaults.revocation = mode_of(snapshot.settings.verify.revocation);
    defaults.failure_style = snapshot.settings.failure.style;
    defaults.browser_style = snapshot.settings.failure.browser_style;
    defaults.trust = snapshot.trust;
    defaults.upstream_context = snapshot.upstream_context;
    defaults.connect_policy = snapshot.connect_policy;
    if (const auto& upstream = snapshot.settings.upstream; !upstream.proxy.empty()) {
        auto proxy = UpstreamProxy::make(upstream.proxy, upstream.no_proxy);
        if (!proxy) return proxy.error();
        defaults.upstream_proxy = std::make_shared<const UpstreamProxy>(std::move(proxy).value());
    }
    const auto own_cas = load_own_cas(snapshot.settings.intercept.ca_dir);
    if (!own_cas) return own_cas.error();
    auto made = HostPolicies::make(
        {snapshot.settings, std::move(defaults), own_listeners, interface_addresses(), now, *own_cas});
    if (!made) return made.error();
    snapshot.policies = std::move(made->policies);
    snapshot.warnings.insert(snapshot.warnings.end(), made->notes.begin(), made->notes.end());
    for (auto& issuer : made->issuers)
        snapshot.issuers->add(std::move(issuer));
    return {};
}

bool asks_for_revocation(const config::Settings& settings) {
    const auto asks = [](config::Revocation mode) {
        return mode == config::Revocation::soft || mode == config::Revocation::hard;
    };
    return asks(settings.verify.revocation) ||
           std::any_of(settings.hosts.begin(), settings.hosts.end(),
                       [&](const auto& rule) { return rule.revocation && asks(*rule.revocation); });
}

// What was fetched outlives a reload: it is judged anew whenever it is used.
Result<void> read_revocations(Snapshot& snapshot, const SnapshotPtr& previous, Time now) {
    const auto& settings = snapshot.settings.verify;
    auto crls = load_crl_files(settings.crl_files);
    if (!crls) return crls.error();
    snapshot.crls = std::move(crls).value();
    if (!asks_for_revocation(snapshot.settings)) {
        if (!snapshot.crls.empty())
            snapshot.warnings.push_back(
                "verify.crl_files refuses nobody: no host is checked with verify.revocation = \"soft\" or "
                "\"hard\"");
        return {};
    }
    if (previous && previous->revocations &&
        previous->revocations->directory() == settings.revocation_cache) {
        snapshot.revocations = previous->revocations;
        return {};
    }
    snapshot.revocations = RevocationStore::open(settings.revocation_cache, now);
    const auto& notes = snapshot.revocations->notes();
    snapshot.warnings.insert(snapshot.warnings.end(), notes.begin(), notes.end());
    return {};
}

// A store that can not be used costs fetches, not correctness: the proxy serves without it and says so.
void read_issuers(Snapshot& snapshot) {
    auto directory = IssuerDirectory::open(snapshot.settings.repair.store);
    if (!directory) {
        snapshot.warnings.push_back("issuers are not kept on disk: " + directory.error().message);
        return;
    }
    snapshot.issuer_directory = std::move(directory).value();
    const auto report = snapshot.issuer_directory->load(*snapshot.issuers);
    snapshot.issuers_loaded = report.loaded;
    snapshot.warnings.insert(snapshot.warnings.end(), report.notes.begin(), report.notes.end());
}

void note_unknown_cas(Snapshot& snapshot) {
    for (auto& warning : unknown_limited_cas(snapshot.settings.trust, *snapshot.trust, *snapshot.issuers))
        snapshot.warnings.push_back(std::move(warning));
}

bool same_minting(const Snapshot& previous, const Snapshot& snapshot) {
    const auto& before = previous.settings.intercept;
    const auto& after = snapshot.settings.intercept;
    return previous.ca.ca->certificate()->sha256() == snapshot.ca.ca->certificate()->sha256() &&
           before.validity == after.validity && before.cache == after.cache;
}

// A CA that can not be renewed is used as long as it lasts.
void renew_ca(Snapshot& snapshot, Time now) {
    const auto end = to_date(snapshot.ca.ca->certificate()->not_after().value_or(now));
    auto renewed = renew_signing_ca(snapshot.settings.intercept.ca_dir, *snapshot.ca.ca, now);
    if (!renewed) {
        snapshot.ca_renewal = {
            false, "the signing CA ends on " + end + " and can not be renewed: " + renewed.error().message};
        return;
    }
    snapshot.ca = std::move(renewed).value();
    snapshot.ca_renewal = {
        true,
        "the signing CA was renewed with the same key, because it ends on " + end +
            ": until then clients that trust its certificate go on as they are; give them the new one, " +
            snapshot.ca.certificate_file.string()};
}

Result<void> read_ca(Snapshot& snapshot, const SnapshotPtr& previous, Time now) {
    const auto& settings = snapshot.settings.intercept;
    if (auto known = check_key_type(settings.key_type); !known) return known;
    auto ca = open_signing_ca(settings.ca_dir, signing_ca_options(settings), now);
    if (!ca) return ca.error();
    snapshot.ca = std::move(ca).value();
    if (is_to_be_renewed(*snapshot.ca.ca, now)) renew_ca(snapshot, now);
    if (previous && same_minting(*previous, snapshot)) {
        snapshot.mint = previous->mint;
        return {};
    }
    certs::MintOptions options;
    options.validity = settings.validity;
    options.capacity = static_cast<std::size_t>(settings.cache);
    if (previous) options.minted = previous->mint->minted();
    auto mint = certs::Mint::make(snapshot.ca.ca, options);
    if (!mint) return mint.error();
    snapshot.mint = std::move(mint).value();
    return {};
}

/// Each rule's keys that are not at their defaults.
template <class Rule>
std::string rules_text(const std::string& name, const std::vector<Rule>& rules,
                       const std::vector<config::Setting<Rule>>& table) {
    std::string text;
    for (const auto& rule : rules) {
        text += "[[" + name + "]]\n";
        for (const auto& setting : table) {
            if (setting.to_toml(rule) != setting.to_toml(Rule{}))
                text += setting.name + " = " + setting.shown(rule) + "\n";
        }
    }
    return text;
}

/// A certificate may point to the proxy no more than it may when the proxy itself asks.
std::vector<SocketAddress> named_listeners(const config::Settings& settings) {
    std::vector<SocketAddress> listeners;
    if (const auto address = SocketAddress::parse(settings.listen.address)) listeners.push_back(*address);
    return listeners;
}

/// The settings that decide about servers, as they would stand in a configuration file, and what the files
/// they name came to.
PolicyPtr policy_of(const Snapshot& snapshot) {
    auto policy = std::make_shared<PolicyRecord>();
    policy->text = "trust store = " + to_hex(snapshot.trust->id()) + " (" +
                   std::to_string(snapshot.trust->anchors().size()) + " anchors)\n";
    policy->text += "distrusted = " + std::to_string(snapshot.distrust->size()) + " entries\n";
    for (const auto& setting : config::setting_table()) {
        for (const char* section : {"trust.", "verify.", "repair.", "egress."}) {
            if (setting.name.rfind(section, 0) == 0)
                policy->text += setting.name + " = " + setting.shown(snapshot.settings) + "\n";
        }
    }
    const auto& settings = snapshot.settings;
    policy->text += rules_text("host", settings.hosts, config::host_rule_table());
    policy->text += rules_text("exception", settings.exceptions, config::exception_rule_table());
    policy->hash = certs::sha256_of(as_bytes(policy->text));
    return policy;
}

}  // namespace

certs::VerifyRequest verify_request_for(const Snapshot& snapshot, const certs::ReferenceIdentity& identity,
                                        Time now) {
    const auto& policy = *snapshot.policies->for_host(identity.text());
    certs::VerifyRequest request;
    request.identity = identity;
    request.at = now;
    request.profile = policy.profile;
    request.max_depth = static_cast<int>(snapshot.settings.verify.max_depth);
    request.distrust = snapshot.distrust;
    request.anchor_limits = snapshot.anchor_limits;
    request.pins = policy.pins;
    request.exceptions = exceptions_for(snapshot.exceptions, identity.text());
    request.disclosed = snapshot.disclosed;
    return request;
}

Result<SnapshotPtr> read_snapshot(const config::Settings& settings, const SnapshotPtr& previous,
                                  const std::vector<SocketAddress>& own_listeners, Time now) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->settings = settings;
    snapshot->generation = previous ? previous->generation + 1 : 1;
    if (auto read = read_policy(*snapshot, own_listeners); !read) return read.error();
    if (auto read = read_front(*snapshot, previous); !read) return read.error();
    if (auto read = read_contexts(*snapshot); !read) return read.error();
    if (auto read = read_ca(*snapshot, previous, now); !read) return read.error();
    if (auto read = preload_issuers(*snapshot, now); !read) return read.error();
    if (auto read = read_trust(*snapshot, now); !read) return read.error();
    if (auto read = read_policies(*snapshot, own_listeners, now); !read) return read.error();
    if (auto read = read_revocations(*snapshot, previous, now); !read) return read.error();
    read_issuers(*snapshot);
    note_unknown_cas(*snapshot);
    snapshot->policy = policy_of(*snapshot);
    return SnapshotPtr(std::move(snapshot));
}

Result<std::vector<std::string>> check_settings(const config::Settings& settings, Time now) {
    Snapshot snapshot;
    snapshot.settings = settings;
    const auto listeners = named_listeners(settings);
    if (auto read = read_policy(snapshot, listeners); !read) return read.error();
    if (auto read = read_front(snapshot, nullptr); !read) return read.error();
    if (auto read = read_contexts(snapshot); !read) return read.error();
    if (auto known = check_key_type(settings.intercept.key_type); !known) return known.error();
    for (const auto& file : settings.repair.preload) {
        if (::access(file.c_str(), R_OK) != 0)
            return Error{ErrorCode::configuration, "repair.preload: " + file + ": " + std::strerror(errno)};
    }
    if (auto read = read_trust(snapshot, now); !read) return read.error();
    if (auto read = read_policies(snapshot, listeners, now); !read) return read.error();
    if (auto crls = load_crl_files(settings.verify.crl_files); !crls) return crls.error();
    std::error_code none;
    if (std::filesystem::is_directory(settings.repair.store, none)) read_issuers(snapshot);
    note_unknown_cas(snapshot);
    return std::move(snapshot.warnings);
}

Result<SnapshotPtr> read_judging_snapshot(const config::Settings& settings, Time now) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->settings = settings;
    snapshot->generation = 1;
    const auto proxy_listeners = named_listeners(settings);
    if (auto read = read_policy(*snapshot, proxy_listeners); !read) return read.error();
    if (auto read = read_contexts(*snapshot); !read) return read.error();
    if (auto read = read_trust(*snapshot, now); !read) return read.error();
    if (auto read = read_policies(*snapshot, proxy_listeners, now); !read) return read.error();
    if (auto read = read_revocations(*snapshot, nullptr, now); !read) return read.error();
    read_issuers(*snapshot);
    snapshot->policy = policy_of(*snapshot);
    return SnapshotPtr(std::move(snapshot));
}

}  // namespace chainmend::proxy
