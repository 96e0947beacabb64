#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "proxy/history/database.h"
#include "tests/e2e/sites.h"
#include "tests/support/closed_port.h"
#include "tests/support/proxy_client.h"

// What is left of the record when the proxy is killed at any moment.
namespace chainmend::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// The promise is the last 100 ms; what the machine itself withholds comes on top of it (Heartbeat).
constexpr milliseconds promised{100};

/// Without optimisation and with sanitizers a record takes some milliseconds to format, and under full load
/// those that wait for it grow old (717 ms measured, where the release build lost none).
constexpr milliseconds bearable_with_sanitizers{5000};

/// The program as people run it, which the promise is about; empty when nobody has built it.
std::string release_build() {
    const char* root = std::getenv("CHAINMEND_BUILD_ROOT");
    const std::string program = std::string(root ? root : "") + "/release/proxy/chainmend";
    return root && ::access(program.c_str(), X_OK) == 0 ? program : "";
}

milliseconds whole_milliseconds(Clock::duration time) {
    return std::chrono::ceil<milliseconds>(time);
}

/// A thread that does nothing but write the time into a file, again and again. The longest time between two
/// of its lines is what this machine lets a thread wait that is ready to write: also the proxy's.
class Heartbeat {
  public:
    explicit Heartbeat(const std::string& file) : out_(file, std::ios::app), thread_([this] { beat(); }) {}
    ~Heartbeat() { stop(); }
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;

    milliseconds stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
        return longest_;
    }

  private:
    void beat() {
        for (auto last = Clock::now(); !stopping_;) {
            std::this_thread::sleep_for(milliseconds{1});
            const auto now = Clock::now();
            out_ << now.time_since_epoch().count() << std::endl;
            longest_ = std::max(longest_, whole_milliseconds(now - last));
            last = now;
        }
    }

    std::atomic<bool> stopping_ = false;
    milliseconds longest_{0};
    std::ofstream out_;
    std::thread thread_;
};

/// Clients that ask for servers of all kinds, one after the other. A client's port tells its decision apart.
class Load {
  public:
    Load(const std::string& proxy, std::vector<std::string> authorities)
        : authorities_(std::move(authorities)) {
        for (std::size_t i = 0; i < 4; ++i)
            threads_.emplace_back([this, proxy, i] { ask(proxy, i); });
    }
    ~Load() { stop(); }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    /// Ports of clients that were answered, with the time of the answer.
    std::map<int, Clock::time_point> stop() {
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
    void ask(const std::string& proxy, std::size_t first) {
        for (auto next = first; !stopping_; ++next) {
            try {
                ProxyClient client(proxy);
                const int port = port_of(client);
                const auto head = client.connect(authorities_[next % authorities_.size()]);
                if (!head.ends_with("\r\n\r\n")) continue;
                const std::lock_guard lock(mutex_);
                answered_.emplace(port, Clock::now());
            } catch (const std::exception&) {
                pause_once();  // the proxy is dead
            }
        }
    }

    static int port_of(const ProxyClient& client) {
        sockaddr_in own{};
        socklen_t size = sizeof own;
        if (::getsockname(client.socket(), reinterpret_cast<sockaddr*>(&own), &size) != 0) return 0;
        return ntohs(own.sin_port);
    }

    const std::vector<std::string> authorities_;
    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;
    std::map<int, Clock::time_point> answered_;
    std::vector<std::thread> threads_;
};

/// What the record has of one life of the proxy.
struct Kept {
    std::set<int> ports;
    std::set<std::string> reasons;
};

/// The lines of the log behind `begin`, which moves to its end. Every line that is whole must parse.
Kept kept_in_log(const std::string& file, std::size_t& begin) {
    Kept kept;
    const std::string text = file_text(file);
    std::istringstream lines(text.substr(begin, text.rfind('\n') + 1 - begin));
    begin = text.size();
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) continue;  // ends what an earlier life left torn
        auto record = nlohmann::json::parse(line, nullptr, false);
        EXPECT_FALSE(record.is_discarded()) << line;
        if (record.is_discarded() || !record["chainmend"].contains("reason")) continue;
        kept.ports.insert(record["client"]["port"].get<int>());
        kept.reasons.insert(record["chainmend"]["reason"].get<std::string>());
    }
    return kept;
}

/// The decisions in the history behind row `begin`, which moves to the last. It must open and be whole.
Kept kept_in_history(const std::string& file, std::int64_t& begin) {
    Kept kept;
    auto database = proxy::Database::open(file, proxy::Database::Mode::read);
    EXPECT_TRUE(database) << database.error().message;
    if (!database) return kept;
    auto& check = (*database)->query("PRAGMA integrity_check");
    EXPECT_TRUE(check.row() && check.text(0) == "ok");
    check.finish();
    auto& found = (*database)
                      ->query(
                          "SELECT row, client_port, (SELECT text FROM word WHERE id = reason) FROM decision "
                          "WHERE row > ?")
                      .with(begin);
    while (found.row()) {
        begin = std::max(begin, found.integer(0));
        kept.ports.insert(static_cast<int>(found.integer(1)));
        kept.reasons.insert(found.text(2));
    }
    EXPECT_FALSE(found.problem().has_value());
    return kept;
}

/// How old the oldest decision was, when the proxy was killed, that a client saw and that is not there.
milliseconds oldest_lost(const std::map<int, Clock::time_point>& answered, const Kept& kept,
                         Clock::time_point killed) {
    milliseconds oldest{0};
    for (const auto& [port, when] : answered) {
        if (!kept.ports.contains(port)) oldest = std::max(oldest, whole_milliseconds(killed - when));
    }
    return oldest;
}

int kills() {
    const char* wanted = std::getenv("CHAINMEND_KILLS");
    return wanted ? std::atoi(wanted) : 3;
}

TEST(Kill, CostsNoMoreThanTheLastMoment) {
    Installation installation;
    Sites sites(installation);
    const auto log = installation.path("log.json");
    installation.configure(sites.settings() + "[log]\nfile = \"" + log + "\"\n");
    const ClosedPort closed;
    const std::vector<std::string> authorities{
        authority_of(sites.complete("complete.test")),
        authority_of(sites.incomplete("incomplete.test")),
        authority_of(sites.expired("expired.test")),
        authority_of(sites.untrusted("untrusted.test")),
        authority_of(sites.misnamed("misnamed.test")),
        "closed.test" + closed.address().substr(closed.address().find(':')),
        "169.254.169.254:80"};

    auto command = installation.chainmend_command({"serve"});
    const bool is_release = !release_build().empty();
    if (is_release) command.arguments.front() = release_build();

    milliseconds worst_log{0};
    milliseconds worst_history{0};
    milliseconds worst_gap{0};
    std::size_t asked = 0;
    std::set<std::string> reasons;
    std::size_t log_begin = 0;
    std::int64_t history_begin = 0;
    for (int round = 0; round < kills(); ++round) {
        installation.start_by(command);
        Heartbeat heartbeat(installation.path("heartbeat"));
        Load load(installation.address(), authorities);
        const auto enough = static_cast<std::size_t>(100 + 37 * (round % 7));
        ASSERT_TRUE(wait_until([&] { return load.answers() >= enough; }));
        installation.server().signal(SIGKILL);
        const auto killed = Clock::now();
        EXPECT_EQ(installation.server().wait(), 128 + SIGKILL);
        const auto gap = heartbeat.stop();
        const auto answered = load.stop();
        asked += answered.size();

        const auto in_log = kept_in_log(log, log_begin);
        const auto in_history = kept_in_history(installation.state("history.db"), history_begin);
        reasons.insert(in_history.reasons.begin(), in_history.reasons.end());
        const auto lost_log = oldest_lost(answered, in_log, killed);
        const auto lost_history = oldest_lost(answered, in_history, killed);
        const auto bound = is_release ? promised + gap : bearable_with_sanitizers;
        EXPECT_LE(lost_log, bound) << "round " << round;
        EXPECT_LE(lost_history, bound) << "round " << round;
        worst_log = std::max(worst_log, lost_log);
        worst_history = std::max(worst_history, lost_history);
        worst_gap = std::max(worst_gap, gap);
    }
    EXPECT_EQ(reasons, (std::set<std::string>{"ok", "expired", "untrusted_root", "host_mismatch",
                                              "connection_refused", "destination_denied"}));
    std::cout << kills() << " kills of the " << (is_release ? "release build, " : "build with the tests, ")
              << asked << " answers; the oldest decision that was lost was " << worst_log.count()
              << " ms old in the log and " << worst_history.count()
              << " ms in the history; a thread that only writes waited for " << worst_gap.count()
              << " ms at most\n";
    RecordProperty("oldest_lost_from_log_milliseconds", static_cast<int>(worst_log.count()));
    RecordProperty("oldest_lost_from_history_milliseconds", static_cast<int>(worst_history.count()));
    RecordProperty("longest_wait_of_a_thread_milliseconds", static_cast<int>(worst_gap.count()));
}

}  // namespace
}  // namespace chainmend::test
