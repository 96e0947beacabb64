#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "tests/proxy/forward/exchange_fixture.h"

namespace chainmend::test {
namespace {

using Conversation = HttpOrigin::Conversation;

// Requests with more in them than memory should hold.
class Uploads : public ExchangeTest {};

// A client that could send without end is stopped by a server that does not read.
TEST_F(Uploads, AreHeldBackByAServerThatDoesNotRead) {
    std::atomic<bool> may_read = false;
    const std::size_t size = 64 * 1024 * 1024;
    const HttpOrigin origin([&](Conversation& c) {
        c.read_head();
        while (!may_read)
            std::this_thread::yield();
        std::vector<char> block(1 << 20);
        for (std::size_t left = size; left > 0;) {
            const auto got = ::recv(c.socket(), block.data(), std::min(block.size(), left), 0);
            if (got <= 0) return;
            left -= static_cast<std::size_t>(got);
        }
        c.send(http_ok("all of it"));
        c.read_to_end();
    });
    ProxyClient client(proxy->address());
    client.send("POST " + origin.url() +
                " HTTP/1.1\r\nHost: leaf.test\r\nConnection: close\r\nContent-Length: " +
                std::to_string(size) + "\r\n\r\n");
    const timeval brief{0, 300'000};
    ::setsockopt(client.socket(), SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief);
    const std::string block(65536, 'x');
    std::size_t sent = 0;
    bool blocked = false;
    while (sent < size) {
        const auto taken =
            ::send(client.socket(), block.data(), std::min(block.size(), size - sent), MSG_NOSIGNAL);
        if (taken > 0) {
            sent += static_cast<std::size_t>(taken);
            continue;
        }
        if (!blocked) {
            // The kernel's buffers on both sides of the proxy, and not more than a few reads in it.
            EXPECT_LT(sent, size / 2);
            blocked = may_read = true;
        }
    }
    EXPECT_TRUE(blocked);
    EXPECT_TRUE(client.receive_all().ends_with("\r\n\r\nall of it"));
}

}  // namespace
}  // namespace chainmend::test
