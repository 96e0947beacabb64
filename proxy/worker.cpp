#include "proxy/worker.h"

namespace chainmend::proxy {

Worker::Worker(SharedParts& shared)
    : shared_(shared), plaintext_(plaintext_size), saver_(loop_, *shared.log) {}

Result<SocketAddress> Worker::listen(const SocketAddress& address) {
    return add(Listener::listen(loop_, address, accepted(), exhausted()));
}

Result<SocketAddress> Worker::listen_on(int socket) {
    return add(Listener::share(loop_, socket, accepted(), exhausted()));
}

Result<SocketAddress> Worker::add(Result<std::unique_ptr<Listener>> listener) {
    if (!listener) return listener.error();
    listeners_.push_back(std::move(listener).value());
    return listeners_.back()->local_address();
}

Listener::Accepted Worker::accepted() {
    return [this](std::unique_ptr<TcpStream> client) { accept(std::move(client)); };
}

Listener::Exhausted Worker::exhausted() {
    return
        [this](const Error& error) { shared_.log->note(Level::warning, error.in("cannot accept").message); };
}

Worker::~Worker() {
    if (thread_.joinable()) thread_.join();
}

void Worker::start(std::function<void()> ended) {
    ended_ = std::move(ended);
    serve_under(*shared_.snapshot.load());
    thread_ = std::thread([this] { run(); });
}

void Worker::run() {
    loop_.run();
    listeners_.clear();
    clients_.clear();
    drain_deadline_.reset();
    ended_();
}

void Worker::serve_under(const Snapshot& snapshot) {
    const auto options = IssuerFetcher::Options::from(snapshot.settings);
    if (parts_) {
        fetcher_->set_policy(snapshot.egress_policy, options);
        resolver_->set_overrides(snapshot.resolve);
        resolver_->remember_for(snapshot.settings.upstream.dns_cache);
        return;
    }
    resolver_ = std::make_unique<Resolver>(loop_, snapshot.resolve);
    resolver_->remember_for(snapshot.settings.upstream.dns_cache);
    fetcher_ =
        std::make_unique<IssuerFetcher>(loop_, *resolver_, snapshot.egress_policy, shared_.fetches, options);
    parts_.emplace(WorkerParts{loop_, *resolver_, *fetcher_, saver_, memo_, plaintext_, shared_, counters_});
}

void Worker::accept(std::unique_ptr<TcpStream> client) {
    const auto limit = shared_.snapshot.load()->settings.listen.max_connections;
    counters_.connection();
    const bool too_many = shared_.connections.fetch_add(1) >= limit;
    const auto place = clients_.emplace(clients_.end());
    *place = std::make_unique<ClientConnection>(*parts_, std::move(client), [this, place] {
        clients_.erase(place);
        shared_.connections.fetch_sub(1);
        end_when_empty();
    });
    return too_many ? (*place)->begin_refusing() : (*place)->begin();
}

void Worker::take_up_snapshot() {
    loop_.post([this] { serve_under(*shared_.snapshot.load()); });
}

void Worker::drain() {
    loop_.post([this] { begin_draining(); });
}

void Worker::stop() {
    loop_.post([this] { end_now(); });
}

void Worker::begin_draining() {
    if (draining_) return;
    draining_ = true;
    listeners_.clear();
    const auto idle = [](const auto& client) { return client->is_idle(); };
    shared_.connections.fetch_sub(static_cast<std::int64_t>(std::erase_if(clients_, idle)));
    drain_deadline_ =
        start_timer(loop_, shared_.snapshot.load()->settings.listen.drain_timeout, [this] { end_now(); });
    end_when_empty();
}

void Worker::end_now() {
    draining_ = true;
    listeners_.clear();
    for (auto& client : clients_)
        client->cut_short();
    shared_.connections.fetch_sub(static_cast<std::int64_t>(clients_.size()));
    clients_.clear();
    end_when_empty();
}

void Worker::end_when_empty() {
    if (draining_ && clients_.empty()) loop_.stop();
}

}  // namespace chainmend::proxy
