#include "proxy/io/event_loop.h"

#include <thread>

#include "proxy/io/signal_watch.h"
#include "proxy/io/work_item.h"
#include "tests/proxy/loop_test.h"

#include <csignal>

namespace chainmend::proxy {
namespace {

using namespace std::chrono_literals;
using EventLoopTest = test::LoopTest;

TEST_F(EventLoopTest, RunsWhatOtherThreadsPostInTheirOrderOnItsOwnThread) {
    std::vector<int> seen;
    std::thread::id where;
    std::thread poster([&] {
        for (int number = 0; number < 1000; ++number) {
            loop.post([&seen, &where, number] {
                seen.push_back(number);
                where = std::this_thread::get_id();
            });
        }
    });
    run_until([&] { return seen.size() == 1000; });
    poster.join();
    ASSERT_EQ(seen.size(), 1000u);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    EXPECT_EQ(where, std::this_thread::get_id());
}

TEST_F(EventLoopTest, NeverRunsAPostedFunctionInsideThePost) {
    bool inside = true;
    bool ran_inside = false;
    bool ran = false;
    loop.post([&] {
        inside = true;
        loop.post([&] {
            ran_inside = inside;
            ran = true;
        });
        inside = false;
    });
    run_until([&] { return ran; });
    EXPECT_FALSE(ran_inside);
}

TEST_F(EventLoopTest, StopBeforeRunMakesRunReturn) {
    loop.stop();
    loop.run();
    SUCCEED();
}

TEST_F(EventLoopTest, DropsWhatWasPostedAndNeverRan) {
    auto kept = std::make_shared<int>(1);
    {
        EventLoop short_lived;
        short_lived.post([kept] { FAIL() << "the loop never ran"; });
        EXPECT_EQ(kept.use_count(), 2);
    }
    EXPECT_EQ(kept.use_count(), 1);
}

TEST(EventLoopDeathTest, AbortsWhenSomethingOnItOutlivesIt) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            auto* loop = new EventLoop;
            const OperationPtr timer = start_timer(*loop, 1h, [] {});
            delete loop;
        },
        "a loop was destroyed before what belongs to it");
}

TEST_F(EventLoopTest, ATimerCompletesOnceAndMayDestroyItselfInIt) {
    int fired = 0;
    OperationPtr timer;
    timer = start_timer(loop, 0ms, [&] {
        timer.reset();
        ++fired;
    });
    EXPECT_EQ(fired, 0);
    run_some_rounds();
    EXPECT_EQ(fired, 1);
}

TEST_F(EventLoopTest, ADestroyedTimerNeverCompletes) {
    OperationPtr timer = start_timer(loop, 0ms, [] { FAIL() << "it was destroyed"; });
    timer.reset();
    run_some_rounds();
}

TEST_F(EventLoopTest, ADeadlineMovedLaterDoesNotExpireAtItsFirstTime) {
    bool expired = false;
    Deadline deadline(loop, [&] { expired = true; });
    const auto begin = loop.now();
    deadline.set(1ms);
    deadline.set(30ms);
    EXPECT_TRUE(deadline.is_set());
    run_until([&] { return expired; });
    EXPECT_GE(loop.now() - begin, 30ms);
    EXPECT_FALSE(deadline.is_set());
}

TEST_F(EventLoopTest, ADeadlineCountsFromWhenItIsSetHoweverLongTheLoopHasWorked) {
    using Clock = std::chrono::steady_clock;
    bool expired = false;
    Clock::time_point begin;
    Deadline deadline(loop, [&] { expired = true; });
    loop.post([&] {
        const auto end = Clock::now() + 30ms;
        while (Clock::now() < end) {
        }
        begin = Clock::now();
        deadline.set(10ms);
    });
    run_until([&] { return expired; });
    EXPECT_GE(Clock::now() - begin, 9ms);  // libuv counts whole milliseconds
}

TEST_F(EventLoopTest, ADeadlineMovedEarlierExpiresAtTheNewTime) {
    bool expired = false;
    Deadline deadline(loop, [&] { expired = true; });
    deadline.set(1h);
    deadline.set(1ms);
    run_until([&] { return expired; });
}

TEST_F(EventLoopTest, AClearedDeadlineDoesNotExpireAndCanBeSetAgain) {
    int expired = 0;
    Deadline deadline(loop, [&] { ++expired; });
    deadline.set(0ms);
    deadline.clear();
    run_some_rounds();
    EXPECT_EQ(expired, 0);
    deadline.set(0ms);
    run_until([&] { return expired == 1; });
}

TEST_F(EventLoopTest, ADeadlineMayBeDestroyedWhenItExpires) {
    std::unique_ptr<Deadline> deadline;
    bool expired = false;
    deadline = std::make_unique<Deadline>(loop, [&] {
        deadline.reset();
        expired = true;
    });
    deadline->set(0ms);
    run_until([&] { return expired; });
}

TEST_F(EventLoopTest, WorkRunsElsewhereAndCompletesOnTheLoop) {
    std::thread::id worked;
    bool done = false;
    OperationPtr work = start_work(
        loop, [&] { worked = std::this_thread::get_id(); },
        [&] {
            work.reset();
            done = true;
        });
    run_until([&] { return done; });
    EXPECT_NE(worked, std::this_thread::get_id());
    EXPECT_NE(worked, std::thread::id{});
}

TEST_F(EventLoopTest, WorkWhoseOperationIsDestroyedEndsUnheard) {
    auto begun = std::make_shared<std::atomic<bool>>(false);
    auto may_end = std::make_shared<std::atomic<bool>>(false);
    auto ended = std::make_shared<std::atomic<bool>>(false);
    OperationPtr work = start_work(
        loop,
        [=] {
            *begun = true;
            while (!*may_end)
                std::this_thread::yield();
            *ended = true;
        },
        [] { FAIL() << "it was destroyed"; });
    run_until([&] { return begun->load(); });
    work.reset();
    *may_end = true;
    run_until([&] { return ended->load(); });
    run_some_rounds();
}

TEST_F(EventLoopTest, ASignalIsReportedEachTimeUntilTheWatchEnds) {
    int seen = 0;
    OperationPtr watch = watch_signal(loop, SIGUSR1, [&] { ++seen; });
    std::raise(SIGUSR1);
    run_until([&] { return seen == 1; });
    std::raise(SIGUSR1);
    run_until([&] { return seen == 2; });
}

}  // namespace
}  // namespace chainmend::proxy
