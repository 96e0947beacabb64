#include "proxy/cli/command_line.h"

#include <gtest/gtest.h>

#include "proxy/cli/client_environment.h"
#include "proxy/cli/exit_status.h"
#include "tests/proxy/cli/command_run.h"

namespace chainmend::test {
namespace {

using proxy::ExitStatus;
using proxy::Shell;

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

TEST(ClientEnvironment, QuotesValuesForEveryShell) {
    const proxy::ClientEnvironment environment{{{"A", "it's $HOME"}}, {"B"}};
    EXPECT_EQ(proxy::shell_text(environment, Shell::sh), "export A='it'\\''s $HOME'\nunset B\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::fish), "set -gx A 'it\\'s $HOME'\nset -e B\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::powershell),
              "$env:A = 'it''s $HOME'\nRemove-Item Env:B -ErrorAction SilentlyContinue\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::dotenv), "A=\"it's $HOME\"\n");
}

TEST(ClientEnvironment, NamesTheProxyInBothSpellingsAndTheBundleEverywhere) {
    const auto environment =
        proxy::client_environment("http://127.0.0.1:8181", "/s/bundle.pem", "/s/ca/ca.pem");
    const std::map<std::string, std::string> set(environment.set.begin(), environment.set.end());
    EXPECT_EQ(set.at("HTTPS_PROXY"), "http://127.0.0.1:8181");
    EXPECT_EQ(set.at("https_proxy"), "http://127.0.0.1:8181");
    for (const char* name :
         {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "AWS_CA_BUNDLE",
          "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "PERL_LWP_SSL_CA_FILE", "npm_config_cafile", "DENO_CERT",
          "HTTPLIB2_CA_CERTS", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "NIX_SSL_CERT_FILE", "COMPOSER_CAFILE"}) {
        EXPECT_EQ(set.at(name), "/s/bundle.pem") << name;
    }
    EXPECT_EQ(set.at("NODE_EXTRA_CA_CERTS"), "/s/ca/ca.pem");
    EXPECT_EQ(environment.unset, std::vector<std::string>{"SSL_CERT_DIR"});
}

TEST(EnvCommand, SaysHowToGetACaWhenThereIsNone) {
    const auto answer = CommandRun()({"env"});
    EXPECT_EQ(answer.status, 5);
    EXPECT_EQ(answer.out, "");
    EXPECT_NE(answer.err.find("start chainmend once"), std::string::npos) << answer.err;
}

}  // namespace
}  // namespace chainmend::test
