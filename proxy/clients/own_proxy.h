#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "proxy/server.h"

namespace chainmend::proxy {

/// A proxy in this process for one command: on a free port of 127.0.0.1, without status pages, its record in
/// a file.
class OwnProxy {
  public:
    /// Binds and loads everything; connections queue up until begin(). `settings` are the user's; the
    /// listener and the log are replaced. Errors as Server::make().
    static Result<std::unique_ptr<OwnProxy>> make(config::Settings settings, const std::string& record_file,
                                                  std::function<Time()> now);
    /// Stops at once, whatever is still open.
    ~OwnProxy();
    OwnProxy(const OwnProxy&) = delete;
    OwnProxy& operator=(const OwnProxy&) = delete;

    /// "127.0.0.1:PORT"
    const std::string& address() const { return server_->address(); }
    /// Requests over plain HTTP so far: they are in no record.
    std::uint64_t plain_requests() const { return server_->counts().plain_requests; }
    /// Serves from now on, on threads of its own.
    void begin();

  private:
    explicit OwnProxy(std::unique_ptr<Server> server) : server_(std::move(server)) {}
    const std::unique_ptr<Server> server_;
    std::thread thread_;
};

}  // namespace chainmend::proxy
