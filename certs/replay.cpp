#include "certs/replay.h"

#include <algorithm>

namespace chainmend::certs {
namespace {

/// The issuer store as it was: issuers enter it after as many answers as they did then.
class PastStores {
  public:
    explicit PastStores(const ReplayQuestion& question) : question_(question) {
        TrustStoreBuilder anchors(true);
        std::vector<Anchor> kept;
        for (const auto& issuer : question.evidence.issuers) {
            const auto& element = issuer.element;
            if (element.source == Source::trust) kept.push_back({element.certificate, element.origin});
            if (element.source == Source::untrusted) untrusted_.push_back(element.certificate);
        }
        for (const Anchor& anchor : question.more_anchors) {
            if (anchors.add(anchor.certificate, anchor.origin) != TrustPlacement::end_entity)
                kept.push_back(anchor);
        }
        trust_ = std::make_shared<const TrustStore>(std::move(kept));
        enter(0);
    }

    void enter(std::size_t answers) {
        for (const auto& issuer : question_.evidence.issuers) {
            const auto& element = issuer.element;
            const bool stored = element.source == Source::store || element.source == Source::import;
            if (stored && issuer.after == answers)
                store_.add(StoredIssuer{element.certificate, element.source, element.origin,
                                        element.obtained_at.value_or(Time{})});
        }
    }

    std::shared_ptr<const TrustStore> trust() const { return trust_; }
    const IssuerStore& store() const { return store_; }
    const std::vector<CertificatePtr>& untrusted() const { return untrusted_; }

  private:
    const ReplayQuestion& question_;
    std::shared_ptr<const TrustStore> trust_;
    IssuerStore store_;
    std::vector<CertificatePtr> untrusted_;
};

/// The recorded answer to this question, which is looked for from `next` on.
IssuerAnswer recorded_answer(const ReplayQuestion& question, const NeedIssuer& need, std::size_t& next) {
    const auto& answers = question.evidence.answers;
    std::size_t first_fetch = 0;
    for (std::size_t i = 0; i < answers.size(); first_fetch += answers[i].fetches, ++i) {
        if (i < next || answers[i].of != need.of->sha256()) continue;
        const AnsweredQuestion& known = answers[i];
        IssuerAnswer answer;
        answer.issuers = known.issuers;
        const auto end = std::min(question.fetches.size(), first_fetch + known.fetches);
        for (std::size_t f = first_fetch; f < end; ++f)
            answer.fetches.push_back(question.fetches[f]);
        answer.untried = known.untried;
        answer.last = known.last;
        answer.reason = known.reason;
        next = i + 1;
        return answer;
    }
    IssuerAnswer nothing;
    nothing.last = true;
    return nothing;
}

const RevocationAnswer* recorded_answer(const RevocationInquiry& inquiry, const Certificate& certificate) {
    for (const auto& answer : inquiry.answers) {
        if (answer.of == certificate.sha256()) return &answer;
    }
    return nullptr;
}

/// The status of every certificate on the path, from what was offered then. A certificate that was not asked
/// about then stays unknown.
Verdict judge_revocation(Verdict verdict, const ReplayQuestion& question) {
    const auto& inquiry = question.evidence.revocation;
    if (!inquiry || !verdict.accepted()) return verdict;
    auto options = inquiry->options;
    options.profile = question.evidence.request.profile;
    RevocationCheck check(std::move(verdict), std::move(options));
    // All that was offered counts, also what came before another certificate turned out to be revoked.
    std::vector<RevocationQuestion> unanswered;
    std::vector<RevocationQuestion> asked;
    while (auto next = check.next())
        asked.push_back(std::move(*next));
    for (const RevocationQuestion& one : asked) {
        const auto* answer = recorded_answer(*inquiry, *one.certificate);
        if (answer == nullptr) {
            unanswered.push_back(one);
            continue;
        }
        for (const RevocationEvidence& evidence : answer->offered)
            check.consider(one.depth, evidence);
        if (answer->gave_up) check.give_up(one.depth, *answer->gave_up);
    }
    for (const RevocationQuestion& one : unanswered) {
        if (!check.is_over()) check.give_up(one.depth, "nobody was asked then");
    }
    const auto& fetches = question.fetches;
    for (auto at = fetches.size() - std::min(fetches.size(), inquiry->fetches); at < fetches.size(); ++at)
        check.add_fetch(fetches[at]);
    return std::move(check).verdict();
}

}  // namespace

Verdict replay(const ReplayQuestion& question) {
    PresentedChain presented;
    presented.certificates = question.presented;
    presented.certificates.insert(presented.certificates.end(), question.more_presented.begin(),
                                  question.more_presented.end());
    presented.malformed_end_entity = question.evidence.malformed_end_entity;
    presented.malformed = question.evidence.malformed;
    PastStores past(question);
    PathBuilder builder(past.trust(), &past.store(), std::move(presented), past.untrusted(),
                        question.evidence.request, nullptr);
    std::size_t next = 0;
    std::size_t answers = 0;
    auto step = builder.next();
    while (const auto* need = std::get_if<NeedIssuer>(&step)) {
        builder.answer(recorded_answer(question, *need, next));
        past.enter(++answers);
        step = builder.next();
    }
    return judge_revocation(std::get<Verdict>(std::move(step)), question);
}

}  // namespace chainmend::certs
