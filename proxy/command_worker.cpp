#include "proxy/command_worker.h"

namespace chainmend::proxy {

CommandWorker::CommandWorker(SnapshotPtr snapshot, std::function<Time()> now, std::unique_ptr<Log> log)
    : snapshot_(std::move(snapshot)),
      plaintext_(plaintext_size),
      resolver_(loop_, snapshot_->resolve),
      saver_(loop_, *log),
      fetcher_(loop_, resolver_, snapshot_->egress_policy, shared_.fetches,
               IssuerFetcher::Options::from(snapshot_->settings)),
      parts_{loop_, resolver_, fetcher_, saver_, memo_, plaintext_, shared_, counters_} {
    shared_.log = std::move(log);
    shared_.now = std::move(now);
    shared_.snapshot.store(snapshot_);
}

Result<std::unique_ptr<CommandWorker>> CommandWorker::make(SnapshotPtr snapshot, std::function<Time()> now) {
    auto log = Log::make(config::LogSettings{});
    if (!log) return log.error();
    return std::unique_ptr<CommandWorker>(
        new CommandWorker(std::move(snapshot), std::move(now), std::move(log).value()));
}

}  // namespace chainmend::proxy
