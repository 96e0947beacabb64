#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/sites.h"

// Sockets that listen already when the proxy starts, as systemd hands them over: from descriptor 3 on,
// counted by LISTEN_FDS, for the process LISTEN_PID (sd_listen_fds(3)).
namespace chainmend::test {
namespace {

class HandedOver : public testing::Test {
  protected:
    HandedOver() {
        const int made = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        const bool listens = ::bind(made, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                             ::listen(made, 16) == 0 &&
                             ::getsockname(made, reinterpret_cast<sockaddr*>(&address), &size) == 0;
        if (!listens) throw std::runtime_error("no socket that listens");
        socket_ = ::fcntl(made, F_DUPFD, 10);  // inherited, and not where the shell puts its own
        ::close(made);
        socket_address = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    }
    ~HandedOver() override { ::close(socket_); }

    /// The proxy with the socket on descriptor 3 and these variables; $$ is its process.
    Command serve_with(const std::string& variables) const {
        const auto number = std::to_string(socket_);
        Command command = installation.chainmend_command({"serve"});
        command.arguments.insert(
            command.arguments.begin(),
            {"bash", "-c", "exec 3<&" + number + " " + number + "<&-; " + variables + " exec \"$0\" \"$@\""});
        return command;
    }

    Installation installation;
    Sites sites{installation};
    std::string socket_address;

  private:
    int socket_ = -1;
};

TEST_F(HandedOver, SocketsTakeThePlaceOfTheConfiguredAddress) {
    const auto url = sites.incomplete("incomplete.test");
    const auto command = serve_with("LISTEN_PID=$$ LISTEN_FDS=1");
    installation.start_by(command);
    EXPECT_EQ(installation.address(), socket_address);
    const auto first = installation.client({"curl", "-sS", url});
    EXPECT_EQ(first.out, Sites::page) << first.err;
    auto late = installation.client_command({"curl", "-sS", url});
    EXPECT_EQ(installation.stop(), 0);

    // The socket outlives the proxy: who comes in between waits for the next one.
    Process waiting(late);
    installation.start_by(command);
    EXPECT_EQ(waiting.wait().value_or(-1), 0) << waiting.err();
    EXPECT_EQ(waiting.out(), Sites::page);
}

TEST_F(HandedOver, SocketsOfAnotherProcessAreNotTouched) {
    installation.start_by(serve_with("LISTEN_PID=1 LISTEN_FDS=1"));
    EXPECT_NE(installation.address(), socket_address);
}

TEST_F(HandedOver, WhatIsNoSocketIsToldAtStart) {
    const auto odd = run(serve_with("LISTEN_PID=$$ LISTEN_FDS=many"));
    EXPECT_EQ(odd.status, 4);
    EXPECT_NE(odd.err.find("LISTEN_FDS is \"many\""), std::string::npos) << odd.err;
    const auto too_many = run(serve_with("LISTEN_PID=$$ LISTEN_FDS=2"));
    EXPECT_EQ(too_many.status, 4);
    EXPECT_NE(too_many.err.find("descriptor 4 is no listening TCP socket"), std::string::npos)
        << too_many.err;
}

}  // namespace
}  // namespace chainmend::test
