#pragma once

#include <string>

namespace chainmend::test {

/// A port of loopback where connections are refused for as long as this lives: bound, and nobody listens. A
/// port that was merely free a moment ago may be somebody else's by now.
class ClosedPort {
  public:
    ClosedPort();
    ~ClosedPort();
    ClosedPort(const ClosedPort&) = delete;
    ClosedPort& operator=(const ClosedPort&) = delete;

    /// "127.0.0.1:PORT"
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    /// "http://127.0.0.1:PORT" + path
    std::string url(const std::string& path) const { return "http://" + address() + path; }

  private:
    int socket_ = -1;
    int port_ = 0;
};

}  // namespace chainmend::test
