#include "proxy/upkeep/upkeep.h"

namespace chainmend::proxy {

Upkeep::Upkeep(EventLoop& loop, SharedParts& shared)
    : shared_(shared),
      resolver_(loop, shared.snapshot.load()->resolve),
      saver_(loop, *shared.log),
      fetcher_(loop, resolver_, shared.snapshot.load()->egress_policy, shared.fetches,
               IssuerFetcher::Options::from(shared.snapshot.load()->settings)),
      plaintext_(plaintext_size),
      parts_{loop, resolver_, fetcher_, saver_, memo_, plaintext_, shared, counters_},
      renewal_(loop, fetcher_, shared),
      list_(parts_) {}

void Upkeep::take_up_snapshot() {
    const auto snapshot = shared_.snapshot.load();
    resolver_.set_overrides(snapshot->resolve);
    fetcher_.set_policy(snapshot->egress_policy, IssuerFetcher::Options::from(snapshot->settings));
    list_.take_up_snapshot();
}

}  // namespace chainmend::proxy
