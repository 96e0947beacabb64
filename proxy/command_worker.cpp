#include "proxy/command_worker.h"

namespace chainmend::proxy {

CommandWorker::CommandWorker(SnapshotPtr snapshot, std::function<Time()> now, std::unique_ptr<Log> log)
    : snapshot_(std::move(snapshot)) {
    shared_.log = std::move(log);
    shared_.now = std::move(now);
    shared_.snapshot.store(snapshot_);
    dial_parts_ = std::make_unique<DialParts>(loop_, shared_);
}

Result<std::unique_ptr<CommandWorker>> CommandWorker::make(SnapshotPtr snapshot, std::function<Time()> now) {
    auto log = Log::make(config::LogSettings{});
    if (!log) return log.error();
    return std::unique_ptr<CommandWorker>(
        new CommandWorker(std::move(snapshot), std::move(now), std::move(log).value()));
}

}  // namespace chainmend::proxy
