#include "proxy/history/host_changes.h"

#include "tests/proxy/history/history_fixture.h"

namespace chainmend::test {
namespace {

using namespace proxy;

/// leaf.test behind addresses, which show one chain or the other.
class HostChangesTest : public HistoryTest {
  protected:
    HostChangesTest() {
        start([this](HistoryOptions& options) {
            options.happened = [this](const HostEvent& event) { events_.push_back(event); };
        });
    }

    /// What a server at this address sends, and what is told of it.
    std::vector<std::string> see(const std::string& address, certs::Verdict seen) {
        events_.clear();
        const auto verdict = shared(std::move(seen));
        history->decision(decision(++count_, verdict,
                                   [&](DecisionRecord& record) {
                                       record.host = "leaf.test";
                                       record.server = {address, 443};
                                       record.accepted = verdict->accepted();
                                       record.reason = certs::to_string(verdict->failure.reason);
                                   }),
                          nullptr);
        history->wait_until_written();
        std::vector<std::string> kinds;
        for (const auto& event : events_)
            kinds.push_back(event.kind);
        return kinds;
    }

    certs::Verdict sent(const std::vector<Identity>& chain) const {
        return PathBuilding().trust({root}).sent(chain).for_host("leaf.test").verdict();
    }
    certs::Verdict whole() const { return sent({leaf_, ca}); }
    certs::Verdict halved() const {
        return PathBuilding().trust({root}).sent({leaf_}).stored(ca).for_host("leaf.test").verdict();
    }
    certs::Verdict unknown() const {
        const auto other = Identity::root("Other");
        return PathBuilding().trust({other}).sent({leaf_, ca, root}).for_host("leaf.test").verdict();
    }

    using Kinds = std::vector<std::string>;
    Identity leaf_ = ca.leaf("leaf.test");
    std::vector<HostEvent> events_;
    int count_ = 0;
};

TEST_F(HostChangesTest, TellNothingOfTheFirstLookAndOfTheSameAgain) {
    EXPECT_EQ(see("192.0.2.1", whole()), Kinds{});
    EXPECT_EQ(see("192.0.2.1", whole()), Kinds{});
}

TEST_F(HostChangesTest, TellOfANewKeyAndANewIssuer) {
    see("192.0.2.1", whole());
    const auto renewed = ca.leaf("leaf.test");
    EXPECT_EQ(see("192.0.2.1", sent({renewed, ca})), Kinds{"new_key"});
    const auto other = root.intermediate("Other CA");
    const auto moved = other.leaf("leaf.test");
    EXPECT_EQ(see("192.0.2.1", sent({moved, other})), (Kinds{"new_key", "new_issuer"}));
}

TEST_F(HostChangesTest, TellWhatGotWorseAndThatAnExceptionCanGo) {
    see("192.0.2.1", whole());
    EXPECT_EQ(see("192.0.2.1", halved()), Kinds{"got_worse"});
    EXPECT_EQ(events_[0].detail, "as_sent before, repaired now");
    EXPECT_EQ(see("192.0.2.1", unknown()), Kinds{"got_worse"});
    EXPECT_EQ(see("192.0.2.1", whole()), Kinds{"fixed"});
    EXPECT_EQ(events_[0].detail, "untrusted_root before, as_sent now: the exception can go");
}

TEST_F(HostChangesTest, TellOnceThatTwoAddressesDifferAndNotAtEveryTurn) {
    see("192.0.2.1", whole());
    EXPECT_EQ(see("192.0.2.2", halved()), (Kinds{"chain_differs", "got_worse"}));
    EXPECT_EQ(events_[0].detail, "192.0.2.2 sends another chain than 192.0.2.1");
    for (int turn = 0; turn < 3; ++turn) {
        EXPECT_EQ(see("192.0.2.1", whole()), Kinds{});
        EXPECT_EQ(see("192.0.2.2", halved()), Kinds{});
    }
    EXPECT_EQ(see("192.0.2.2", whole()), Kinds{"fixed"});
}

TEST_F(HostChangesTest, TakeTurnsBetweenTwoKeysForNoChange) {
    see("192.0.2.1", whole());
    const auto second = ca.leaf("leaf.test");
    EXPECT_EQ(see("192.0.2.2", sent({second, ca})), (Kinds{"new_key", "chain_differs"}));
    EXPECT_EQ(see("192.0.2.1", whole()), Kinds{});
    EXPECT_EQ(see("192.0.2.2", sent({second, ca})), Kinds{});
}

TEST_F(HostChangesTest, AreToldWithHostAndDecision) {
    see("192.0.2.1", whole());
    see("192.0.2.1", halved());
    ASSERT_EQ(events_.size(), 1U);
    EXPECT_EQ(events_[0].host, "leaf.test");
    EXPECT_EQ(events_[0].port, 443);
    EXPECT_EQ(events_[0].decision, std::to_string(count_));
}

TEST_F(HostChangesTest, AWarningIsToldOnce) {
    HostEvent event;
    event.kind = "expiring";
    event.expires = noon();
    for (int i = 0; i < 3; ++i)
        history->tell_once("leaf", 30, event);
    history->tell_once("leaf", 14, event);
    history->wait_until_written();
    EXPECT_EQ(events_.size(), 2U);
    event.expires = noon() + std::chrono::days{90};  // it was renewed
    history->tell_once("leaf", 30, event);
    history->wait_until_written();
    EXPECT_EQ(events_.size(), 3U);
}

}  // namespace
}  // namespace chainmend::test
