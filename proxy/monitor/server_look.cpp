#include "proxy/monitor/server_look.h"

#include <algorithm>

#include "proxy/host_check.h"
#include "proxy/io/timer.h"

namespace chainmend::proxy {
namespace {

class ServerLook final : public Operation {
  public:
    ServerLook(WorkerParts& parts, const Authority& server, std::function<void(LookOutcome)> completion)
        : parts_(parts),
          server_(server),
          snapshot_(parts.shared.snapshot.load()),
          completion_(std::move(completion)) {}

    void begin() {
        const bool is_name = server_.host.kind() == certs::ReferenceIdentity::Kind::dns;
        if (!is_name || is_proxied(server_)) {
            step_ = start_timer(parts_.loop, std::chrono::milliseconds{0}, [this] { dial_next(); });
            places_ = {server_};
            return;
        }
        step_ = parts_.resolver.resolve(server_.host.text(),
                                        [this](Resolution resolution) { resolved(resolution); });
    }

  private:
    bool is_proxied(const Authority& place) const {
        return snapshot_->policies->for_host(place.host.text())->proxy_for(place) != nullptr;
    }

    void resolved(const Resolution& resolution) {
        for (const auto& address : resolution.addresses) {
            auto host = certs::ReferenceIdentity::from_host(address.text());
            if (!host || places_.size() >= max_addresses_looked_at) continue;
            const Authority place{*std::move(host), server_.port};
            if (!is_proxied(place)) places_.push_back(place);
        }
        // One address, or none: as every client does, which also words the failure.
        if (places_.size() < 2) places_ = {server_};
        dial_next();
    }

    void dial_next() {
        if (next_ == places_.size()) return complete();
        DialRequest dial{.authority = places_[next_++],
                         .identity = server_.host,
                         .protocols = {"h2", "http/1.1"},
                         .snapshot = snapshot_};
        begin_ = parts_.loop.now();
        step_ = start_upstream_dial(parts_, std::move(dial),
                                    [this](DialOutcome outcome) { dialled(std::move(outcome)); });
    }

    void dialled(DialOutcome outcome) {
        found_.push_back(checked_host(outcome, server_, *snapshot_, parts_.shared.now()));
        auto& host = found_.back();
        host.elapsed = parts_.loop.now() - begin_;
        if (!host.verdict) silent_.push_back(places_[next_ - 1].host.text() + " (" + host.reason + ")");
        if (outcome.upstream) outcome.upstream->finish(RelayEnd::Ending::orderly);
        dial_next();
    }

    void complete() {
        const auto is_silent = [](const CheckedHost& host) { return !host.verdict; };
        if (!std::all_of(found_.begin(), found_.end(), is_silent)) {
            std::erase_if(found_, is_silent);
            found_.front().silent = std::move(silent_);
        } else {
            found_.resize(1);
        }
        const auto completion = std::move(completion_);
        completion(std::move(found_));
    }

    WorkerParts& parts_;
    const Authority server_;
    const SnapshotPtr snapshot_;
    std::function<void(LookOutcome)> completion_;
    std::vector<Authority> places_;
    std::size_t next_ = 0;
    std::chrono::milliseconds begin_{};
    LookOutcome found_;
    std::vector<std::string> silent_;
    OperationPtr step_;
};

}  // namespace

OperationPtr start_server_look(WorkerParts& parts, const Authority& server,
                               std::function<void(LookOutcome)> completion) {
    auto look = std::make_unique<ServerLook>(parts, server, std::move(completion));
    look->begin();
    return look;
}

}  // namespace chainmend::proxy
