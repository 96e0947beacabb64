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
        return see_again(address, shared(std::move(seen)));
    }
    /// The same with a verdict that may have been remembered from an earlier time.
    std::vector<std::string> see_again(const std::string& address,
                                       const std::shared_ptr<const certs::Verdict>& verdict) {
        events_.clear();
        history->decision(decision(++count_, verdict,
                                   [&](DecisionRecord& record) {
                                       record.host = "leaf.test";
                                       record.server = {address, 443};
                                       record.at += later_;
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

    /// What is accepted by an exception, and accepted as sent where there is one.
    certs::Verdict excepted() const {
        return with_exception(certs::How::by_exception, certs::ExceptionUse::State::used);
    }
    certs::Verdict spared() const {
        return with_exception(certs::How::as_sent, certs::ExceptionUse::State::not_needed);
    }
    certs::Verdict with_exception(certs::How how, certs::ExceptionUse::State state) const {
        auto verdict = whole();
        verdict.how = how;
        verdict.exception = certs::ExceptionUse{state, std::make_shared<const certs::Exception>()};
        return verdict;
    }

    using Kinds = std::vector<std::string>;
    Identity leaf_ = ca.leaf("leaf.test");
    std::vector<HostEvent> events_;
    std::chrono::milliseconds later_{0};
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

TEST_F(HostChangesTest, TellWhatGotWorseAndWhatIsFixed) {
    see("192.0.2.1", whole());
    EXPECT_EQ(see("192.0.2.1", halved()), Kinds{"got_worse"});
    EXPECT_EQ(events_[0].detail, "as_sent before, repaired now");
    EXPECT_EQ(see("192.0.2.1", unknown()), Kinds{"got_worse"});
    EXPECT_EQ(see("192.0.2.1", whole()), Kinds{"fixed"});
    EXPECT_EQ(events_[0].detail, "untrusted_root before, as_sent now");
}

TEST_F(HostChangesTest, TellThatAnExceptionCanGoOnceItsServerIsFixed) {
    see("192.0.2.1", excepted());
    EXPECT_EQ(see("192.0.2.1", whole()), Kinds{"fixed"});
    EXPECT_EQ(events_[0].detail, "by_exception before, as_sent now: the exception can go");
    EXPECT_EQ(see("192.0.2.1", excepted()), Kinds{"got_worse"});
    EXPECT_EQ(events_[0].detail, "as_sent before, by_exception now");
    EXPECT_EQ(see("192.0.2.1", halved()), Kinds{"fixed"});
    EXPECT_EQ(events_[0].detail, "by_exception before, repaired now: the exception can go");
}

TEST_F(HostChangesTest, TakeAnExceptionForNoRepair) {
    see("192.0.2.1", unknown());
    EXPECT_EQ(see("192.0.2.1", excepted()), Kinds{});
    EXPECT_EQ(see("192.0.2.1", unknown()), Kinds{"got_worse"});
    EXPECT_EQ(events_[0].detail, "by_exception before, untrusted_root now");
    EXPECT_EQ(see("192.0.2.1", spared()), Kinds{"fixed"});
    EXPECT_EQ(events_[0].detail, "untrusted_root before, as_sent now: the exception can go");
}

// The verdict on the good chain is remembered from the first time.
TEST_F(HostChangesTest, TellOfAServerThatReturnsToAnEarlierChain) {
    const auto good = shared(whole());
    see_again("192.0.2.1", good);
    EXPECT_EQ(see("192.0.2.1", unknown()), Kinds{"got_worse"});
    EXPECT_EQ(see_again("192.0.2.1", good), Kinds{"fixed"});
    EXPECT_EQ(see_again("192.0.2.1", good), Kinds{});
    const auto latest = ask().latest("leaf.test", 443);
    ASSERT_TRUE(latest) << latest.error().message;
    EXPECT_TRUE(latest->record.accepted);
    EXPECT_EQ(latest->record.id, std::to_string(count_));
}

TEST_F(HostChangesTest, TellOnlyAFewTimesOfTwoServersThatTakeTurnsBehindOneAddress) {
    const auto good = shared(whole());
    const auto bad = shared(halved());
    std::size_t told = 0;
    for (int turn = 0; turn < 20; ++turn) {
        told += see_again("192.0.2.1", good).size();
        told += see_again("192.0.2.1", bad).size();
    }
    EXPECT_EQ(told, 6U) << "worse and fixed, three times each";
}

// In a resumed session a server shows no certificate.
TEST_F(HostChangesTest, AreNotTakenFromResumedSessions) {
    const auto good = shared(whole());
    see_again("192.0.2.1", good);
    see("192.0.2.1", unknown());
    events_.clear();
    history->decision(decision(99, good, [](DecisionRecord& record) { record.tls.resumed = true; }), nullptr);
    history->wait_until_written();
    EXPECT_TRUE(events_.empty());
    EXPECT_FALSE(ask().latest("leaf.test", 443)->record.accepted);
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
    EXPECT_EQ(see("192.0.2.2", sent({second, ca})), Kinds{"chain_differs"});
    EXPECT_EQ(see("192.0.2.1", whole()), Kinds{});
    EXPECT_EQ(see("192.0.2.2", sent({second, ca})), Kinds{});
}

// One machine of many is seen for the first time, after a week in which the other answered.
TEST_F(HostChangesTest, TellNoNewKeyOfAnAddressThatWasNotSeenBefore) {
    const auto good = shared(whole());
    see_again("192.0.2.1", good);
    for (int day = 1; day <= 7; ++day) {
        later_ = std::chrono::days{day};
        EXPECT_EQ(see_again("192.0.2.1", good), Kinds{});
    }
    const auto other = root.intermediate("Other CA");
    EXPECT_EQ(see("192.0.2.2", sent({other.leaf("leaf.test"), other})), Kinds{"chain_differs"});
}

TEST_F(HostChangesTest, TellOfANewKeyAtEachOfSeveralAddressesOnce) {
    const auto good = shared(whole());
    see_again("192.0.2.1", good);
    see_again("192.0.2.2", good);
    const auto renewed = ca.leaf("leaf.test");
    EXPECT_EQ(see("192.0.2.2", sent({renewed, ca})), (Kinds{"new_key", "chain_differs"}));
    EXPECT_EQ(see("192.0.2.1", sent({renewed, ca})), Kinds{});
}

TEST_F(HostChangesTest, TellOfANewKeyWhenANameHasMoved) {
    see("192.0.2.1", whole());
    later_ = std::chrono::days{3};
    EXPECT_EQ(see("192.0.2.2", sent({ca.leaf("leaf.test"), ca})), Kinds{"new_key"});
}

// The other one was cached: nothing but its address says that it is back.
TEST_F(HostChangesTest, TellOfAnAddressThatIsFixedWithTheChainOfAnother) {
    const auto good = shared(whole());
    see("192.0.2.1", halved());
    see_again("192.0.2.2", good);
    EXPECT_EQ(see_again("192.0.2.1", good), Kinds{"fixed"});
}

// A client that names another server in its handshake than the one it asked for.
TEST_F(HostChangesTest, AreNotMadeByWhatAClientCallsTheServer) {
    see("192.0.2.1", whole());
    EXPECT_EQ(see("192.0.2.1", PathBuilding().trust({root}).sent({leaf_, ca}).for_host("x.test").verdict()),
              Kinds{});
    EXPECT_EQ(see("192.0.2.1", whole()), Kinds{});
    const auto latest = ask().latest("leaf.test", 443);
    ASSERT_TRUE(latest) << latest.error().message;
    EXPECT_EQ(latest->record.verdict->host, "leaf.test");
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
