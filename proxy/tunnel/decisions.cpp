#include "proxy/tunnel/decisions.h"

namespace chainmend::proxy {

void record_decision(WorkerParts& parts, TunnelFacts& facts, const DialOutcome& outcome, Refusal* refusal,
                     int status) {
    facts.id = parts.shared.ids.next();
    if (refusal) refusal->id = facts.id;
    auto record = std::make_shared<const DecisionRecord>(facts.decision(outcome, refusal, status));
    parts.counters.decision(*record);
    parts.shared.expiries.note(*record);
    if (parts.shared.history) parts.shared.history->decision(record, facts.policy);
    parts.shared.log->decision(std::move(record));
}

}  // namespace chainmend::proxy
