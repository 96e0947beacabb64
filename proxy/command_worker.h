#pragma once

#include <memory>
#include <vector>

#include "certs/signature_memo.h"
#include "proxy/counters.h"
#include "proxy/fetch/issuer_fetcher.h"
#include "proxy/io/event_loop.h"
#include "proxy/io/resolver.h"
#include "proxy/issuer_saver.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

/// A worker without a listener, for a command that dials servers as the proxy does: its loop is run by
/// whoever has it. Issuers that were fetched and found good enter the issuer store, as when serving.
/// Destroyed after everything that was started with its parts.
class CommandWorker {
  public:
    /// Under `snapshot`, judging at `now()`. Notes go to stderr: whatever log.file says, nothing here belongs
    /// in the proxy's record. An Error when the log can not be made.
    static Result<std::unique_ptr<CommandWorker>> make(SnapshotPtr snapshot, std::function<Time()> now);
    CommandWorker(const CommandWorker&) = delete;
    CommandWorker& operator=(const CommandWorker&) = delete;

    WorkerParts& parts() { return parts_; }
    const SnapshotPtr& snapshot() const { return snapshot_; }

  private:
    CommandWorker(SnapshotPtr snapshot, std::function<Time()> now, std::unique_ptr<Log> log);

    /// One TLS record of 16 KiB and what is left of another.
    static constexpr std::size_t plaintext_size = 32 * 1024;

    const SnapshotPtr snapshot_;
    SharedParts shared_;
    EventLoop loop_;
    std::vector<std::uint8_t> plaintext_;
    certs::SignatureMemo memo_;
    Resolver resolver_;
    IssuerSaver saver_;
    IssuerFetcher fetcher_;
    Counters counters_;
    WorkerParts parts_;
};

}  // namespace chainmend::proxy
