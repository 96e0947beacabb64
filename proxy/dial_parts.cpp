#include "proxy/dial_parts.h"

namespace chainmend::proxy {

DialParts::DialParts(EventLoop& loop, SharedParts& shared)
    : shared_(shared),
      plaintext_(plaintext_size),
      resolver_(loop, shared.snapshot.load()->resolve),
      saver_(loop, *shared.log),
      fetcher_(loop, resolver_, shared.snapshot.load()->egress_policy, shared.fetches,
               IssuerFetcher::Options::from(shared.snapshot.load()->settings)),
      parts_{loop, resolver_, fetcher_, saver_, memo_, plaintext_, shared, counters_} {}

void DialParts::take_up_snapshot() {
    const auto snapshot = shared_.snapshot.load();
    resolver_.set_overrides(snapshot->resolve);
    fetcher_.set_policy(snapshot->egress_policy, IssuerFetcher::Options::from(snapshot->settings));
}

}  // namespace chainmend::proxy
