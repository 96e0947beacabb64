#include "proxy/io/name_lookup.h"

#include <optional>

#include "tests/proxy/loop_test.h"

namespace chainmend::proxy {
namespace {

using namespace std::chrono_literals;

const IpAddress v4 = *IpAddress::parse("192.0.2.1");
const IpAddress v6 = *IpAddress::parse("2001:db8::1");

enum class When { at_once, after_the_other, never };

/// How a system answers one of the two questions.
struct Answer {
    When when;
    Resolution resolution = {};
};

/// A question under way: looks every millisecond whether it is to be answered.
class Question final : public Operation {
  public:
    Question(EventLoop& loop, std::function<bool()> is_due, std::function<void()> answer)
        : loop_(loop), is_due_(std::move(is_due)), answer_(std::move(answer)) {
        look_again();
    }

  private:
    void look_again() {
        timer_ = start_timer(loop_, 1ms, [this] { is_due_() ? answer_() : look_again(); });
    }
    EventLoop& loop_;
    const std::function<bool()> is_due_;
    const std::function<void()> answer_;
    OperationPtr timer_;
};

class NameLookups : public test::LoopTest {
  protected:
    /// What a lookup tells. What must not be waited for has half a minute, so that a test that waits all the
    /// same is noticed and none passes by luck.
    Resolution look_up(const Answer& all, const Answer& v4_only, const NameLookupOptions& options) {
        bool v4_answered = false;
        const AskSystem ask = [&](AddressFamilies families, std::function<void(Resolution)> answered) {
            ++questions;
            const bool is_all = families == AddressFamilies::all;
            const Answer& answer = is_all ? all : v4_only;
            return std::make_unique<Question>(
                loop,
                [&answer, &v4_answered] {
                    return answer.when == When::at_once ||
                           (answer.when == When::after_the_other && v4_answered);
                },
                [&answer, &v4_answered, is_all, answered] {
                    v4_answered = v4_answered || !is_all;
                    const auto told = answered;  // the question may end with its answer
                    told(answer.resolution);
                });
        };
        std::optional<Resolution> told;
        const auto lookup = start_name_lookup(loop, ask, options, [&](Resolution resolution) {
            EXPECT_FALSE(told) << "told twice";
            told = std::move(resolution);
        });
        run_until([&] { return told.has_value(); });
        run_some_rounds();
        return told.value_or(Resolution{});
    }
    int questions = 0;
};

TEST_F(NameLookups, AskOnceWhenTheSystemAnswersSoon) {
    const auto told = look_up({When::at_once, {{v6, v4}}}, {When::at_once, {{v4}}}, {.patience = 30s});
    EXPECT_EQ(told.addresses, (std::vector{v6, v4}));
    EXPECT_EQ(questions, 1);
}

TEST_F(NameLookups, DoNotWaitForIpv6ThatNobodyAnswersFor) {
    const auto told =
        look_up({When::never}, {When::at_once, {{v4}}}, {.patience = 1ms, .resolution_delay = 1ms});
    EXPECT_EQ(told.addresses, std::vector{v4});
    EXPECT_EQ(questions, 2);
}

// RFC 8305 section 3: IPv6 that comes a moment later is not too late.
TEST_F(NameLookups, LetIpv4WaitAMomentForIpv6) {
    const auto told = look_up({When::after_the_other, {{v6, v4}}}, {When::at_once, {{v4}}},
                              {.patience = 1ms, .resolution_delay = 30s});
    EXPECT_EQ(told.addresses, (std::vector{v6, v4}));
    EXPECT_EQ(questions, 2);
}

TEST_F(NameLookups, WaitForIpv6WhenThereIsNoIpv4) {
    const auto told =
        look_up({When::after_the_other, {{v6}}}, {When::at_once, {{}, ResolveFailure::not_found, "no"}},
                {.patience = 1ms, .resolution_delay = 1ms});
    EXPECT_EQ(told.addresses, std::vector{v6});
}

TEST_F(NameLookups, TakeIpv4WhenOnlyTheQuestionForIpv6Fails) {
    const auto told = look_up({When::after_the_other, {{}, ResolveFailure::temporary, "try again"}},
                              {When::at_once, {{v4}}}, {.patience = 1ms, .resolution_delay = 30s});
    EXPECT_EQ(told.addresses, std::vector{v4});
    EXPECT_EQ(told.failure, ResolveFailure::none);
}

TEST_F(NameLookups, TellTheFailureOfTheWholeQuestion) {
    const auto told = look_up({When::at_once, {{}, ResolveFailure::not_found, "no such name"}}, {When::never},
                              {.patience = 30s});
    EXPECT_EQ(told.failure, ResolveFailure::not_found);
    EXPECT_EQ(told.detail, "no such name");
}

TEST_F(NameLookups, NeverCompleteOnceDestroyed) {
    const AskSystem ask = [&](AddressFamilies, std::function<void(Resolution)> answered) {
        return start_timer(loop, 0ms, [answered] { answered({{v4}}); });
    };
    start_name_lookup(loop, ask, {.patience = 0ms}, [](const Resolution&) { FAIL() << "it was destroyed"; });
    run_some_rounds();
}

}  // namespace
}  // namespace chainmend::proxy
