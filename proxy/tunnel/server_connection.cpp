#include "proxy/tunnel/server_connection.h"

#include "proxy/io/connector.h"
#include "proxy/io/timer.h"
#include "proxy/tunnel/dial_trouble.h"

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
        deadline_.set(settings().connect_timeout);
        step_ = parts_.resolver.resolve(request_.authority.host.text(),
                                        [this](Resolution resolution) { resolved(std::move(resolution)); });
    }

  private:
    const config::UpstreamSettings& settings() const { return request_.snapshot->settings.upstream; }

    void resolved(Resolution resolution) {
        deadline_.clear();  // the connector has its own
        const auto& host = request_.authority.host.text();
        if (resolution.addresses.empty())
            return fail(trouble_of(resolution.failure), host + " does not resolve: " + resolution.detail);
        std::vector<SocketAddress> allowed;
        std::optional<ConnectPolicy::Denial> denial;
        for (const auto& address : resolution.addresses) {
            const SocketAddress target{address, request_.authority.port};
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

    std::optional<ConnectPolicy::Denial> deny(const SocketAddress& target) const {
        const auto& policy = *request_.snapshot->policies->for_host(request_.authority.host.text());
        if (auto denied = policy.connect_policy.deny_address(target)) return denied;
        std::string objection = request_.objection ? request_.objection(target) : std::string();
        if (objection.empty()) return std::nullopt;
        return ConnectPolicy::Denial{Trouble::destination_denied, std::move(objection)};
    }

    void connected(ConnectOutcome outcome) {
        result_.address = outcome.address;
        if (!outcome.stream) return fail(trouble_of(outcome.failure), outcome.detail);
        outcome.stream->keep_alive(keep_alive_idle);
        result_.stream = std::move(outcome.stream);
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
