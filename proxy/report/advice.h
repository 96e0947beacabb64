#pragma once

#include "certs/verdict.h"

namespace chainmend::proxy {

/// What to do about a refusal for this reason: one or two sentences for a person. Empty for Reason::ok.
const char* advice_for(certs::Reason reason);

}  // namespace chainmend::proxy
