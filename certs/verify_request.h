#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/crl.h"
#include "certs/reference_identity.h"

namespace chainmend::certs {

/// How strict the rules are (DESIGN section 4).
enum class Profile { default_, rfc5280, webpki, compat };
const char* to_string(Profile profile);
std::optional<Profile> profile_from(std::string_view name);

enum class Purpose { server, client, any };
const char* to_string(Purpose purpose);
std::optional<Purpose> purpose_from(std::string_view name);

/// What is asked about a presented chain.
struct VerifyRequest {
    std::optional<ReferenceIdentity> identity;  ///< nothing: names are not checked
    std::vector<std::string> emails;            ///< rfc822Names that must be in the certificate (client purpose)
    Purpose purpose = Purpose::server;
    Time at{};
    Profile profile = Profile::default_;
    /// Greatest number of non-self-issued intermediates, 0 to 255.
    int max_depth = 8;
    /// Given CRLs; when there are any, every certificate below the anchor needs one from its issuer.
    std::vector<CrlPtr> crls;
};

}  // namespace chainmend::certs
