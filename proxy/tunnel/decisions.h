#pragma once

#include "proxy/tunnel/tunnel_facts.h"

namespace chainmend::proxy {

/// Puts a decision on record: gives it an id (also to `refusal`, which may be null), counts and logs it.
/// `status` is what the client gets, 0 for no HTTP answer.
void record_decision(WorkerParts& parts, TunnelFacts& facts, const DialOutcome& outcome, Refusal* refusal,
                     int status);

}  // namespace chainmend::proxy
