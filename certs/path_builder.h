#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "certs/certificate.h"
#include "certs/issuer_store.h"
#include "certs/signature_memo.h"
#include "certs/trust_store.h"
#include "certs/verdict.h"
#include "certs/verify_request.h"

namespace chainmend::certs {

/// What a server sent: the end entity certificate first, the rest in its order.
struct PresentedChain {
    std::vector<CertificatePtr> certificates;
    /// Set when the end entity certificate itself did not decode: the reason. Then `certificates` is empty
    /// and the verdict is malformed_certificate. Others that did not decode are in `malformed`, a line each.
    std::string malformed_end_entity;
    std::vector<std::string> malformed;
};

/// The builder cannot go on alone: it wants an issuer of `of`. `urls` are its caIssuers URLs as they stand
/// there, at least one.
struct NeedIssuer {
    CertificatePtr of;
    std::vector<std::string> urls;
};

struct FetchedIssuer {
    CertificatePtr certificate;
    std::string url;
    Network network = Network::public_internet;  ///< where the URL may lead
};

/// The answer to a NeedIssuer: what was found, if anything, and what it took.
struct IssuerAnswer {
    std::vector<FetchedIssuer> issuers;
    std::vector<Fetch> fetches;
    /// URLs of the question that were left alone because a good answer came first. Should that issuer be no
    /// use after all (it has expired, or leads nowhere), they are worth another question.
    std::vector<std::string> untried;
    /// The budget is spent or fetching is not allowed: do not ask again.
    bool last = false;
    /// What the reason is if no path is found for want of an issuer (fetch_limit, fetch_blocked, or ok for
    /// "keep the reason that the paths gave").
    Reason reason = Reason::ok;
};

/// Finds a certification path for a presented chain: depth-first over candidate issuers, each complete
/// candidate path judged by path_validator, the first acceptable one wins. If all fail the most telling
/// failure wins.
///
/// A pure machine: no I/O, no clock. next() either has the verdict or says which issuer it lacks; whoever
/// runs it fetches that, or not, answers, and calls next() again.
///
///     PathBuilder builder(trust, &store, presented, {}, request, memo);
///     auto step = builder.next();
///     while (auto* need = std::get_if<NeedIssuer>(&step)) {
///         builder.answer(fetch(*need));
///         step = builder.next();
///     }
///     const Verdict& verdict = std::get<Verdict>(step);
///
/// One builder a handshake; not thread-safe; what it is given must outlive it.
class PathBuilder {
  public:
    using Step = std::variant<Verdict, NeedIssuer>;

    /// `store` may be null. `untrusted` are issuers that the caller has beside the presented chain (source
    /// "untrusted"). `memo` may be shared by consecutive builders on one thread.
    PathBuilder(std::shared_ptr<const TrustStore> trust, const IssuerStore* store, PresentedChain presented,
                std::vector<CertificatePtr> untrusted, VerifyRequest request, SignatureMemo* memo);
    ~PathBuilder();

    Step next();
    /// Only after next() returned NeedIssuer, once each.
    void answer(IssuerAnswer answer);

  private:
    class Search;
    std::unique_ptr<Search> search_;
};

}  // namespace chainmend::certs
