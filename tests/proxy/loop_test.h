#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>

#include "proxy/io/event_loop.h"
#include "proxy/io/process.h"
#include "proxy/io/timer.h"

namespace chainmend::test {

/// A test on an event loop. The loop's destructor aborts the program when anything is left open, so that
/// every such test also shows that its subjects clean up.
class LoopTest : public ::testing::Test {
  protected:
    LoopTest() { proxy::prepare_process(); }

    /// Runs the loop until `done`, asked every millisecond; a failure after a minute.
    void run_until(const std::function<bool()>& done) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes{1};
        proxy::OperationPtr tick;
        std::function<void()> look = [&] {
            if (done()) return loop.stop();
            if (std::chrono::steady_clock::now() > limit) {
                ADD_FAILURE() << "waited for a minute";
                return loop.stop();
            }
            tick = proxy::start_timer(loop, std::chrono::milliseconds{1}, look);
        };
        tick = proxy::start_timer(loop, std::chrono::milliseconds{0}, look);
        loop.run();
    }

    /// Lets everything happen that is due: some rounds of the loop.
    void run_some_rounds() {
        int rounds = 0;
        run_until([&] { return ++rounds > 20; });
    }

    proxy::EventLoop loop;
};

}  // namespace chainmend::test
