#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/replay.h"
#include "proxy/history/history_query.h"
#include "proxy/report/document.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// What is to be different when a decision is made again. Nothing set: nothing.
struct ReplayChanges {
    std::optional<Time> at;
    std::vector<certs::Anchor> trusted;  ///< beside the anchors of then
    std::optional<certs::Profile> profile;

    bool any() const { return at || !trusted.empty() || profile; }
};

/// A decision and the same made again.
struct ReplayOutcome {
    StoredDecision then;
    certs::Verdict now;
    /// Fields of the verdict that differ, "reason: expired before, ok now"; empty when it is the same bit for
    /// bit. (stats.signatures is no part of it: it tells what the memory of signatures saved.)
    std::vector<std::string> differences;
    std::string why;  ///< what makes them differ; empty when they do not
};

/// ErrorCode::not_found when the decision was not about certificates, or its evidence is not kept.
Result<ReplayOutcome> replay_decision(StoredDecision stored, const ReplayChanges& changes);

Document replay_document(const ReplayOutcome& outcome);
Json replay_json(const ReplayOutcome& outcome);

}  // namespace chainmend::proxy
