#include <gtest/gtest.h>

#include "tests/e2e/installation.h"
#include "tests/support/pki.h"

// The exit statuses are a contract: 0 fine, 1 refused, 2 usage, 3 configuration or unreadable input, 4
// environment, 5 the CA or its key.
namespace chainmend::test {
namespace {

constexpr const char* at_noon = "2026-06-01T00:00:00Z";

/// Root <- Issuer <- leaf.test, as files in a home.
struct Files {
    explicit Files(const Installation& installation)
        : root(installation.write("root.pem", root_ca.pem())),
          chain(installation.write("chain.pem", leaf.pem() + issuer.pem())),
          leaf_only(installation.write("leaf.pem", leaf.pem())) {}

    Identity root_ca = Identity::root("Root");
    Identity issuer = root_ca.intermediate("Issuer");
    Identity leaf = issuer.leaf("leaf.test");
    std::string root;
    std::string chain;
    std::string leaf_only;
};

std::vector<std::string> verify(const Files& files, const std::string& host, const std::string& chain,
                                std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"verify", "--no-config", "--trust", files.root,
                                          "--host", host,          "--at",    at_noon};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(chain);
    return arguments;
}

TEST(Verify, AcceptsAGoodChain) {
    Installation installation;
    const Files files(installation);
    const Outcome outcome = installation.chainmend(verify(files, "leaf.test", files.chain));
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    EXPECT_NE(outcome.out.find("Issuer"), std::string::npos) << outcome.out;
}

TEST(Verify, RefusesAnotherHostWithStatusOne) {
    Installation installation;
    const Files files(installation);
    const Outcome outcome = installation.chainmend(verify(files, "other.test", files.chain));
    EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
    EXPECT_NE(outcome.out.find("host_mismatch"), std::string::npos) << outcome.out;
}

TEST(Verify, NamesTheIssuerThatIsMissing) {
    Installation installation;
    const Files files(installation);
    const Outcome outcome = installation.chainmend(verify(files, "leaf.test", files.leaf_only));
    EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
    EXPECT_NE(outcome.out.find("Issuer"), std::string::npos) << outcome.out;
}

TEST(Verify, SaysThatAFileIsNotThere) {
    Installation installation;
    const Files files(installation);
    const Outcome outcome = installation.chainmend(verify(files, "leaf.test", "nowhere.pem"));
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_NE(outcome.err.find("nowhere.pem"), std::string::npos) << outcome.err;
}

TEST(Verify, WithoutAChainIsAMistakeOfUsage) {
    Installation installation;
    EXPECT_EQ(installation.chainmend({"verify", "--host", "leaf.test"}).status, 2);
}

TEST(Verify, JsonIsReadByPythonAndByJq) {
    Installation installation;
    const Files files(installation);
    const Outcome outcome = installation.chainmend(verify(files, "other.test", files.chain, {"--json"}));
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    const Outcome jq = run({{"jq", "-r", ".decision, .reason, .v"}, {}, installation.home(), outcome.out});
    EXPECT_EQ(jq.out, "refused\nhost_mismatch\n1\n") << jq.err;
    const Outcome python =
        run({{"/usr/bin/python3", "-c", "import json, sys; print(json.load(sys.stdin)['reason'])"},
             {},
             installation.home(),
             outcome.out});
    EXPECT_EQ(python.out, "host_mismatch\n") << python.err;
}

TEST(Ca, InitMakesShowTellsAndExportPrints) {
    Installation installation;
    EXPECT_EQ(installation.chainmend({"ca", "init"}).status, 0);
    const Outcome show = installation.chainmend({"ca", "show"});
    EXPECT_EQ(show.status, 0) << show.err;
    const Outcome exported = installation.chainmend({"ca", "export"});
    EXPECT_EQ(exported.status, 0) << exported.err;
    const Outcome openssl = run(
        {{"openssl", "x509", "-noout", "-ext", "basicConstraints"}, {}, installation.home(), exported.out});
    EXPECT_NE(openssl.out.find("CA:TRUE, pathlen:0"), std::string::npos) << openssl.out << openssl.err;
    EXPECT_EQ(exported.out.find("PRIVATE"), std::string::npos);
}

TEST(Ca, ExportWithoutACaSaysHowToMakeOne) {
    Installation installation;
    const Outcome outcome = installation.chainmend({"ca", "export"});
    EXPECT_EQ(outcome.status, 5) << outcome.err;
    EXPECT_NE(outcome.err.find("chainmend ca init"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
}

TEST(Ca, InitDoesNotReplaceACaThatIsThere) {
    Installation installation;
    EXPECT_EQ(installation.chainmend({"ca", "init"}).status, 0);
    const std::string before = installation.chainmend({"ca", "export"}).out;
    installation.chainmend({"ca", "init"});
    EXPECT_EQ(installation.chainmend({"ca", "export"}).out, before);
}

TEST(Env, IsReadByAShell) {
    Installation installation;
    EXPECT_EQ(installation.chainmend({"ca", "init"}).status, 0);
    const Outcome env = installation.chainmend({"env", "--set", "listen.address=127.0.0.1:4711"});
    EXPECT_EQ(env.status, 0) << env.err;
    const Outcome shell =
        run({{"bash", "-c", "eval \"$1\"; echo $HTTPS_PROXY; test -r $CURL_CA_BUNDLE && echo readable",
              "bash", env.out},
             {},
             installation.home(),
             ""});
    EXPECT_EQ(shell.out, "http://127.0.0.1:4711\nreadable\n") << env.out << shell.err;
}

TEST(Config, TheDefaultFileHasNoMistakes) {
    Installation installation;
    const Outcome printed = installation.chainmend({"config", "default"});
    EXPECT_EQ(printed.status, 0) << printed.err;
    const std::string file = installation.write("default.toml", printed.out);
    const Outcome check = installation.chainmend({"config", "check", "--config", file});
    EXPECT_EQ(check.status, 0) << check.out << check.err;
}

TEST(Config, CheckShowsAllMistakesAndExitsWithThree) {
    Installation installation;
    installation.configure("trust.file = []\nverify.revocation = \"strict\"\n");
    const Outcome outcome = installation.chainmend({"config", "check"});
    EXPECT_EQ(outcome.status, 3);
    const std::string told = outcome.out + outcome.err;
    EXPECT_NE(told.find("unknown key \"trust.file\"; did you mean \"trust.files\"?"), std::string::npos)
        << told;
    EXPECT_NE(told.find("verify.revocation is \"strict\""), std::string::npos) << told;
}

TEST(Config, ShowTellsTheSettingsInForce) {
    Installation installation;
    const Outcome outcome = installation.chainmend({"config", "show", "--set", "verify.max_depth=5"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("max_depth = 5"), std::string::npos) << outcome.out;
}

TEST(Usage, IsToldWithStatusTwo) {
    Installation installation;
    EXPECT_EQ(installation.chainmend({"frobnicate"}).status, 2);
    EXPECT_EQ(installation.chainmend({"serve", "--frobnicate"}).status, 2);
    EXPECT_EQ(installation.chainmend({"--help"}).status, 0);
    for (const char* command : {"serve", "ca", "env", "verify", "config"}) {
        EXPECT_EQ(installation.chainmend({command, "--help"}).status, 0) << command;
    }
}

}  // namespace
}  // namespace chainmend::test
