#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "proxy/history/history_query.h"
#include "tests/e2e/installation.h"
#include "tests/support/proxy_client.h"

// What is left of the record when the proxy is killed at any moment.
namespace chainmend::test {
namespace {

using Clock = std::chrono::steady_clock;

/// Clients that ask for what is refused at once, so that there are as many decisions as possible.
class Load {
  public:
    explicit Load(const std::string& address) {
        for (int i = 0; i < 4; ++i)
            threads_.emplace_back([this, address] { ask_until_told(address); });
    }
    ~Load() { stop(); }

    /// Ids of the decisions that were answered, with the time of the answer.
    std::map<std::string, Clock::time_point> stop() {
        stopping_ = true;
        for (auto& thread : threads_)
            thread.join();
        threads_.clear();
        return answered_;
    }
    std::size_t answers() {
        const std::lock_guard lock(mutex_);
        return answered_.size();
    }

  private:
    void ask_until_told(const std::string& address) {
        while (!stopping_) {
            try {
                ProxyClient client(address);
                const auto head = client.connect("169.254.169.254:80");
                const auto at = head.find("/d/");
                if (at == std::string::npos) continue;
                const std::lock_guard lock(mutex_);
                answered_[head.substr(at + 3, 8)] = Clock::now();
            } catch (const std::exception&) {
                pause_once();  // the proxy is dead
            }
        }
    }

    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;
    std::map<std::string, Clock::time_point> answered_;
    std::vector<std::thread> threads_;
};

int kills() {
    const char* wanted = std::getenv("CHAINMEND_KILLS");
    return wanted ? std::atoi(wanted) : 3;
}

// The promise is the last 100 ms. A machine that runs many tests at once may not let the writer run for
// longer than that; what is beyond this bound was not late but lost.
constexpr std::chrono::milliseconds bound{2000};

TEST(Kill, CostsNoMoreThanTheLastMoment) {
    Installation installation;
    installation.configure("[log]\nfile = \"" + installation.path("log.json") + "\"\n");
    std::chrono::milliseconds worst{0};
    for (int round = 0; round < kills(); ++round) {
        installation.start();
        Load load(installation.address());
        const auto enough = static_cast<std::size_t>(100 + 37 * (round % 7));
        ASSERT_TRUE(wait_until([&] { return load.answers() >= enough; }));
        installation.server().signal(SIGKILL);
        const auto killed = Clock::now();
        EXPECT_EQ(installation.server().wait(), 128 + SIGKILL);
        const auto answered = load.stop();

        std::istringstream lines(file_text(installation.path("log.json")));
        for (std::string line; std::getline(lines, line);)
            EXPECT_TRUE(nlohmann::json::accept(line)) << line;
        auto history = proxy::open_history(installation.state("history.db"));
        ASSERT_TRUE(history) << history.error().message;
        for (const auto& [id, when] : answered) {
            if ((*history)->decision(id)) continue;
            const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(killed - when);
            worst = std::max(worst, age);
            EXPECT_LT(age, bound) << id;
        }
    }
    std::cout << kills() << " kills; the oldest decision that was lost was " << worst.count() << " ms old\n";
    RecordProperty("oldest_lost_milliseconds", static_cast<int>(worst.count()));
}

}  // namespace
}  // namespace chainmend::test
