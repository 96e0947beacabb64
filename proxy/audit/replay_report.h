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
    certs::ReplayQuestion question;  ///< of then, with the changes
    certs::Verdict now;
    /// Fields of the verdict that differ, "reason: expired before, ok now"; empty when it is the same.
    /// Without changes that is bit for bit. (stats.signatures is no part of it: it tells what the memory of
    /// signatures saved.) What was changed is no difference itself, nor is what only repeats it: the time
    /// asked about and the days counted from it, the name of the profile, how far the search went.
    std::vector<std::string> differences;
    std::string why;  ///< what makes them differ; empty when they do not
};

/// ErrorCode::not_found when the decision was not about certificates, or its evidence is not kept.
Result<ReplayOutcome> replay_decision(StoredDecision stored, const ReplayChanges& changes);

Document replay_document(const ReplayOutcome& outcome);
Json replay_json(const ReplayOutcome& outcome);

/// What came of making every verdict of a history again.
class ReplaySummary {
  public:
    /// Another one was made again.
    void add(const ReplayOutcome& outcome);
    /// Another one could not be: what it was made from is not kept.
    void add_not_kept(const std::string& id, const std::string& why);

    std::size_t same() const { return same_; }
    std::size_t others() const { return others_.size(); }
    std::size_t not_kept() const { return not_kept_.size(); }

    /// A line for each that came out otherwise or is not kept, and the numbers.
    std::string text() const;
    /// `verdicts same others not_kept`: numbers, and lists of `id server differences why` and `id why`.
    Json json() const;

  private:
    struct Other {
        std::string id;
        std::string server;
        std::vector<std::string> differences;
        std::string why;
    };
    struct NotKept {
        std::string id;
        std::string why;
    };
    std::size_t same_ = 0;
    std::vector<Other> others_;
    std::vector<NotKept> not_kept_;
};

}  // namespace chainmend::proxy
