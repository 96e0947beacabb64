#pragma once

#include <vector>

#include "certs/path_findings.h"

namespace chainmend::certs {

/// Whether it tells only what has changed since another list (RFC 5280 section 5.2.4).
bool is_delta(const Crl& crl);

/// The same lists, those of the highest crlNumber first, those without one last. libcrypto reads the first of
/// the deltas that fit a list, and the first of two lists of the same second.
std::vector<GivenCrl> newest_first(std::vector<GivenCrl> lists);

/// What a delta says of a certificate whether or not there is a list that it can be combined with.
enum class DeltaWord {
    nothing,  ///< it is another's, not genuine, out of date, or does not list the certificate as revoked
    revoked,  ///< it lists the certificate
    not_understood  ///< it does, and has a critical extension that nobody here knows (section 5.2)
};
/// `issuer` is the certificate's, and whoever signs the delta: those of other issuers say nothing here.
DeltaWord word_of(const Crl& delta, const Certificate& certificate, const Certificate& issuer, Time at);

}  // namespace chainmend::certs
