#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "certs/anchor_limits.h"
#include "certs/certificate.h"
#include "certs/crl.h"
#include "certs/distrust.h"
#include "certs/exception.h"
#include "certs/pin_set.h"
#include "certs/reference_identity.h"

namespace chainmend::certs {

/// How strict the rules are, laxest first: what a profile refuses every later one refuses too, and what a
/// later one would refuse an earlier one reports as a warning.
enum class Profile {
    compat,  ///< as default_, but SHA-1, RSA-1024, a common name for want of a SAN and old forms are warnings
    default_,  ///< everything that protects the relying party; formal duties of issuers are warnings
    rfc5280,   ///< also what RFC 5280 obliges issuers to, such as key identifiers and critical constraints
    webpki,    ///< also what the CA/Browser Forum's Baseline Requirements demand of public servers
};
const char* to_string(Profile profile);
std::optional<Profile> profile_from(std::string_view name);

enum class Purpose { server, client, any };
const char* to_string(Purpose purpose);
std::optional<Purpose> purpose_from(std::string_view name);

/// What is asked about a presented chain.
struct VerifyRequest {
    std::optional<ReferenceIdentity> identity;  ///< nothing: names are not checked
    std::vector<std::string> emails;  ///< rfc822Names that must be in the certificate (client purpose)
    Purpose purpose = Purpose::server;
    Time at{};
    Profile profile = Profile::default_;
    /// Greatest number of non-self-issued intermediates, 0 to 255.
    int max_depth = 8;
    /// Given CRLs; when there are any, something that was given must tell of every certificate below the
    /// anchor that it is not revoked.
    std::vector<GivenCrl> crls;
    /// Certificates among which the issuer of a CRL may be found when it is not on the path (a separate key
    /// for CRLs). They are verified up to the path's anchor before they count.
    std::vector<CertificatePtr> crl_issuers;
    /// The DER OCSPResponse that was given for the end entity certificate: it must say good. Null: none.
    std::shared_ptr<const Bytes> staple = nullptr;
    /// Certificates that are on no path, the anchor included. Null: none.
    std::shared_ptr<const Distrust> distrust = nullptr;
    /// What trusted CAs are not good for. Null: nothing.
    std::shared_ptr<const AnchorLimits> anchor_limits = nullptr;
    /// Public keys of which one must be on the path. Null: none is asked for.
    std::shared_ptr<const PinSet> pins = nullptr;
    /// Exceptions for this identity, whatever their keys and ends.
    std::vector<ExceptionPtr> exceptions = {};
    /// Reasons that are only warned of. Set while an exception is applied, and never by a caller.
    std::set<Reason> forgiven = {};
    /// SHA-256 of the intermediates that are known to the public. It decides nothing: the verdict tells of
    /// each intermediate on its path whether it is among them. Null: no list.
    std::shared_ptr<const std::set<Sha256>> disclosed = nullptr;
};

}  // namespace chainmend::certs
