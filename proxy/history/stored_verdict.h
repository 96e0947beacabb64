#pragma once

#include <string>
#include <vector>

#include "certs/evidence.h"
#include "certs/verdict.h"

namespace chainmend::proxy {

/// A verdict in the form in which it is kept: certificates apart, since each is kept once, and fetches apart,
/// since they are counted.
struct StoredVerdict {
    std::vector<certs::CertificatePtr> certificates;  ///< each once: sent, on a path, consulted or fetched
    std::vector<certs::CrlPtr> lists;                 ///< revocation lists that were looked at, each once
    std::string document;  ///< JSON; names certificates and lists by their place above
};

StoredVerdict stored_verdict(const certs::Verdict& verdict);

/// The verdict again, with its evidence. `certificates` and `lists` as above; one may be null when it was
/// lost. Without a list the verdict comes without its evidence. ErrorCode::malformed when the document is not
/// one, or needs what was lost.
Result<certs::Verdict> restored_verdict(const std::vector<certs::CertificatePtr>& certificates,
                                        const std::vector<certs::CrlPtr>& lists, const std::string& document,
                                        std::vector<certs::Fetch> fetches);

/// A result as to_string(Fetch) writes it.
certs::FetchResult fetch_result_from(const std::string& text);

}  // namespace chainmend::proxy
