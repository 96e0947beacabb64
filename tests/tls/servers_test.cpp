// The servers that all other tests lean on do what they say.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "tests/support/issuer_server.h"
#include "tests/support/origin.h"
#include "tests/tls/peer.h"

namespace chainmend::test {
namespace {

using Manner = IssuerAnswer::Manner;

/// A blocking connection to loopback.
class Connection {
  public:
    explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    }
    ~Connection() { ::close(socket_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int socket() const { return socket_; }
    bool connected() const { return connected_; }
    /// Everything up to the end; "reset" added when it was one.
    std::string read_all() {
        std::string all;
        std::array<char, 4096> buffer;
        ssize_t got = 0;
        while ((got = ::recv(socket_, buffer.data(), buffer.size(), 0)) > 0) {
            all.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return got < 0 ? all + "reset" : all;
    }

  private:
    int socket_;
    bool connected_ = false;
};

std::string ask(const IssuerServer& server, const std::string& path) {
    Connection connection(server.port());
    send_all(connection.socket(), "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return connection.read_all();
}

TEST(IssuerServer, AnswersInTurnAndCounts) {
    IssuerServer server;
    server.serve("/a", {IssuerAnswer::not_found(), IssuerAnswer::text(200, "body", "text/plain")});
    EXPECT_TRUE(ask(server, "/a").starts_with("HTTP/1.1 404 "));
    const std::string expected =
        "HTTP/1.1 200 Status\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: "
        "close\r\n\r\nbody";
    EXPECT_EQ(ask(server, "/a"), expected);
    EXPECT_EQ(ask(server, "/a"), expected);
    EXPECT_TRUE(ask(server, "/other").starts_with("HTTP/1.1 404 "));
    EXPECT_EQ(server.count("/a"), 3);
    EXPECT_EQ(server.total(), 4);
    EXPECT_EQ(server.requests()[0], "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST(IssuerServer, MisbehavesAsTold) {
    IssuerServer server;
    const auto base = IssuerAnswer::text(200, "0123456789");
    server.serve("/chunked", base.with(Manner::chunked));
    server.serve("/long", base.with(Manner::too_long));
    server.serve("/short", base.with(Manner::too_short));
    server.serve("/end", base.with(Manner::to_the_end));
    server.serve("/close", base.with(Manner::close));
    server.serve("/reset", base.with(Manner::reset));
    server.serve("/raw", base.with(Manner::raw));
    server.serve("/moved", IssuerAnswer::redirect(302, "/raw"));
    EXPECT_NE(ask(server, "/chunked").find("\r\n\r\n1\r\n0\r\n1\r\n1\r\n"), std::string::npos);
    EXPECT_NE(ask(server, "/long").find("Content-Length: 110\r\n"), std::string::npos);
    EXPECT_NE(ask(server, "/short").find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_EQ(ask(server, "/end").find("Content-Length"), std::string::npos);
    EXPECT_EQ(ask(server, "/close"), "");
    EXPECT_EQ(ask(server, "/reset"), "reset");
    EXPECT_EQ(ask(server, "/raw"), "0123456789");
    EXPECT_NE(ask(server, "/moved").find("\r\nLocation: /raw\r\n"), std::string::npos);
}

TEST(IssuerServer, EndsWhileItsConnectionsHang) {
    auto server = std::make_unique<IssuerServer>();
    IssuerAnswer slow = IssuerAnswer::text(200, "0123456789").with(Manner::slow);
    slow.interval = std::chrono::hours(1);
    server->serve("/hang", slow.with(Manner::hang));
    server->serve("/slow", slow);
    server->serve("/endless", slow.with(Manner::endless));
    std::vector<std::unique_ptr<Connection>> open;
    for (const char* path : {"/hang", "/slow", "/endless"}) {
        open.push_back(std::make_unique<Connection>(server->port()));
        send_all(open.back()->socket(), std::string("GET ") + path + " HTTP/1.1\r\n\r\n");
    }
    open.push_back(std::make_unique<Connection>(server->port()));  // says nothing
    server.reset();
}

/// A blocking TLS client on `connection`.
std::string request_over_tls(const Origin& origin, SSL_CTX* context, bool* close_notify) {
    Connection connection(origin.port());
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, connection.socket());
    std::string all;
    if (SSL_connect(ssl) == 1) {
        const std::string_view request = "GET / HTTP/1.1\r\n\r\n";
        SSL_write(ssl, request.data(), static_cast<int>(request.size()));
        std::array<char, 4096> buffer;
        int got = 0;
        while ((got = SSL_read(ssl, buffer.data(), buffer.size())) > 0) {
            all.append(buffer.data(), static_cast<std::size_t>(got));
            if (all.ends_with("the end")) break;
        }
        *close_notify = (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    return all;
}

TEST(Origin, ServesOverTlsAndRecords) {
    const Identity root = Identity::root("Root");
    const ContextPtr client = client_context(root);
    OriginOptions options = OriginOptions::of(root.leaf("leaf.test"));
    options.body = "the end";
    bool close_notify = false;
    {
        Origin origin(options);
        EXPECT_TRUE(request_over_tls(origin, client.get(), &close_notify).starts_with("HTTP/1.1 200 OK\r\n"));
        ASSERT_TRUE(origin.wait_until([](const auto& all) { return all.size() == 1 && all[0].ended; }));
        EXPECT_TRUE(origin.connections()[0].handshake_done);
        EXPECT_EQ(origin.connections()[0].received, "GET / HTTP/1.1\r\n\r\n");
        EXPECT_TRUE(origin.connections()[0].close_notify);
        EXPECT_EQ(origin.connections()[0].version, "TLSv1.3");
    }
    options.body = "cut off";
    for (const bool truncate : {false, true}) {
        options.behaviour = truncate ? OriginBehaviour::send_and_truncate : OriginBehaviour::send_and_close;
        Origin origin(options);
        EXPECT_EQ(request_over_tls(origin, client.get(), &close_notify), "cut off");
        EXPECT_EQ(close_notify, !truncate);
    }
}

TEST(Origin, MayBeNoTlsAtAll) {
    OriginOptions options;
    options.behaviour = OriginBehaviour::greet;
    options.body = "220 mail.test ESMTP\r\n";
    Origin origin(options);
    Connection connection(origin.port());
    std::array<char, 21> greeting;
    EXPECT_EQ(::recv(connection.socket(), greeting.data(), greeting.size(), MSG_WAITALL), 21);
    EXPECT_EQ(std::string(greeting.data(), greeting.size()), options.body);
}

}  // namespace
}  // namespace chainmend::test
