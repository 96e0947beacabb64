#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/exception.h"
#include "certs/issuer_store.h"
#include "certs/path_builder.h"
#include "certs/trust_store.h"
#include "certs/verify_request.h"
#include "config/settings.h"
#include "proxy/cli/aia_map.h"
#include "proxy/cli/command.h"
#include "proxy/policy/host_policy.h"

namespace chainmend::proxy {

/// The options of `verify` as they were written.
struct VerifyOptions {
    std::vector<std::string> trust_files;
    std::vector<std::string> untrusted_files;
    std::string store_directory;
    std::vector<std::string> crl_files;
    std::string ocsp_file;
    std::string host;
    std::string ip;
    bool no_name = false;
    std::string purpose = "server";
    std::string at;
    std::optional<int> max_depth;
    std::string profile;
    bool no_fetch = false;
    std::string aia_map_file;
    bool no_config = false;
    bool json = false;
    bool batch = false;
    std::string chain_file;
};

/// What is trusted, and what was given as such but is no CA certificate and so never an anchor.
struct GivenTrust {
    std::shared_ptr<const certs::TrustStore> store;
    std::vector<certs::CertificatePtr> end_entities;
};

/// What every judgement of one run of `verify` shares: loaded once.
struct VerifyMaterial {
    GivenTrust trust;  ///< the configured anchors and those of --trust
    certs::IssuerStore store;
    certs::DistrustList distrust;  ///< trust.distrust, and Mozilla's OneCRL as imported into the store
    std::vector<certs::CertificatePtr> untrusted;
    std::optional<AiaMap> aia_map;
    config::Settings settings;                     ///< the defaults with --no-config
    certs::VerifyRequest request;                  ///< without an identity
    std::shared_ptr<const HostPolicies> policies;  ///< of [[host]]; null with --no-config
    std::vector<certs::ExceptionPtr> exceptions;
    bool profile_given = false;      ///< --profile outdoes what a rule says
    std::vector<std::string> notes;  ///< lines for stderr
};

/// Reads everything but the chain itself. Errors: configuration, unreadable files, bad options.
Result<std::unique_ptr<VerifyMaterial>> load_verify_material(const VerifyOptions& options,
                                                             const CommandLine& line);

/// The name that the certificate must be for: --host, --ip, or none with --no-name. One of them is needed.
Result<std::optional<certs::ReferenceIdentity>> identity_of(const VerifyOptions& options);

/// CHAIN: a file or "-" for standard input. An end entity certificate that is there but can not be decoded is
/// not an error, it becomes a refusal.
Result<certs::PresentedChain> read_chain(const std::string& file, Console& console);

/// Certificates from `bytes` as a server's flight; `name` is for the message. The builder looks at no more
/// than CandidateIssuers::max_presented, and no more are read.
Result<certs::PresentedChain> presented_from(ByteView bytes, const std::string& name);

/// Judges one chain as serving would: under the rules for its host, with what `material` holds, and with its
/// map in the network's place. A rule's own anchors count where `trust` is the material's. Each
/// of `trust.end_entities` is a warning, and the reason when the chain is refused for want of trust in that
/// very one.
certs::Verdict judge(const VerifyMaterial& material, certs::PresentedChain presented,
                     certs::VerifyRequest request, const GivenTrust& trust,
                     std::vector<certs::CertificatePtr> untrusted);

}  // namespace chainmend::proxy
