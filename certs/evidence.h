#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "certs/path_builder.h"
#include "certs/revocation_check.h"
#include "certs/verify_request.h"

namespace chainmend::certs {

/// An issuer that the search knew of and that was not sent: an anchor, a stored or an imported one.
struct ConsultedIssuer {
    PathElement element;
    std::size_t after = 0;  ///< how many answers had come when it was first seen
};

/// One question that was answered while the path was looked for.
struct AnsweredQuestion {
    Sha256 of{};  ///< the certificate whose issuer was asked for
    std::vector<FetchedIssuer> issuers;
    std::size_t fetches = 0;  ///< how many of the verdict's fetches belong to it, in their order
    std::vector<std::string> untried;
    bool last = false;
    Reason reason = Reason::ok;
};

/// What was offered when the status of one certificate was asked for.
struct RevocationAnswer {
    Sha256 of{};  ///< the certificate that was asked about
    std::vector<RevocationEvidence> offered;
    std::optional<std::string> gave_up;  ///< why there was no more
};

/// What the judgement of an accepted path's revocation was made from.
struct RevocationInquiry {
    RevocationOptions options;
    std::vector<RevocationAnswer> answers;  ///< in the order of the questions
    std::size_t fetches = 0;                ///< how many of the verdict's fetches were made for it: the last
};

/// What a verdict was made from, beside the presented chain: enough to make it again, bit for bit, when the
/// trust store, the issuer store and the network have long changed. See certs/replay.h.
struct Evidence {
    VerifyRequest request;
    Sha256 trust_id{};  ///< of the trust store as a whole
    std::string malformed_end_entity;
    std::vector<std::string> malformed;  ///< certificates that were sent and did not decode, a line each
    std::vector<ConsultedIssuer> issuers;
    std::vector<AnsweredQuestion> answers;
    std::optional<RevocationInquiry> revocation;  ///< nothing: revocation was not judged
};

}  // namespace chainmend::certs
