#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <regex>
#include <sstream>

#include "tests/e2e/sites.h"

// The README is a promise: every command in it is run here, and its transcript is what the demo says today.
namespace chainmend::test {
namespace {

const std::string source_directory = CHAINMEND_SOURCE_DIR;

std::string readme() {
    return file_text(source_directory + "/README.md");
}

/// The fenced blocks of one language ("sh", "console") in the order in which they stand.
std::vector<std::string> blocks(const std::string& markdown, const std::string& language) {
    std::vector<std::string> found;
    std::istringstream lines(markdown);
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line == "```" + language) {
            inside = true;
            found.emplace_back();
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            found.back() += line + "\n";
        }
    }
    return found;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

/// What differs from run to run: numbers (ports, milliseconds), identifiers, and where lines are folded
/// because of them.
std::string without_chance(const std::string& text) {
    std::string result;
    for (const char c : text) {
        const char kind = c >= '0' && c <= '9' ? '#' : c == '\n' ? ' ' : c;
        const bool repeated = !result.empty() && result.back() == kind && (kind == '#' || kind == ' ');
        if (!repeated) result += kind;
    }
    // "/d/7f3a19)" and "/d/81c204" are the same.
    for (std::size_t at = 0; (at = result.find("/d/", at)) != std::string::npos; at += 3) {
        const std::size_t end = result.find_first_not_of("#abcdef", at + 3);
        result.erase(at + 3, end == std::string::npos ? end : end - at - 3);
    }
    return result;
}

TEST(Readme, ItsTranscriptIsWhatTheDemoSays) {
    const Installation installation;
    const Outcome demo = run({{source_directory + "/scripts/demo"},
                              {{"CHAINMEND_BINARY", CHAINMEND_BINARY}, {"CHAINMEND_DEPENDENCIES", "present"}},
                              installation.home(),
                              ""});
    EXPECT_EQ(demo.status, 0) << demo.err;
    const std::vector<std::string> transcripts = blocks(readme(), "console");
    ASSERT_FALSE(transcripts.empty());
    EXPECT_EQ(without_chance(demo.out), without_chance(transcripts.front())) << demo.out << demo.err;
}

TEST(Readme, EveryCommandInItWorks) {
    Installation installation;
    Sites sites(installation, {"example.com"});
    const std::string url = sites.incomplete("example.com");
    installation.write("fullchain.pem", sites.chain_of("example.com"));
    installation.start();

    // What the README says of a machine with its own names, for this one.
    std::filesystem::create_directory(installation.path("bin"));
    std::filesystem::create_symlink(CHAINMEND_BINARY, installation.path("bin/chainmend"));
    std::filesystem::create_symlink("/usr/bin/python3", installation.path("bin/python3"));
    installation.configure(sites.settings(), installation.address());

    int ran = 0;
    for (std::string block : blocks(readme(), "sh")) {
        // These two have tests of their own: the next one, and scripts/test is what runs this.
        if (block == "scripts/run\n" || block == "scripts/test\n") continue;
        block =
            replaced(replaced(block, "https://example.com/", url), "127.0.0.1:8181", installation.address());
        Command command = installation.chainmend_command({});
        command.arguments = {"bash", "-e", "-u", "-o", "pipefail", "-c", "PATH=$PWD/bin:$PATH; " + block};
        const Outcome outcome = run(command);
        EXPECT_EQ(outcome.status, 0) << block << outcome.out << outcome.err;
        ++ran;
    }
    EXPECT_GE(ran, 4) << "the README has lost its commands, or this test can not find them";
}

TEST(Readme, ScriptsRunServesWithoutAnyConfiguration) {
    Installation installation;
    Command command = installation.chainmend_command({});
    command.arguments = {source_directory + "/scripts/run", "--set", "listen.address=127.0.0.1:0"};
    command.environment["XDG_CONFIG_HOME"] = installation.path("none");
    command.environment["CHAINMEND_DEPENDENCIES"] = "present";
    Process process(command);
    EXPECT_TRUE(wait_until(
        [&] { return process.err().find("on http://") != std::string::npos || !process.running(); },
        std::chrono::seconds{100}));
    EXPECT_NE(process.err().find("HTTPS_PROXY="), std::string::npos) << process.err();
    // The command it tells people to use is one that their shell finds.
    std::smatch told;
    const std::string text = process.err();
    ASSERT_TRUE(std::regex_search(text, told, std::regex(R"re(eval "\$\((.*) env\)")re"))) << text;
    const Outcome version = run({{"bash", "-c", told[1].str() + " --version"}, {}, installation.home(), ""});
    EXPECT_EQ(version.status, 0) << told[1].str() << version.err;
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait().value_or(-1), 0) << process.err();
}

}  // namespace
}  // namespace chainmend::test
