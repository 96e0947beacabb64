#pragma once

#include <list>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "certs/signature_memo.h"
#include "proxy/counters.h"
#include "proxy/front/client_connection.h"
#include "proxy/io/listener.h"
#include "proxy/io/timer.h"
#include "proxy/issuer_saver.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

/// One thread with one loop and a listener of its own; all connections that it accepts live and die on it.
class Worker {
  public:
    /// `shared` outlives the worker.
    explicit Worker(SharedParts& shared);
    /// Joins the thread; whoever destroys a running worker has told it to stop.
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Before start(), which is when accepting begins. Returns the address with the port really bound.
    Result<SocketAddress> listen(const SocketAddress& address);
    /// The same on a socket that listens already; it stays the caller's, and several workers may share it.
    Result<SocketAddress> listen_on(int socket);
    /// What its tunnels did so far. Any thread.
    Counts counts() const { return counters_.read(); }

    /// Begins to serve under the snapshot in force. `ended` is called on the worker's thread when it has
    /// stopped.
    void start(std::function<void()> ended);

    // From any thread, once started:
    /// From now on tunnels begin with the snapshot in force.
    void take_up_snapshot();
    /// Accepts no more and ends when the last tunnel has, or after listen.drain_timeout.
    void drain();
    /// Ends now; tunnels are cut short.
    void stop();

  private:
    Result<SocketAddress> add(Result<std::unique_ptr<Listener>> listener);
    Listener::Accepted accepted();
    Listener::Exhausted exhausted();
    void run();
    void serve_under(const Snapshot& snapshot);
    void accept(std::unique_ptr<TcpStream> client);
    void begin_draining();
    void end_now();
    void end_when_empty();

    /// Twice a TLS record: what is read at once is decrypted at once, without a copy in between.
    static constexpr std::size_t plaintext_size = 64 * 1024;

    SharedParts& shared_;
    EventLoop loop_;
    std::vector<std::uint8_t> plaintext_;
    certs::SignatureMemo memo_;
    IssuerSaver saver_;
    Counters counters_;
    std::unique_ptr<Resolver> resolver_;
    std::unique_ptr<IssuerFetcher> fetcher_;
    std::optional<WorkerParts> parts_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::list<std::unique_ptr<ClientConnection>> clients_;
    OperationPtr drain_deadline_;
    bool draining_ = false;
    std::function<void()> ended_;
    std::thread thread_;
};

}  // namespace chainmend::proxy
