#include "proxy/files/issuer_import.h"

#include <algorithm>
#include <optional>
#include <set>

#include "certs/signature_memo.h"

namespace chainmend::proxy {
namespace {

/// How often progress is told: often enough for a line that moves, seldom enough to cost nothing.
constexpr std::size_t progress_step = 50;

/// The web's public list has one or two namesakes per name. Whoever offers thousands of namesakes wants us to
/// check the signature of each with each; this many checks take a few seconds.
constexpr int max_signatures = 50'000;

bool expired(const certs::Certificate& certificate, Time now) {
    return !certificate.not_after() || *certificate.not_after() < now;
}

std::optional<ImportRefusal> unfitness(const certs::Certificate& certificate, const certs::Distrust& distrust,
                                       Time now) {
    if (!certificate.is_ca()) return ImportRefusal::not_a_ca;
    if (certificate.is_self_signed()) return ImportRefusal::self_signed;
    if (expired(certificate, now)) return ImportRefusal::expired;
    if (distrust.covers(certificate)) return ImportRefusal::revoked;
    return std::nullopt;
}

/// Finds out which certificates lead to an anchor. Those directly below an anchor come first, then those
/// below these, until a round finds nothing new.
class Anchoring {
  public:
    Anchoring(const certs::TrustStore& trust, const certs::IssuerStore& pool, const certs::Distrust& distrust,
              Time now)
        : trust_(trust), pool_(pool), distrust_(distrust), now_(now) {}

    /// One round over `open`; takes out of it what leads to an anchor. Returns whether there was any.
    bool round(std::vector<certs::CertificatePtr>& open, const std::function<void(std::size_t)>& progress) {
        const std::size_t before = open.size();
        std::size_t done = 0;
        std::erase_if(open, [&](const certs::CertificatePtr& certificate) {
            if (++done % progress_step == 0) progress(done);
            if (!leads_to_anchor(*certificate)) return false;
            anchored_.insert(certificate->sha256());
            return true;
        });
        return open.size() < before;
    }

    bool is_anchored(const certs::Certificate& certificate) const {
        return anchored_.contains(certificate.sha256());
    }

  private:
    bool leads_to_anchor(const certs::Certificate& certificate) {
        for (const certs::Anchor* anchor : trust_.issuers_of(certificate)) {
            if (!expired(*anchor->certificate, now_) && signed_by(certificate, *anchor->certificate))
                return true;
        }
        for (const certs::StoredIssuer& issuer : pool_.issuers_of(certificate)) {
            if (is_anchored(*issuer.certificate) && signed_by(certificate, *issuer.certificate)) return true;
        }
        return false;
    }

    bool signed_by(const certs::Certificate& child, const certs::Certificate& issuer) {
        return memo_.checked() < max_signatures && !distrust_.covers(issuer) && memo_.verifies(child, issuer);
    }

    const certs::TrustStore& trust_;
    const certs::IssuerStore& pool_;
    const certs::Distrust& distrust_;
    const Time now_;
    certs::SignatureMemo memo_;
    std::set<Sha256> anchored_;
};

}  // namespace

const char* to_string(ImportRefusal refusal) {
    switch (refusal) {
        case ImportRefusal::not_a_ca:
            return "not_a_ca";
        case ImportRefusal::self_signed:
            return "self_signed";
        case ImportRefusal::expired:
            return "expired";
        case ImportRefusal::revoked:
            return "revoked";
        case ImportRefusal::unanchored:
            return "unanchored";
    }
    return "";
}

ImportOutcome choose_issuers(const std::vector<certs::CertificatePtr>& offered,
                             const certs::TrustStore& trust, const certs::IssuerStore& store,
                             const certs::Distrust& distrust, const ImportOptions& options) {
    ImportOutcome outcome;
    std::set<Sha256> seen;
    std::vector<certs::CertificatePtr> candidates;
    certs::IssuerStore pool(offered.size() + store.size());
    for (const certs::CertificatePtr& certificate : offered) {
        if (!seen.insert(certificate->sha256()).second || store.find(certificate->sha256())) {
            ++outcome.known;
        } else if (const auto refusal = unfitness(*certificate, distrust, options.now)) {
            ++outcome.refused[*refusal];
        } else {
            candidates.push_back(certificate);
            pool.add({certificate, certs::Source::import, options.origin, options.now});
        }
    }
    std::vector<certs::CertificatePtr> open = candidates;
    for (certs::StoredIssuer& stored : store.all()) {
        if (!expired(*stored.certificate, options.now)) open.push_back(stored.certificate);
        pool.add(std::move(stored));
    }

    Anchoring anchoring(trust, pool, distrust, options.now);
    const std::size_t all = open.size();
    const auto progress = [&](std::size_t done) {
        if (options.progress) options.progress(std::min(all, all - open.size() + done), all);
    };
    while (anchoring.round(open, progress)) {
    }

    for (const certs::CertificatePtr& certificate : candidates) {
        if (options.keep_unanchored || anchoring.is_anchored(*certificate)) {
            outcome.taken.push_back({certificate, certs::Source::import, options.origin, options.now});
        } else {
            ++outcome.refused[ImportRefusal::unanchored];
        }
    }
    if (options.progress) options.progress(all, all);
    return outcome;
}

}  // namespace chainmend::proxy
