#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/x509_view.h"

namespace chainmend::certs {

/// A distinguished name as one canonical string per relative distinguished name, so that names compare as RFC
/// 5280 section 7.1 wants: whatever the case of ASCII letters, the kind of string and the amount of white
/// space.
using CanonicalName = std::vector<std::string>;
CanonicalName canonical_name(const X509_NAME* name);

/// One name of a certificate, or the base of a name constraint, in the form that comparing needs.
struct GeneralName {
    int type = 0;             ///< GEN_DNS, GEN_IPADD, GEN_EMAIL, GEN_URI, GEN_DIRNAME, or another GEN_ type
    bool well_formed = true;  ///< as a name (from_name) or as a constraint (from_constraint)
    std::string text;         ///< dns: lower case; email, uri: host in lower case; ip: octets
    std::string local_part;   ///< email: what is in front of the @, as it is
    bool wildcard = false;    ///< dns: text is what follows "*."
    CanonicalName directory;
};

/// The name of a certificate.
GeneralName from_name(const GENERAL_NAME* name);
/// The base of a subtree. dns: text may be empty (everything). email: with a local part one mailbox, with a
/// leading dot in text every host below, else every mailbox of that host. uri: leading dot likewise. ip:
/// address and mask.
GeneralName from_constraint(const GENERAL_NAME* base);

/// True when `name` lies within the subtree `base`; for a wildcard, when every name it stands for does. Both
/// well formed and of one type that this understands.
bool is_within(const GeneralName& name, const GeneralName& base);
/// The same, for a wildcard when any name it stands for does.
bool touches(const GeneralName& name, const GeneralName& base);

/// Whether names of this type can be compared at all.
bool is_comparable(int type);

}  // namespace chainmend::certs
