#include "proxy/host_check.h"

#include <chrono>

#include "certs/signature_memo.h"
#include "proxy/counters.h"
#include "proxy/issuer_saver.h"
#include "proxy/shared_parts.h"
#include "proxy/tunnel/upstream_dial.h"

namespace chainmend::proxy {
namespace {

// As many as libuv looks names up at a time (half of its 16 threads, see process.h): no name waits for its
// turn so long that upstream.connect_timeout would count it as unresolved.
constexpr std::size_t at_once = 8;

// One TLS record of 16 KiB and what is left of another; nothing is read beyond the handshake.
constexpr std::size_t plaintext_size = 32 * 1024;

class HostCheck {
  public:
    HostCheck(SnapshotPtr snapshot, const std::vector<Authority>& servers, const HostCheckOptions& options,
              std::unique_ptr<Log> log)
        : snapshot_(std::move(snapshot)),
          servers_(servers),
          options_(options),
          plaintext_(plaintext_size),
          resolver_(loop_, snapshot_->resolve),
          saver_(loop_, *log),
          fetcher_(loop_, resolver_, snapshot_->egress_policy, shared_.fetches,
                   IssuerFetcher::Options::from(snapshot_->settings)),
          parts_{loop_, resolver_, fetcher_, saver_, memo_, plaintext_, shared_, counters_},
          hosts_(servers.size()),
          dials_(servers.size()) {
        shared_.log = std::move(log);
        shared_.now = options.now;
        shared_.snapshot.store(snapshot_);
    }

    std::vector<CheckedHost> run() {
        if (servers_.empty()) return {};
        while (next_ < servers_.size() && next_ < at_once)
            start_next();
        loop_.run();
        return std::move(hosts_);
    }

  private:
    using Clock = std::chrono::steady_clock;

    void start_next() {
        const std::size_t index = next_++;
        const auto& server = servers_[index];
        // What clients commonly offer: a server may refuse one that offers nothing it knows.
        dials_[index] = start_upstream_dial(parts_, {server, server.host, {"h2", "http/1.1"}, snapshot_},
                                            [this, index, begin = Clock::now()](DialOutcome outcome) {
                                                finished(index, Clock::now() - begin, std::move(outcome));
                                            });
    }

    void finished(std::size_t index, Clock::duration elapsed, DialOutcome outcome) {
        CheckedHost& host = hosts_[index];
        host.host = servers_[index].host.text();
        host.port = servers_[index].port;
        if (outcome.server.port != 0) host.address = outcome.server.address.text();
        host.tls = outcome.tls.version;
        host.verdict = outcome.verdict;
        host.at = options_.now();
        host.profile = certs::to_string(snapshot_->profile);
        host.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(elapsed);
        if (outcome.refusal) {
            host.reason = outcome.refusal->code;
            host.cause = outcome.refusal->cause;
            host.advice = outcome.refusal->advice;
        }
        if (outcome.upstream) outcome.upstream->finish(RelayEnd::Ending::orderly);
        outcome.upstream.reset();
        dials_[index].reset();
        ++done_;
        if (options_.progressed) options_.progressed(done_);
        if (next_ < servers_.size()) start_next();
        if (done_ == servers_.size()) saver_.when_written([this] { loop_.stop(); });
    }

    const SnapshotPtr snapshot_;
    const std::vector<Authority>& servers_;
    const HostCheckOptions& options_;
    SharedParts shared_;
    EventLoop loop_;
    std::vector<std::uint8_t> plaintext_;
    certs::SignatureMemo memo_;
    Resolver resolver_;
    IssuerSaver saver_;
    IssuerFetcher fetcher_;
    Counters counters_;
    WorkerParts parts_;
    std::vector<CheckedHost> hosts_;
    std::vector<OperationPtr> dials_;  // last: they use what stands above
    std::size_t next_ = 0;
    std::size_t done_ = 0;
};

}  // namespace

Result<std::vector<CheckedHost>> check_hosts(SnapshotPtr snapshot, const std::vector<Authority>& servers,
                                             const HostCheckOptions& options) {
    // Only for notes, which go to stderr: whatever log.file says, nothing here belongs in the proxy's record.
    auto log = Log::make(config::LogSettings{});
    if (!log) return log.error();
    HostCheck check(std::move(snapshot), servers, options, std::move(log).value());
    return check.run();
}

}  // namespace chainmend::proxy
