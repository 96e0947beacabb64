#include "proxy/tunnel/decisions.h"

namespace chainmend::proxy {

void record_decision(WorkerParts& parts, TunnelFacts& facts, const DialOutcome& outcome, Refusal* refusal,
                     int status) {
    facts.id = parts.shared.ids.next();
    if (refusal) refusal->id = facts.id;
    auto record = facts.decision(outcome, refusal, status);
    parts.counters.decision(record);
    parts.shared.log->decision(std::move(record));
}

}  // namespace chainmend::proxy
