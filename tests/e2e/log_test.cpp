#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "tests/e2e/installation.h"
#include "tests/support/proxy_client.h"

// The record under traffic: rotated, moved away, and not read.
namespace chainmend::test {
namespace {

namespace fs = std::filesystem;

/// Asks for what is refused at once; the id that the answer names.
std::string ask(const std::string& address) {
    ProxyClient client(address);
    const auto head = client.connect("169.254.169.254:80");
    const auto at = head.find("/d/");
    return at == std::string::npos ? "" : head.substr(at + 3, 8);
}

/// How often each decision stands in the files of this directory whose names begin so.
std::map<std::string, int> decisions_in(const std::string& directory, const std::string& name) {
    std::map<std::string, int> found;
    for (const auto& entry : fs::directory_iterator(directory)) {
        if (!entry.path().filename().string().starts_with(name)) continue;
        std::istringstream lines(file_text(entry.path()));
        for (std::string line; std::getline(lines, line);)
            ++found[nlohmann::json::parse(line)["chainmend"]["id"].get<std::string>()];
    }
    return found;
}

// log.max_size is at its least, 64 KiB, which fewer than 300 lines fill.
TEST(Log, LosesNoLineWhenItIsRotatedBySizeAndBySignal) {
    Installation installation;
    fs::create_directory(installation.path("logs"));
    installation.configure("[log]\nfile = \"" + installation.path("logs/log.json") +
                           "\"\nmax_size = \"64KiB\"\nkeep = 1000\n");
    installation.start();
    std::set<std::string> told;
    for (int i = 0; i < 1200; ++i) {
        const auto id = ask(installation.address());
        ASSERT_NE(id, "");
        told.insert(id);
        if (i % 400 != 350) continue;
        // As logrotate does it: the file is moved away and the proxy is told.
        std::error_code none;
        fs::rename(installation.path("logs/log.json"),
                   installation.path("logs/log.json.moved") + std::to_string(i), none);
        installation.server().signal(i % 800 == 350 ? SIGUSR1 : SIGHUP);
    }
    EXPECT_EQ(installation.stop(), 0);
    const auto kept = decisions_in(installation.path("logs"), "log.json");
    EXPECT_TRUE(fs::exists(installation.path("logs/log.json.1"))) << "it was never rotated by size";
    for (const auto& id : told) {
        const auto found = kept.find(id);
        ASSERT_NE(found, kept.end()) << id;
        EXPECT_EQ(found->second, 1) << id;
    }
}

/// A pipe that nobody reads, as standard output of a program.
TEST(Log, AReaderThatStopsReadingNeverStopsTheProxy) {
    Installation installation;
    const auto pipe = installation.path("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(reader, 0);
    installation.configure("[log]\nfile = \"" + pipe + "\"\n");
    installation.start();
    // A pipe holds 64 KiB, the proxy's queue 4,096 lines: the rest is lost, and counted.
    constexpr int many = 6000;
    std::vector<std::thread> clients;
    std::atomic<int> answered = 0;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&] {
            for (int n = 0; n < many / 4; ++n) {
                if (!ask(installation.address()).empty()) ++answered;
            }
        });
    }
    for (auto& client : clients)
        client.join();
    EXPECT_EQ(answered, many);
    // It reads again: what was queued comes, and a line that tells how many did not.
    std::string text;
    char piece[65536];
    const bool told = wait_until([&] {
        for (ssize_t size = 0; (size = ::read(reader, piece, sizeof piece)) > 0;)
            text.append(piece, static_cast<std::size_t>(size));
        return text.find("log-lines-lost") != std::string::npos;
    });
    EXPECT_TRUE(told);
    EXPECT_EQ(installation.stop(), 0);
    ::close(reader);
}

}  // namespace
}  // namespace chainmend::test
