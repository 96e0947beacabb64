#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "tests/e2e/installation.h"

namespace chainmend::test {
namespace {

mode_t mode_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

/// Whether this process hears SIGTERM by a handler of its own: from then on it ends in an orderly way.
bool hears_term(pid_t process) {
    const auto status = file_text("/proc/" + std::to_string(process) + "/status");
    const auto caught = status.find("SigCgt:\t");
    if (caught == std::string::npos) return false;
    return (std::stoull(status.substr(caught + 8, 16), nullptr, 16) >> (SIGTERM - 1) & 1) != 0;
}

/// `serve` that must not come up: how it ends.
Outcome refused_start(const Installation& installation, std::vector<std::string> options = {}) {
    options.insert(options.begin(), "serve");
    return installation.chainmend(std::move(options));
}

TEST(StartUp, TellsWhereItListensWhatItTrustsAndWhatToDoNext) {
    Installation installation;
    installation.start();
    const std::string told = installation.server().err();
    EXPECT_NE(told.find("on http://" + installation.address()), std::string::npos) << told;
    EXPECT_NE(told.find("anchors"), std::string::npos) << told;
    EXPECT_NE(told.find("chainmend env"), std::string::npos) << told;
    EXPECT_NE(told.find("HTTPS_PROXY=http://" + installation.address()), std::string::npos) << told;
    EXPECT_EQ(installation.stop(), 0) << installation.server().err();
}

// What is opened next would get their numbers: a loop's own descriptor, then, is written to and closed.
TEST(StartUp, WithClosedStreamsServesAndEndsAsEver) {
    Installation installation;
    const std::map<std::string, std::vector<int>> closed{
        {"<&-", {0}}, {">&-", {1}}, {"2>&-", {2}}, {"<&- >&- 2>&-", {0, 1, 2}}};
    for (const auto& [words, streams] : closed) {
        auto command =
            installation.chainmend_command({"serve", "--set", "log.file=" + installation.path("log.jsonl")});
        command.arguments.insert(command.arguments.begin(), {"sh", "-c", "exec \"$0\" \"$@\" " + words});
        Process process(command);
        ASSERT_TRUE(wait_until([&] { return hears_term(process.pid()) || !process.running(); })) << words;
        for (const int stream : streams) {
            const auto link = "/proc/" + std::to_string(process.pid()) + "/fd/" + std::to_string(stream);
            std::error_code error;
            EXPECT_EQ(std::filesystem::read_symlink(link, error), "/dev/null") << words << stream;
        }
        process.signal(SIGTERM);
        EXPECT_EQ(process.wait().value_or(-1), 0) << words << process.err();
    }
}

TEST(StartUp, LeavesNoMemoryToACoreDump) {
    Installation installation;
    installation.start();
    const auto process = "/proc/" + std::to_string(installation.server().pid());
    EXPECT_TRUE(wait_until([&] { return file_text(process + "/coredump_filter") == "00000000\n"; }))
        << file_text(process + "/coredump_filter");
    EXPECT_NE(file_text(process + "/limits").find("Max core file size        0                    0"),
              std::string::npos);
}

TEST(StartUp, WithoutACommandServesToo) {
    Installation installation;
    Process process(installation.chainmend_command({}));
    EXPECT_TRUE(wait_until(
        [&] { return process.err().find("on http://") != std::string::npos || !process.running(); }));
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait().value_or(-1), 0) << process.err();
}

TEST(StartUp, MakesASigningCaThatOnlyItsOwnerCanRead) {
    Installation installation;
    installation.start();
    EXPECT_EQ(mode_of(installation.state("ca")), 0700u);
    EXPECT_EQ(mode_of(installation.state("ca/key.pem")), 0600u);
    EXPECT_NE(mode_of(installation.state("ca/ca.pem")), 0u);
}

TEST(StartUp, KeepsTheSigningCaOfTheFirstStart) {
    Installation installation;
    installation.start();
    const std::string first = file_text(installation.state("ca/ca.pem"));
    EXPECT_EQ(installation.stop(), 0);
    installation.start();
    EXPECT_EQ(file_text(installation.state("ca/ca.pem")), first);
}

TEST(StartUp, TwoInstallationsHaveDifferentCas) {
    Installation one;
    Installation other;
    one.start();
    other.start();
    EXPECT_NE(file_text(one.state("ca/ca.pem")), file_text(other.state("ca/ca.pem")));
    EXPECT_NE(file_text(one.state("ca/key.pem")), file_text(other.state("ca/key.pem")));
}

TEST(StartUp, TwoProcessesThatStartAtOnceMakeOneCa) {
    Installation installation;
    Process one(installation.chainmend_command({"serve"}));
    Process other(installation.chainmend_command({"serve"}));
    const auto serves = [](Process& process) {
        return process.err().find("on http://") != std::string::npos;
    };
    wait_until([&] { return (serves(one) || !one.running()) && (serves(other) || !other.running()); });
    ASSERT_TRUE(serves(one)) << one.err();
    ASSERT_TRUE(serves(other)) << other.err();

    const auto fingerprint = [](const std::string& told) {
        const std::size_t at = told.find("SHA-256 ");
        return at == std::string::npos ? "" : told.substr(at, told.find(')', at) - at);
    };
    EXPECT_FALSE(fingerprint(one.err()).empty()) << one.err();
    EXPECT_EQ(fingerprint(one.err()), fingerprint(other.err()));
    EXPECT_EQ(installation.chainmend({"ca", "show"}).status, 0);
}

TEST(StartUp, RefusesAKeyThatOthersCanRead) {
    Installation installation;
    installation.start();
    EXPECT_EQ(installation.stop(), 0);
    ASSERT_EQ(::chmod(installation.state("ca/key.pem").c_str(), 0640), 0);
    const Outcome outcome = refused_start(installation);
    EXPECT_EQ(outcome.status, 5) << outcome.err;
    EXPECT_NE(outcome.err.find("key.pem"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("640"), std::string::npos) << outcome.err;
}

TEST(StartUp, RefusesACaDirectoryThatOthersCanEnter) {
    Installation installation;
    installation.start();
    EXPECT_EQ(installation.stop(), 0);
    ASSERT_EQ(::chmod(installation.state("ca").c_str(), 0755), 0);
    EXPECT_EQ(refused_start(installation).status, 5);
}

TEST(StartUp, RefusesAKeyThatIsNotTheCas) {
    Installation installation;
    Installation other;
    installation.start();
    other.start();
    EXPECT_EQ(installation.stop(), 0);
    const std::string ours = file_text(installation.state("ca/key.pem"));
    installation.write("state/chainmend/ca/key.pem", file_text(other.state("ca/key.pem")));
    const Outcome outcome = refused_start(installation);
    EXPECT_EQ(outcome.status, 5) << outcome.err;
    EXPECT_NE(file_text(installation.state("ca/key.pem")), ours) << "it must not mend a CA by itself";
}

TEST(StartUp, SaysThatAPortIsTaken) {
    Installation first;
    first.start();
    Installation second;
    const Outcome outcome = refused_start(second, {"--set", "listen.address=" + first.address()});
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    EXPECT_NE(outcome.err.find(first.address()), std::string::npos) << outcome.err;
}

TEST(StartUp, RefusesToServeWithoutATrustAnchor) {
    Installation installation;
    installation.configure("trust.system = false\n");
    const Outcome outcome = refused_start(installation);
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_NE(outcome.err.find("anchor"), std::string::npos) << outcome.err;
}

TEST(StartUp, ShowsEveryMistakeOfTheConfigurationWithItsPlace) {
    Installation installation;
    installation.configure("[trust]\nfile = []\n[verify]\nrevocation = \"strict\"\n");
    const Outcome outcome = refused_start(installation);
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_NE(outcome.err.find("config.toml:4:1"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("did you mean \"trust.files\"?"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("config.toml:6:"), std::string::npos) << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(installation.state("ca"))) << "nothing may be made before that";
}

TEST(StartUp, RefusesAConfigurationFileThatIsNotThere) {
    Installation installation;
    const Outcome outcome = refused_start(installation, {"--config", "/nowhere/config.toml"});
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_NE(outcome.err.find("/nowhere/config.toml"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace chainmend::test
