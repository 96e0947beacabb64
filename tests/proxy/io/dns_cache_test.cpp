#include <condition_variable>
#include <mutex>

#include "proxy/io/resolver.h"
#include "proxy/io/work_item.h"
#include "tests/proxy/loop_test.h"

namespace chainmend::test {
namespace {

using proxy::Resolution;
using proxy::Resolver;

// Names that are remembered for a moment. Whether the system is asked shows by its thread pool: while every
// thread of that is held up nothing can be looked up.
class DnsCache : public LoopTest {
  protected:
    ~DnsCache() override { let_the_pool_go(); }

    std::vector<proxy::IpAddress> look_up(const std::string& host) {
        std::optional<Resolution> found;
        const auto lookup =
            resolver.resolve(host, [&](Resolution resolution) { found = std::move(resolution); });
        run_until([&] { return found.has_value(); });
        return found ? found->addresses : std::vector<proxy::IpAddress>{};
    }
    /// Starts a lookup that can not be answered while the pool is held up.
    bool asks_the_system(const std::string& host) {
        bool found = false;
        const auto lookup = resolver.resolve(host, [&](const Resolution&) { found = true; });
        run_some_rounds();
        return !found;
    }
    void hold_up_the_pool() {
        // More than UV_THREADPOOL_SIZE is anywhere set to.
        for (int i = 0; i < 128; ++i) {
            held_up.push_back(proxy::start_work(
                loop,
                [gate = gate] {
                    std::unique_lock lock(gate->mutex);
                    gate->opened.wait(lock, [&] { return gate->open; });
                },
                [] {}));
        }
    }
    void let_the_pool_go() {
        const std::lock_guard lock(gate->mutex);
        gate->open = true;
        gate->opened.notify_all();
    }

    struct Gate {
        std::mutex mutex;
        std::condition_variable opened;
        bool open = false;
    };
    Resolver resolver{loop, {}};
    std::shared_ptr<Gate> gate = std::make_shared<Gate>();
    std::vector<proxy::OperationPtr> held_up;
};

TEST_F(DnsCache, GivesWhatItFoundWithoutAskingAgain) {
    resolver.remember_for(std::chrono::minutes{1});
    const auto first = look_up("localhost");
    ASSERT_FALSE(first.empty());
    hold_up_the_pool();
    EXPECT_EQ(look_up("LOCALHOST"), first);
    EXPECT_TRUE(asks_the_system("localhost.")) << "that is another name";
}

TEST_F(DnsCache, ForgetsAtAReload) {
    resolver.remember_for(std::chrono::minutes{1});
    look_up("localhost");
    resolver.set_overrides({});
    hold_up_the_pool();
    EXPECT_TRUE(asks_the_system("localhost"));
}

TEST_F(DnsCache, RemembersNothingLongerThanItIsTold) {
    for (const auto time : {std::chrono::milliseconds{0}, std::chrono::milliseconds{1}}) {
        resolver.remember_for(time);
        look_up("localhost");
        const auto end = loop.now() + time;
        run_until([&] { return loop.now() > end; });
    }
    hold_up_the_pool();
    EXPECT_TRUE(asks_the_system("localhost"));
}

TEST_F(DnsCache, RemembersNoFailure) {
    resolver.remember_for(std::chrono::minutes{1});
    EXPECT_TRUE(look_up("nowhere.invalid").empty());
    hold_up_the_pool();
    EXPECT_TRUE(asks_the_system("nowhere.invalid"));
}

}  // namespace
}  // namespace chainmend::test
