#include "proxy/tunnel/server_connection.h"

#include "proxy/io/connector.h"
#include "proxy/io/timer.h"
#include "proxy/tunnel/dial_trouble.h"
#include "proxy/tunnel/proxy_handshake.h"

namespace chainmend::proxy {
namespace {

class ServerConnecting final : public Operation {
  public:
    ServerConnecting(WorkerParts& parts, ServerConnectionRequest request,
                     std::function<void(ServerConnection)> completion)
        : parts_(parts),
          request_(std::move(request)),
          completion_(std::move(completion)),
          deadline_(parts.loop,
                    [this] { fail(Trouble::dns_timeout, "the name could not be resolved in time"); }) {}

    void begin() {
        proxy_ = policy().proxy_for(request_.authority);
        result_.through_proxy = proxy_ != nullptr;
        deadline_.set(settings().connect_timeout);
        step_ = parts_.resolver.resolve(next_hop().host.text(),
                                        [this](Resolution resolution) { resolved(std::move(resolution)); });
    }

  private:
    const config::UpstreamSettings& settings() const { return request_.snapshot->settings.upstream; }
    const HostPolicy& policy() const {
        return *request_.snapshot->policies->for_host(request_.authority.host.text());
    }
    const Authority& next_hop() const { return proxy_ ? proxy_->authority() : request_.authority; }

    // The upstream proxy is the administrator's choice: only this proxy itself it may not be.
    std::optional<ConnectPolicy::Denial> deny(const SocketAddress& target) const {
        auto denial = policy().connect_policy.deny_address(target);
        if (proxy_) return denial && denial->trouble == Trouble::proxy_loop ? denial : std::nullopt;
        if (denial) return denial;
        std::string objection = request_.objection ? request_.objection(target) : std::string();
        if (objection.empty()) return std::nullopt;
        return ConnectPolicy::Denial{Trouble::destination_denied, std::move(objection)};
    }
    std::optional<ConnectPolicy::Denial> deny_literal_target() const {
        const auto address = IpAddress::parse(request_.authority.host.text());
        if (!proxy_ || !address) return std::nullopt;
        return policy().connect_policy.deny_address({*address, request_.authority.port});
    }

    void resolved(Resolution resolution) {
        deadline_.clear();  // the connector has its own
        const auto& host = next_hop().host.text();
        if (const auto denial = deny_literal_target()) return fail(denial->trouble, denial->cause);
        if (resolution.addresses.empty())
            return fail(trouble_of(resolution.failure), host + " does not resolve: " + resolution.detail);
        std::vector<SocketAddress> allowed;
        std::optional<ConnectPolicy::Denial> denial;
        for (const auto& address : resolution.addresses) {
            const SocketAddress target{address, next_hop().port};
            if (auto denied = deny(target)) {
                denial = std::move(denied);
            } else {
                allowed.push_back(target);
            }
        }
        if (allowed.empty()) return fail(denial->trouble, denial->cause);
        ConnectOptions options;
        options.timeout = settings().connect_timeout;
        step_ = start_connect(parts_.loop, std::move(allowed), options,
                              [this](ConnectOutcome outcome) { connected(std::move(outcome)); });
    }

    void connected(ConnectOutcome outcome) {
        result_.address = outcome.address;
        const std::string who = proxy_ ? "the upstream proxy: " : "";
        if (!outcome.stream) return fail(trouble_of(outcome.failure), who + outcome.detail);
        outcome.stream->keep_alive(keep_alive_idle);
        if (proxy_ && !request_.plain_http) {
            step_ = start_proxy_handshake(
                parts_.loop, std::move(outcome.stream), *proxy_, request_.authority,
                settings().connect_timeout,
                [this](ProxyHandshakeOutcome handshake) { proxy_answered(std::move(handshake)); });
            return;
        }
        result_.stream = std::move(outcome.stream);
        complete();
    }

    void proxy_answered(ProxyHandshakeOutcome outcome) {
        if (!outcome.stream)
            return fail(outcome.timed_out ? Trouble::upstream_proxy_timeout : Trouble::upstream_proxy_refused,
                        outcome.detail);
        result_.stream = std::move(outcome.stream);
        result_.received = std::move(outcome.received);
        complete();
    }

    void fail(Trouble trouble, std::string cause) {
        result_.refusal = refusal_for(trouble, std::move(cause), request_.authority.host.text());
        complete();
    }

    void complete() {
        deadline_.clear();
        const auto completion = std::move(completion_);
        completion(std::move(result_));
    }

    // Vanished peers are noticed after about this long without traffic, plus the system's probes.
    static constexpr std::chrono::seconds keep_alive_idle{60};

    WorkerParts& parts_;
    const ServerConnectionRequest request_;
    std::function<void(ServerConnection)> completion_;
    const UpstreamProxy* proxy_ = nullptr;  // of the snapshot
    ServerConnection result_;
    OperationPtr step_;
    Deadline deadline_;
};

}  // namespace

OperationPtr start_server_connection(WorkerParts& parts, ServerConnectionRequest request,
                                     std::function<void(ServerConnection)> completion) {
    auto connecting = std::make_unique<ServerConnecting>(parts, std::move(request), std::move(completion));
    connecting->begin();
    return connecting;
}

}  // namespace chainmend::proxy
