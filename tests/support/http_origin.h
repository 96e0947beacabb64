#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/tcp_server.h"

namespace chainmend::test {

/// A plain HTTP server on loopback that does exactly what a test says, byte by byte.
class HttpOrigin {
  public:
    /// One connection to it, as a conversation.
    class Conversation {
      public:
        Conversation(HttpOrigin& origin, int socket) : origin_(origin), socket_(socket) {}

        /// A request's head, up to and with the empty line; less when the connection ended before.
        std::string read_head();
        /// Exactly so many bytes; less when the connection ended before.
        std::string read(std::size_t size);
        std::string read_to_end();
        void send(std::string_view bytes) { send_all(socket_, bytes); }
        /// Sends this as the answer to every request head that comes, until the client closes.
        void answer_each(std::string_view answer);
        /// The next close() of the connection resets it.
        void reset() { reset_on_close(socket_); }
        void shutdown_write();
        int socket() const { return socket_; }

      private:
        std::string note(std::string bytes);

        HttpOrigin& origin_;
        int socket_;
        std::string pending_;
    };
    using Script = std::function<void(Conversation&)>;

    explicit HttpOrigin(Script script, const std::string& address = "127.0.0.1");
    ~HttpOrigin() { tcp_.stop(); }

    std::uint16_t port() const { return tcp_.port(); }
    /// "http://leaf.test:PORT" + path
    std::string url(const std::string& path = "/", const std::string& host = "leaf.test") const;
    int connections() const { return tcp_.accepted(); }
    /// Everything it was sent and has read, over all connections.
    std::string received() const;

  private:
    mutable std::mutex mutex_;
    std::string received_;
    TcpServer tcp_;  // last: its threads use what stands above
};

/// "HTTP/1.1 200 OK" with this body and its length.
std::string http_ok(const std::string& body, const std::string& more_headers = "");

}  // namespace chainmend::test
