#include "proxy/io/connector.h"

#include "tests/proxy/io/socket_fixture.h"

namespace chainmend::proxy {
namespace {

using namespace std::chrono_literals;

// Connecting to the addresses of a host (RFC 8305).
class Connecting : public SocketTest {};

TEST_F(Connecting, ConnectingToAPortThatRefusesSaysSo) {
    const RefusingPort refusing;
    connect({refusing.address()});
    run_until([&] { return outcome.has_value(); });
    EXPECT_EQ(outcome->failure, ConnectFailure::refused);
    EXPECT_EQ(outcome->stream, nullptr);
    EXPECT_EQ(outcome->detail, refusing.address().text() + " connection refused");
}

TEST_F(Connecting, ConnectingToNoAddressIsUnreachable) {
    connect({});
    run_until([&] { return outcome.has_value(); });
    EXPECT_EQ(outcome->failure, ConnectFailure::unreachable);
}

TEST_F(Connecting, ConnectingToAHostThatDropsPacketsTimesOut) {
    const BlackHole hole;
    connect({hole.address()}, {.timeout = 50ms});
    run_until([&] { return outcome.has_value(); });
    EXPECT_EQ(outcome->failure, ConnectFailure::timed_out);
    EXPECT_EQ(outcome->address, hole.address());
}

TEST_F(Connecting, ASecondAddressIsTriedAtOnceWhenTheFirstRefuses) {
    const RefusingPort refusing;
    listen();
    connect({refusing.address(), listener->local_address()}, {.timeout = 9s, .stagger = 9s});
    run_until([&] { return outcome.has_value(); });
    EXPECT_TRUE(outcome->stream);
    EXPECT_EQ(outcome->address, listener->local_address());
}

TEST_F(Connecting, ASecondAddressIsRacedWhenTheFirstDoesNotAnswer) {
    const BlackHole hole;
    listen();
    connect({hole.address(), listener->local_address()}, {.timeout = 9s, .stagger = 5ms});
    run_until([&] { return outcome.has_value(); });
    EXPECT_TRUE(outcome->stream);
    EXPECT_EQ(outcome->address, listener->local_address());
    EXPECT_EQ(outcome->detail, "");
}

TEST_F(Connecting, TheFamiliesTakeTurns) {
    const RefusingPort v6("::1");
    const RefusingPort v4a;
    const RefusingPort v4b;
    connect({v4a.address(), v4b.address(), v6.address()});
    run_until([&] { return outcome.has_value(); });
    EXPECT_EQ(outcome->detail, v4a.address().text() + " connection refused; " + v6.address().text() +
                                   " connection refused; " + v4b.address().text() + " connection refused");
}

// RFC 8305 as a client of a host with both families sees it: IPv6 is there by name, and does not work.
TEST_F(Connecting, AHostWhoseIpv6DoesNotWorkIsReachedOverIpv4) {
    const BlackHole drops("::1");
    const RefusingPort refuses("::1");
    listen();
    for (const SocketAddress& v6 : {drops.address(), refuses.address()}) {
        connect({v6, v6, listener->local_address()}, {.timeout = 30s});
        run_until([&] { return outcome.has_value(); });
        ASSERT_TRUE(outcome->stream) << outcome->detail;
        EXPECT_EQ(outcome->address, listener->local_address());
    }
}

TEST_F(Connecting, TheFirstAddressWinsWhenBothAnswer) {
    const auto v6 = SocketAddress{*IpAddress::parse("::1"), 0};
    const auto other = Listener::listen(loop, v6, [](std::unique_ptr<TcpStream>) {});
    ASSERT_TRUE(other.ok());
    listen();
    connect({(*other)->local_address(), listener->local_address()}, {.timeout = 30s, .stagger = 30s});
    run_until([&] { return outcome.has_value(); });
    EXPECT_EQ(outcome->address, (*other)->local_address());
}

TEST_F(Connecting, TheDelayBetweenAttemptsIsTheRecommendedOne) {
    EXPECT_EQ(ConnectOptions{}.stagger, 250ms);
}

TEST_F(Connecting, ADestroyedConnectNeverCompletes) {
    const BlackHole hole;
    const RefusingPort refusing;
    listen();
    for (const SocketAddress& address : {hole.address(), refusing.address(), listener->local_address()}) {
        OperationPtr operation =
            start_connect(loop, {address}, {}, [](ConnectOutcome) { FAIL() << "it was destroyed"; });
        operation.reset();
    }
    run_some_rounds();
}

}  // namespace
}  // namespace chainmend::proxy
