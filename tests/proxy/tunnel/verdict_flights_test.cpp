#include "proxy/tunnel/verdict_flights.h"

#include <thread>

#include "tests/proxy/loop_test.h"
#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {
namespace {

using proxy::VerdictFlights;
using VerdictPtr = VerdictFlights::VerdictPtr;

class Flights : public LoopTest {
  protected:
    /// Boards, and remembers what it is told.
    struct Traveller {
        std::unique_ptr<VerdictFlights::Seat> seat;
        std::vector<VerdictPtr> told;
    };
    std::unique_ptr<Traveller> board(const std::string& key = "key") {
        auto traveller = std::make_unique<Traveller>();
        traveller->seat = flights.board(
            loop, key, [to = traveller.get()](VerdictPtr told) { to->told.push_back(std::move(told)); });
        return traveller;
    }
    const VerdictPtr verdict = std::make_shared<certs::Verdict>();
    VerdictFlights flights;
};

TEST_F(Flights, TheFirstIsThePilotAndTheOthersAreTold) {
    const auto first = board();
    const auto second = board();
    const auto third = board();
    EXPECT_TRUE(first->seat->is_pilot());
    EXPECT_FALSE(second->seat->is_pilot());
    EXPECT_TRUE(board("another")->seat->is_pilot());
    first->seat->land(verdict);
    EXPECT_TRUE(second->told.empty()) << "told inside the call";
    run_some_rounds();
    EXPECT_TRUE(first->told.empty());
    EXPECT_EQ(second->told, std::vector{verdict});
    EXPECT_EQ(third->told, std::vector{verdict});
    EXPECT_TRUE(board()->seat->is_pilot());
}

TEST_F(Flights, APilotThatGoesAwayHandsOver) {
    auto first = board();
    auto second = board();
    const auto third = board();
    first.reset();
    // The next one goes away before it has been told that it is the next.
    second.reset();
    run_some_rounds();
    EXPECT_EQ(third->told, std::vector<VerdictPtr>{nullptr});
    EXPECT_TRUE(third->seat->is_pilot());
    const auto fourth = board();
    third->seat->land(verdict);
    run_some_rounds();
    EXPECT_EQ(fourth->told, std::vector{verdict});
}

TEST_F(Flights, WhoHasLeftIsNotTold) {
    const auto first = board();
    const auto second = board();
    first->seat->land(verdict);
    second->seat.reset();
    run_some_rounds();
    EXPECT_TRUE(second->told.empty());
}

TEST_F(Flights, OnlyThePilotLands) {
    const auto first = board();
    const auto second = board();
    second->seat->land(verdict);
    run_some_rounds();
    EXPECT_TRUE(first->told.empty());
    EXPECT_TRUE(first->seat->is_pilot());
}

TEST_F(Flights, GoFromOneWorkerToAnother) {
    const auto first = board();
    VerdictPtr told;
    std::thread worker([&] {
        proxy::EventLoop other;
        const auto seat = flights.board(other, "key", [&](VerdictPtr landed) {
            told = std::move(landed);
            other.stop();
        });
        loop.post([&] { first->seat->land(verdict); });
        other.run();
    });
    run_until([&] { return !first->seat->is_pilot(); });
    worker.join();
    EXPECT_EQ(told, verdict);
}

// Clients that try again at once, and many of them at the same time: the search for the missing issuer, which
// hangs here, is made once.
class RefusedTogether : public ProxyTest {};

TEST_F(RefusedTogether, AServerIsJudgedOnce) {
    issuers.serve("/hangs", {IssuerAnswer{.manner = IssuerAnswer::Manner::hang}});
    start([](config::Settings& settings) {
        settings.listen.workers = 2;
        settings.repair.budget = std::chrono::seconds{2};
    });
    const Origin origin(OriginOptions::of(leaf({"/hangs"}), {}));
    std::vector<std::thread> clients;
    for (int i = 0; i < 6; ++i) {
        clients.emplace_back(
            [&] { EXPECT_EQ(status_of(origin).rfind("HTTP/1.1 502 chainmend fetch_limit: ", 0), 0U); });
    }
    for (auto& client : clients)
        client.join();
    proxy->stop();
    int judged = 0;
    for (const auto& decision : proxy->decisions())
        judged += decision["chainmend"]["remembered"] == false;
    EXPECT_EQ(proxy->decisions().size(), 6U);
    EXPECT_EQ(judged, 1);
}

}  // namespace
}  // namespace chainmend::test
