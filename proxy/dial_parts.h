#pragma once

#include <vector>

#include "certs/signature_memo.h"
#include "proxy/counters.h"
#include "proxy/fetch/issuer_fetcher.h"
#include "proxy/io/resolver.h"
#include "proxy/issuer_saver.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

/// What dialling servers takes, on a loop that is no worker's. Destroyed after everything that was started
/// with it, and before its loop.
class DialParts {
  public:
    DialParts(EventLoop& loop, SharedParts& shared);
    DialParts(const DialParts&) = delete;
    DialParts& operator=(const DialParts&) = delete;

    WorkerParts& parts() { return parts_; }
    /// After a reload.
    void take_up_snapshot();

  private:
    /// One TLS record of 16 KiB and what is left of another.
    static constexpr std::size_t plaintext_size = 32 * 1024;

    SharedParts& shared_;
    std::vector<std::uint8_t> plaintext_;
    certs::SignatureMemo memo_;
    Resolver resolver_;
    IssuerSaver saver_;
    IssuerFetcher fetcher_;
    Counters counters_;
    WorkerParts parts_;
};

}  // namespace chainmend::proxy
