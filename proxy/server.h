#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/result.h"
#include "config/settings.h"
#include "config/time.h"
#include "proxy/counters.h"

namespace chainmend::proxy {

struct ServerOptions {
    /// Reads the settings anew on a reload. Empty: a reload keeps the settings and re-reads the files they
    /// name.
    std::function<Result<config::Settings>()> read_settings;
    /// The time certificates are judged at. Empty: the system's clock. Called from every worker.
    std::function<Time()> now;
    /// React to TERM, INT, HUP and USR1. One server a process.
    bool handle_signals = true;
    /// Sockets that listen already, for instance systemd's: they take the place of listen.address and
    /// listen.also. They stay open and the caller's.
    std::vector<int> sockets = {};
    /// How often it is asked whether the signing CA is to be renewed. It is renewed months before its end: a
    /// day is soon enough.
    std::chrono::milliseconds look_at_ca_every = std::chrono::hours{24};
    /// Shortened to "~" in the start-up text; empty: nothing is. The environment is not looked at here.
    std::string home;
    /// How a shell calls this program: its path when it is not found by its name.
    std::string program = "chainmend";
};

/// The whole running proxy: listeners, workers, shared stores, log. `serve` makes one and runs it.
///
///     auto server = Server::make(settings, options);
///     if (!server) return exit_status(server.error());
///     std::cerr << (*server)->start_up_text();
///     (*server)->run();
class Server {
  public:
    /// Loads trust, issuers and the signing CA (made when there is none) and binds the listeners; nothing is
    /// accepted yet. `settings` are resolved: paths are real. Errors: configuration (trust files, zero
    /// anchors, an address that is none), environment (port taken, directory not writable), signing_ca.
    static Result<std::unique_ptr<Server>> make(config::Settings settings, ServerOptions options = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// "127.0.0.1:8181": the address really bound, also when port 0 was asked for.
    const std::string& address() const;
    /// Where the status pages are, "" when nowhere: listen.admin is empty, or its default address was busy.
    const std::string& admin_address() const;
    /// What a person is told at start: address, anchors and from where, stored issuers, the CA, and what to
    /// do next. Several lines, each ended by a newline.
    std::string start_up_text() const;

    /// What its workers have done so far. May be called from any thread while it runs.
    Counts counts() const;

    /// Serves until a stop is requested and everything has been closed. Ignores SIGPIPE and forbids core
    /// dumps (they would hold the CA's key). Once only.
    void run();

    /// These may be called from any thread. The first stop drains: nothing more is accepted, open tunnels may
    /// finish within listen.drain_timeout. The second stops at once.
    void request_stop();
    /// Settings, trust, issuers and CA anew, all or nothing: on any error everything stays as it was and the
    /// error goes to stderr.
    void request_reload();
    void request_log_reopen();

  private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace chainmend::proxy
