#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <vector>

#include "proxy/admin/status.h"
#include "proxy/fetch/issuer_fetcher.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

/// The stored issuers that were fetched from a URL, expire within `within` of `now`, have not expired yet,
/// and for which nothing with the same name and a later end is there. Decodes the store: blocks.
std::vector<certs::StoredIssuer> issuers_to_renew(const certs::IssuerStore& store, Time now,
                                                  std::chrono::seconds within);

/// Fetches stored issuers again, from where they came, before they expire (repair.renew_before), so that no
/// handshake has to wait for it. A URL may lead no further than when the issuer was fetched first: to a
/// private network only when a server on one named it, or where egress.allow opens it. What can not be
/// renewed is noted.
///
/// Belongs to the loop's thread, as all of its parts.
class IssuerRenewal {
  public:
    IssuerRenewal(EventLoop& loop, IssuerFetcher& fetcher, SharedParts& shared);
    IssuerRenewal(const IssuerRenewal&) = delete;
    IssuerRenewal& operator=(const IssuerRenewal&) = delete;

    const RenewalStatus& status() const { return status_; }

    /// Looking costs decoding the store once; what is found has days left.
    static constexpr std::chrono::hours look_every{1};
    /// An issuer that has no successor yet is asked for so often.
    static constexpr std::chrono::hours ask_every{24};
    static constexpr std::size_t at_once = 3;

  private:
    void look();
    void looked(std::vector<certs::StoredIssuer> due);
    void fetch_next();
    void fetched(const certs::StoredIssuer& issuer, const FetchedPtr& fetched);
    void note_failure(const certs::StoredIssuer& issuer, const std::string& cause);

    EventLoop& loop_;
    IssuerFetcher& fetcher_;
    SharedParts& shared_;
    RenewalStatus status_;
    std::map<Sha256, Time> asked_;  // no entry is older than ask_every
    std::deque<certs::StoredIssuer> waiting_;
    std::list<OperationPtr> running_;
    OperationPtr next_look_;
};

}  // namespace chainmend::proxy
