#include "proxy/host_check.h"

#include <chrono>

#include "proxy/command_worker.h"
#include "proxy/tunnel/upstream_dial.h"

namespace chainmend::proxy {
namespace {

// As many as libuv looks names up at a time (half of its 16 threads, see process.h): no name waits for its
// turn so long that upstream.connect_timeout would count it as unresolved.
constexpr std::size_t at_once = 8;

class HostCheck {
  public:
    HostCheck(CommandWorker& worker, const std::vector<Authority>& servers, const HostCheckOptions& options)
        : worker_(worker),
          servers_(servers),
          options_(options),
          hosts_(servers.size()),
          dials_(servers.size()) {}

    std::vector<CheckedHost> run() {
        if (servers_.empty()) return {};
        while (next_ < servers_.size() && next_ < at_once)
            start_next();
        loop().run();
        return std::move(hosts_);
    }

  private:
    using Clock = std::chrono::steady_clock;

    EventLoop& loop() { return worker_.parts().loop; }

    void start_next() {
        const std::size_t index = next_++;
        const auto& server = servers_[index];
        // What clients commonly offer: a server may refuse one that offers nothing it knows.
        DialRequest dial{server, server.host, {"h2", "http/1.1"}, worker_.snapshot()};
        dial.may_resume = false;
        dials_[index] = start_upstream_dial(worker_.parts(), std::move(dial),
                                            [this, index, begin = Clock::now()](DialOutcome outcome) {
                                                finished(index, Clock::now() - begin, std::move(outcome));
                                            });
    }

    void finished(std::size_t index, Clock::duration elapsed, DialOutcome outcome) {
        hosts_[index] = checked_host(outcome, servers_[index], *worker_.snapshot(), options_.now());
        hosts_[index].elapsed = std::chrono::duration_cast<std::chrono::microseconds>(elapsed);
        if (outcome.upstream) outcome.upstream->finish(RelayEnd::Ending::orderly);
        outcome.upstream.reset();
        dials_[index].reset();
        ++done_;
        if (options_.progressed) options_.progressed(done_);
        if (next_ < servers_.size()) start_next();
        if (done_ == servers_.size()) worker_.parts().saver.when_written([this] { loop().stop(); });
    }

    CommandWorker& worker_;
    const std::vector<Authority>& servers_;
    const HostCheckOptions& options_;
    std::vector<CheckedHost> hosts_;
    std::vector<OperationPtr> dials_;  // last: they use what stands above
    std::size_t next_ = 0;
    std::size_t done_ = 0;
};

}  // namespace

CheckedHost checked_host(const DialOutcome& outcome, const Authority& server, const Snapshot& snapshot,
                         Time at) {
    CheckedHost host;
    host.host = server.host.text();
    host.port = server.port;
    if (outcome.server.port != 0) host.address = outcome.server.address.text();
    host.tls = outcome.tls.version;
    host.verdict = outcome.verdict;
    host.at = at;
    host.profile = certs::to_string(snapshot.policies->for_host(host.host)->profile);
    if (outcome.refusal) {
        host.reason = outcome.refusal->code;
        host.cause = outcome.refusal->cause;
        host.advice = outcome.refusal->advice;
    }
    return host;
}

Result<std::vector<CheckedHost>> check_hosts(SnapshotPtr snapshot, const std::vector<Authority>& servers,
                                             const HostCheckOptions& options) {
    auto worker = CommandWorker::make(std::move(snapshot), options.now);
    if (!worker) return worker.error();
    HostCheck check(**worker, servers, options);
    return check.run();
}

}  // namespace chainmend::proxy
