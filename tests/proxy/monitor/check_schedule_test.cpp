#include "proxy/monitor/check_schedule.h"

#include <gtest/gtest.h>

namespace chainmend::test {
namespace {

using namespace std::chrono_literals;
using proxy::CheckSchedule;
using Names = std::vector<std::string>;

/// The numbers given, over and over.
std::function<double()> numbers(std::vector<double> values) {
    return [values, at = std::size_t{0}]() mutable { return values[at++ % values.size()]; };
}

TEST(CheckSchedule, SpreadsTheFirstLooksOverAPartOfTheInterval) {
    CheckSchedule schedule(numbers({0.0, 0.5, 0.999}));
    schedule.set({"a", "b", "c"}, 100s, 1000s);
    EXPECT_EQ(schedule.take_due(1000s, 10), Names{"a"});
    EXPECT_EQ(schedule.next(), 1005s);
    EXPECT_TRUE(schedule.take_due(1004s, 10).empty());
    EXPECT_EQ(schedule.take_due(1010s, 10), (Names{"b", "c"}));
}

TEST(CheckSchedule, DoesNotWaitLongForTheFirstLookWhenTheIntervalIsLong) {
    CheckSchedule schedule(numbers({0.999}));
    schedule.set({"a"}, 24h, 0s);
    EXPECT_LT(*schedule.next(), 60s);
}

TEST(CheckSchedule, LooksAgainAnIntervalLaterATenthMoreOrLess) {
    CheckSchedule schedule(numbers({0.0, 0.0, 0.5, 0.999}));
    schedule.set({"a"}, 100s, 0s);
    std::vector<CheckSchedule::Moment> moments;
    for (int i = 0; i < 4; ++i) {
        moments.push_back(*schedule.next());
        EXPECT_EQ(schedule.take_due(moments.back(), 10), Names{"a"});
    }
    EXPECT_EQ(moments[1] - moments[0], 90s);
    EXPECT_EQ(moments[2] - moments[1], 100s);
    EXPECT_GT(moments[3] - moments[2], 109s);
    EXPECT_LT(moments[3] - moments[2], 110s);
}

TEST(CheckSchedule, TakesTheLongestOverdueFirstAndNoMoreThanAskedFor) {
    CheckSchedule schedule(numbers({0.9, 0.1, 0.5}));
    schedule.set({"a", "b", "c"}, 100s, 0s);
    EXPECT_EQ(schedule.take_due(50s, 2), (Names{"b", "c"}));
    EXPECT_EQ(schedule.take_due(50s, 2), Names{"a"});
}

TEST(CheckSchedule, KeepsTheMomentsOfWhatStaysAndForgetsWhatGoes) {
    CheckSchedule schedule(numbers({0.0, 0.5}));
    schedule.set({"a", "b"}, 100s, 0s);
    const auto of_b = 5s;
    schedule.set({"b"}, 100s, 3s);
    EXPECT_EQ(schedule.next(), of_b);
    schedule.set({}, 100s, 3s);
    EXPECT_FALSE(schedule.next());
}

TEST(CheckSchedule, AShorterIntervalCountsAtOnce) {
    CheckSchedule schedule(numbers({0.0, 0.5}));
    schedule.set({"a"}, 24h, 0s);
    schedule.take_due(0s, 1);
    schedule.set({"a"}, 1min, 10s);
    EXPECT_LE(*schedule.next(), 70s);
}

}  // namespace
}  // namespace chainmend::test
