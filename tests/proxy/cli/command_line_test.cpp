#include "proxy/cli/command_line.h"

#include <gtest/gtest.h>

#include "proxy/cli/exit_status.h"
#include "tests/proxy/cli/command_run.h"

namespace chainmend::test {
namespace {

using proxy::ExitStatus;

TEST(ExitStatusOf, KeepsItsPromiseForEveryError) {
    const std::pair<ErrorCode, ExitStatus> promises[] = {
        {ErrorCode::invalid_argument, ExitStatus::usage},
        {ErrorCode::configuration, ExitStatus::configuration},
        {ErrorCode::malformed, ExitStatus::configuration},
        {ErrorCode::not_found, ExitStatus::configuration},
        {ErrorCode::permission, ExitStatus::environment},
        {ErrorCode::environment, ExitStatus::environment},
        {ErrorCode::signing_ca, ExitStatus::signing_ca},
        {ErrorCode::network, ExitStatus::environment},
    };
    for (const auto& [code, status] : promises)
        EXPECT_EQ(proxy::exit_status_of(code), status);
}

TEST(CommandLine, PrintsItsVersion) {
    const auto answer = CommandRun()({"--version"});
    EXPECT_EQ(answer.status, 0);
    EXPECT_TRUE(answer.out.starts_with("chainmend ")) << answer.out;
}

TEST(CommandLine, HelpsOnEveryLevel) {
    CommandRun run;
    for (const auto& arguments : std::vector<std::vector<std::string>>{{"--help"},
                                                                       {"serve", "--help"},
                                                                       {"env", "--help"},
                                                                       {"run", "--help"},
                                                                       {"verify", "--help"},
                                                                       {"config", "--help"},
                                                                       {"config", "check", "--help"}}) {
        const auto answer = run(arguments);
        EXPECT_EQ(answer.status, 0) << arguments[0];
        EXPECT_NE(answer.out.find("Usage: "), std::string::npos) << answer.out;
        EXPECT_EQ(answer.err, "");
    }
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
    CommandRun run;
    EXPECT_EQ(run({"--bogus"}).status, 2);
    EXPECT_EQ(run({"bogus"}).status, 2);
    EXPECT_EQ(run({"config"}).status, 2);
    EXPECT_EQ(run({"config", "check", "extra"}).status, 2);
    EXPECT_EQ(run({"verify", "--bogus"}).err,
              "chainmend: The following argument was not expected: --bogus; see chainmend verify --help\n");
}

TEST(CommandLine, RefusesToServeWithAMistakeInTheConfiguration) {
    CommandRun run;
    const auto answer = run({"--config", run.file("config.toml", "[listen]\nworkers = -1\nport = 1\n")});
    EXPECT_EQ(answer.status, 3);
    EXPECT_EQ(answer.err, "chainmend: 2 mistakes in the configuration:\n  " + run.directory() +
                              "/config.toml:2:1 listen.workers is -1; it may be from 0 to 1024\n  " +
                              run.directory() + "/config.toml:3:1 unknown key \"listen.port\"\n");
}

TEST(EnvCommand, SaysHowToGetACaWhenThereIsNone) {
    const auto answer = CommandRun()({"env"});
    EXPECT_EQ(answer.status, 5);
    EXPECT_EQ(answer.out, "");
    EXPECT_NE(answer.err.find("start chainmend once"), std::string::npos) << answer.err;
}

}  // namespace
}  // namespace chainmend::test
