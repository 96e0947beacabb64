#pragma once

#include <string>

#include "certs/certificate.h"

namespace chainmend::proxy {

/// A configuration profile that adds `ca` to the trusted roots of a Mac, iPhone or iPad once its user agrees.
/// The same CA always makes the same profile, so that it replaces itself.
std::string apple_profile(const certs::Certificate& ca);

}  // namespace chainmend::proxy
