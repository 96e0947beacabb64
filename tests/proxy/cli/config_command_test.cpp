#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/proxy/cli/command_run.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using nlohmann::json;

TEST(ConfigCommand, TellsAllMistakesWithTheirPlaceAndChangesNothing) {
    CommandRun run;
    const auto path = run.file(
        "config.toml", "[trust]\nsystem = false\nfile = [\"a.pem\"]\n[verify]\nprofile = \"strict\"\n");
    const auto answer = run({"config", "check", "--config", path});
    EXPECT_EQ(answer.status, 3);
    EXPECT_NE(answer.out.find(path + ":3:1  unknown key \"trust.file\"; did you mean \"trust.files\"?\n"),
              std::string::npos)
        << answer.out;
    EXPECT_NE(
        answer.out.find(path +
                        ":5:1  verify.profile is \"strict\"; it may be default, rfc5280, webpki or compat\n"),
        std::string::npos)
        << answer.out;
    EXPECT_TRUE(answer.out.ends_with("mistakes; nothing was changed\n")) << answer.out;
}

TEST(ConfigCommand, TellsThatATrustFileHoldsNoCa) {
    CommandRun run;
    const auto root = Identity::root("Root");
    const auto leaf = root.leaf("www.corp");
    const auto trusted = run.file("root.pem", root.pem());
    const auto wrong = run.file("www.pem", leaf.pem());
    const auto path = run.file("config.toml",
                               "[trust]\nsystem = false\nfiles = [\"" + trusted + "\", \"" + wrong + "\"]\n");
    const auto answer = run({"config", "check", "--config", path});
    EXPECT_EQ(answer.status, 3);
    EXPECT_NE(answer.out.find(path + ":3:1  trust.files[1]"), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find(wrong), std::string::npos) << answer.out;
}

TEST(ConfigCommand, IsContentWithAGoodFile) {
    CommandRun run;
    const auto trusted = run.file("root.pem", Identity::root("Root").pem());
    const auto path = run.file("config.toml", "[trust]\nsystem = false\nfiles = [\"" + trusted + "\"]\n");
    const auto answer = run({"config", "check", "--config", path});
    EXPECT_EQ(answer.status, 0) << answer.out << answer.err;
    EXPECT_EQ(answer.out, path + ": no mistakes\n");
}

TEST(ConfigCommand, ReportsMistakesAsJson) {
    CommandRun run;
    const auto path = run.file("config.toml", "[listen]\nworkers = -1\n");
    const auto answer = run({"config", "check", "--json", "--config", path});
    const auto report = json::parse(answer.out);
    EXPECT_EQ(report["file"], path);
    EXPECT_EQ(report["mistakes"][0]["line"], 2);
    EXPECT_EQ(report["mistakes"][0]["column"], 1);
    EXPECT_EQ(report["mistakes"][0]["text"], "listen.workers is -1; it may be from 0 to 1024");
}

TEST(ConfigCommand, ShowsWhereEachSettingComesFrom) {
    CommandRun run;
    const auto path = run.file("config.toml", "[repair]\nmax_fetches = 4\n");
    run.environment["CHAINMEND_CONFIG"] = path;
    const auto answer = run({"config", "show", "--set", "listen.workers=3", "--json"});
    ASSERT_EQ(answer.status, 0) << answer.err;
    const auto settings = json::parse(answer.out)["settings"];
    EXPECT_EQ(settings["repair"]["max_fetches"], json({{"value", 4}, {"from", path + ":2"}}));
    EXPECT_EQ(settings["listen"]["workers"], json({{"value", 3}, {"from", "--set"}}));
    EXPECT_EQ(settings["repair"]["budget"], json({{"value", "3s"}, {"from", "default"}}));
    EXPECT_EQ(settings["repair"]["store"]["value"],
              run.directory() + "/.local/state/chainmend/intermediates");
    const auto text = run({"config", "show", "--set", "listen.workers=3"}).out;
    EXPECT_NE(text.find("workers = 3                                             # --set\n"),
              std::string::npos)
        << text;
}

TEST(ConfigCommand, ShowsSettingsAsAFileThatReadsBack) {
    CommandRun run;
    const auto shown = run({"config", "show", "--set", "listen.workers=3"});
    const auto again = run({"config", "show", "--json", "--config", run.file("shown.toml", shown.out)});
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(json::parse(again.out)["settings"]["listen"]["workers"]["value"], 3);
}

TEST(ConfigCommand, PrintsADefaultFileThatIsAccepted) {
    CommandRun run;
    const auto printed = run({"config", "default"});
    ASSERT_EQ(printed.status, 0);
    const auto shown = run({"config", "show", "--config", run.file("default.toml", printed.out)});
    EXPECT_EQ(shown.status, 0) << shown.err;
}

TEST(ConfigCommand, ExplainsWhichRuleHoldsForAHost) {
    CommandRun run;
    const auto file =
        run.file("config.toml",
                 "[[host]]\nmatch = [\"*.test\"]\n[[host]]\nmatch = [\"a.test\"]\nrevocation = \"hard\"\n");
    const auto answer = run({"--config", file, "config", "explain", "A.test"});
    EXPECT_EQ(answer.status, 0) << answer.err;
    for (const std::string text : {"a.test: [[host]] 2 (a.test) holds", "no say: [[host]] 1 (*.test)",
                                   "revocation = \"hard\"", "# [[host]] 2 (a.test)", "# verify.profile"})
        EXPECT_NE(answer.out.find(text), std::string::npos) << text << "\n" << answer.out;
    const auto in_json = run({"--config", file, "config", "explain", "--json", "b.test"});
    const auto explained = json::parse(in_json.out);
    EXPECT_EQ(explained["rule"], "[[host]] 1 (*.test)");
    EXPECT_EQ(explained["settings"]["revocation"]["value"], "stapled");
    EXPECT_EQ(run({"config", "explain", "not a host"}).status, 2);
}

TEST(ConfigCommand, ChecksWhatRulesAndExceptionsName) {
    CommandRun run;
    const auto file =
        run.file("config.toml",
                 "[trust.only_for]\n\"/nowhere.pem\" = \"a.test\"\n[[host]]\nmatch = [\"a.test\"]\n"
                 "trust.files = [\"/nowhere.pem\"]\n");
    const auto root = run.file("root.pem", Identity::root("Root").pem());
    const auto answer = run(
        {"--config", file, "--set", "trust.system=false", "--set", "trust.files=" + root, "config", "check"});
    EXPECT_EQ(answer.status, 3);
    EXPECT_NE(answer.out.find("trust.only_for: \"/nowhere.pem\" is neither"), std::string::npos)
        << answer.out;
    EXPECT_NE(answer.out.find("[[host]] 1 trust.files[0]"), std::string::npos) << answer.out;
}

TEST(ConfigCommand, ChecksEveryFileThatAStartWouldNeed) {
    CommandRun run;
    const auto root = run.file("root.pem", Identity::root("Root").pem());
    const auto check = [&](const std::string& text) {
        const auto file =
            run.file("config.toml", "[trust]\nsystem = false\nfiles = [\"" + root + "\"]\n" + text);
        const auto answer = run({"--config", file, "config", "check"});
        EXPECT_EQ(answer.status, 3) << text;
        return answer.out;
    };
    EXPECT_NE(check("[[host]]\nmatch = [\"a.test\"]\nclient_certificate = \"/nowhere.p12\"\n")
                  .find("[[host]] 1 (a.test): client_certificate: can not read /nowhere.p12"),
              std::string::npos);
    for (const std::string setting : {"listen.auth", "verify.crl_files", "repair.preload"}) {
        const auto dot = setting.find('.');
        const bool is_list = setting != "listen.auth";
        const auto out = check("[" + setting.substr(0, dot) + "]\n" + setting.substr(dot + 1) + " = " +
                               (is_list ? "[\"/nowhere\"]\n" : "\"/nowhere\"\n"));
        EXPECT_NE(out.find(":5:1  " + setting), std::string::npos) << out;
    }
    EXPECT_FALSE(std::filesystem::exists(run.directory() + "/.local")) << "a check leaves no trace";
}

TEST(ConfigCommand, ShowsNoPassword) {
    CommandRun run;
    const auto file = run.file("config.toml",
                               "[upstream]\nproxy = \"http://bob:s3cret@proxy.test:3128\"\n"
                               "[[host]]\nmatch = [\"a.test\"]\nclient_certificate_password = \"s3cret\"\n"
                               "upstream.proxy = \"http://s3cret@proxy.test:3128\"\n");
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"config", "show"},
                                                      {"config", "show", "--json"},
                                                      {"config", "explain", "a.test"},
                                                      {"config", "explain", "--json", "a.test"},
                                                      {"config", "explain", "b.test"}}) {
        auto all = arguments;
        all.insert(all.begin(), {"--config", file});
        const auto answer = run(all);
        EXPECT_EQ(answer.status, 0) << answer.err;
        EXPECT_NE(answer.out.find("***@proxy.test:3128"), std::string::npos) << answer.out;
        EXPECT_EQ(answer.out.find("s3cret"), std::string::npos) << answer.out;
    }
}

TEST(ConfigCommand, WarnsOfALimitForACaThatNobodyKnows) {
    CommandRun run;
    const auto root = Identity::root("Root");
    const auto check = [&](const std::string& fingerprint) {
        const auto file = run.file("config.toml",
                                   "[trust]\nsystem = false\nfiles = [\"" + run.file("root.pem", root.pem()) +
                                       "\"]\n[trust.only_for]\n\"" + fingerprint + "\" = \"a.test\"\n");
        const auto answer = run({"--config", file, "config", "check"});
        EXPECT_EQ(answer.status, 0) << answer.out;
        return answer.err;
    };
    EXPECT_EQ(check(to_hex(root.certificate()->sha256())), "");
    EXPECT_EQ(check(to_hex(root.certificate()->spki_sha256())), "");
    EXPECT_NE(check(std::string(64, 'a')).find("is it mistyped?"), std::string::npos);
}

TEST(ConfigCommand, NamesAFileThatIsNotThere) {
    CommandRun run;
    const auto answer = run({"config", "show", "--config", run.directory() + "/none.toml"});
    EXPECT_EQ(answer.status, 3);
    EXPECT_NE(answer.err.find(run.directory() + "/none.toml"), std::string::npos) << answer.err;
}

// What `config check` tells, `serve` tells too, and does not start.
TEST(ServeCommand, TellsAllMistakesAtOnce) {
    CommandRun run;
    const auto root = Identity::root("Root");
    const auto trusted = run.file("root.pem", root.pem());
    const auto wrong = run.file("www.pem", root.leaf("www.corp").pem());
    const std::string files =
        "[trust]\nsystem = false\nfiles = [\"" + trusted + "\", \"" + wrong + "\", \"/no/such.pem\"]\n";
    for (const std::string more : {"", "file = [\"x\"]\n[verify]\nrevocation = \"strict\"\n"}) {
        const auto path = run.file("config.toml", files + more);
        const auto checked = run({"config", "check", "--config", path});
        EXPECT_EQ(checked.status, 3);
        const auto served = run({"serve", "--config", path});
        EXPECT_EQ(served.status, 3);
        std::istringstream lines(checked.out);
        for (std::string line; std::getline(lines, line) && line.find("nothing was changed") == line.npos;) {
            const auto text = line.substr(line.find("  ") + 2);
            EXPECT_NE(served.err.find(text.substr(text.find_first_not_of(' '))), std::string::npos)
                << line << "\n"
                << served.err;
        }
    }
}

}  // namespace
}  // namespace chainmend::test
