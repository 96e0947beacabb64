#pragma once

#include <string>

#include "certs/verdict.h"

namespace chainmend::proxy {

/// What to do about a refusal for this reason: one or two sentences for a person. Empty for Reason::ok.
const char* advice_for(certs::Reason reason);

/// The same for one verdict: names the certificate, the issuer that is missing and where it is to be had.
/// Printable.
std::string advice_for(const certs::Verdict& verdict);

}  // namespace chainmend::proxy
