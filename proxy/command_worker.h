#pragma once

#include <memory>

#include "proxy/dial_parts.h"
#include "proxy/io/event_loop.h"

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

    WorkerParts& parts() { return dial_parts_->parts(); }
    const SnapshotPtr& snapshot() const { return snapshot_; }

  private:
    CommandWorker(SnapshotPtr snapshot, std::function<Time()> now, std::unique_ptr<Log> log);

    const SnapshotPtr snapshot_;
    SharedParts shared_;
    EventLoop loop_;
    std::unique_ptr<DialParts> dial_parts_;
};

}  // namespace chainmend::proxy
