#include <gtest/gtest.h>

#include <filesystem>

#include "tests/e2e/sites.h"

// `chainmend doctor` tells what the clients of a shell would really do.
namespace chainmend::test {
namespace {

using nlohmann::json;

class Doctor : public testing::Test {
  protected:
    Doctor() {
        installation.start();
        tool("node", "echo v24.11.0");
    }

    /// A program that stands before the machine's own of that name.
    void tool(const std::string& name, const std::string& does) const {
        const auto file = installation.write("tools/" + name, "#!/bin/sh\n" + does + "\n");
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }

    /// Asked in the environment that `chainmend env` makes, changed by a piece of shell.
    Outcome asked(const std::string& change, const std::string& options = "") const {
        Command command = installation.chainmend_command({});
        command.environment["PATH"] = installation.path("tools") + ":/usr/bin:/bin";
        command.environment["GIT_CONFIG_NOSYSTEM"] = "1";
        const std::string binary = CHAINMEND_BINARY;
        const std::string at = " --set listen.address=" + installation.address();
        command.arguments = {"bash", "-c",
                             "eval \"$(" + binary + " env --shell sh" + at + ")\"\n" + change + "\nexec " +
                                 binary + " doctor" + at + " " + options};
        return run(command);
    }
    json answer(const std::string& change, const std::string& client) const {
        const auto outcome = asked(change, "--json");
        const auto told = json::parse(outcome.out);
        for (const auto& entry : told["clients"]) {
            if (entry["client"] == client) return entry;
        }
        return nullptr;
    }

    Installation installation;
};

TEST_F(Doctor, FindsNothingWrongBehindEnv) {
    const auto outcome = asked("export APT_CONFIG=${APT_CONFIG:-$HOME/state/chainmend/clients/apt.conf}");
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    EXPECT_EQ(outcome.out.find("FAILS"), std::string::npos) << outcome.out;
}

TEST_F(Doctor, TellsThatNothingIsSet) {
    const auto outcome =
        installation.chainmend({"doctor", "--set", "listen.address=" + installation.address()});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.out.find("no proxy: none of https_proxy"), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("eval \"$(chainmend env)\""), std::string::npos) << outcome.out;
}

TEST_F(Doctor, NamesTheSettingThatDefeatsAnother) {
    const auto other_proxy = answer("export https_proxy=http://other.test:3128", "curl");
    EXPECT_FALSE(other_proxy["good"]);
    EXPECT_EQ(other_proxy["proxy"]["variable"], "https_proxy");
    EXPECT_EQ(other_proxy["proxy"]["text"], "another proxy: http://other.test:3128");

    const auto other_list =
        answer("export REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt", "Python requests");
    EXPECT_TRUE(other_list["proxy"]["good"]);
    EXPECT_FALSE(other_list["trust"]["good"]);
    EXPECT_EQ(other_list["trust"]["variable"], "REQUESTS_CA_BUNDLE");
    EXPECT_TRUE(answer("export REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt", "curl")["good"]);

    EXPECT_FALSE(answer("export JAVA_TOOL_OPTIONS=-Xmx1g", "Java")["good"]);
    EXPECT_FALSE(answer("unset https_proxy", "wget")["good"]) << "it does not read the upper-case one";
    EXPECT_TRUE(answer("unset https_proxy", "Python urllib")["good"]);
    EXPECT_FALSE(answer("export https_proxy=${HTTPS_PROXY#http://}", "curl")["good"]);
    EXPECT_FALSE(answer("export WGETRC=/dev/null", "wget")["good"]);
    EXPECT_FALSE(answer("unset PHP_INI_SCAN_DIR", "PHP curl")["good"]);
    EXPECT_FALSE(answer("export SSL_CERT_FILE=/nowhere.pem", "Go")["good"]);
}

TEST_F(Doctor, AsksTheClientsThemselves) {
    tool("node", "echo v20.20.2");
    const auto outcome =
        asked("git config --global http.proxy http://u:secret@127.0.0.1:9; echo insecure >~/.curlrc");
    EXPECT_EQ(outcome.status, 1);
    for (const char* told : {"git's http.proxy: another proxy: http://***@127.0.0.1:9\n",
                             "Node v20.20.2 does not read it by itself", "/.curlrc: verifies nothing",
                             "Python aiohttp         depends "})
        EXPECT_NE(outcome.out.find(told), std::string::npos) << told << "\n" << outcome.out;
    EXPECT_EQ(outcome.out.find("secret"), std::string::npos) << outcome.out;
}

TEST_F(Doctor, ChecksTheUserAndPasswordAndShowsNeither) {
    const auto hash = run({{"openssl", "passwd", "-6", "secret"}, {}, installation.home(), ""});
    const auto auth = " --set listen.auth=" + installation.write("users", "alice:" + hash.out);
    const auto told = [&](const std::string& userinfo) {
        const auto outcome =
            asked("export https_proxy=http://" + userinfo + "${https_proxy#http://} ", auth + " -- curl");
        EXPECT_EQ(outcome.out.find("secret"), std::string::npos) << outcome.out;
        EXPECT_EQ(outcome.out.find("wrong"), std::string::npos) << outcome.out;
        return std::to_string(outcome.status) + outcome.out;
    };
    const auto right = told("alice:s%65cret@");
    EXPECT_TRUE(right.starts_with("0")) << right;
    EXPECT_NE(told("alice:wrong@").find("does not take this user and password"), std::string::npos);
    const auto without = told("");
    EXPECT_TRUE(without.starts_with("1")) << without;
    EXPECT_NE(without.find("write http://USER:PASSWORD@" + installation.address()), std::string::npos)
        << without;
}

TEST_F(Doctor, TellsWhatConcernsAll) {
    const auto outcome =
        asked("export NO_PROXY='*.corp.test,10.0.0.0/8' SSL_CERT_DIR=/etc/ssl/certs GIT_SSL_NO_VERIFY=1");
    for (const char* told :
         {"these hosts are reached without the proxy", "\"*.corp.test\", which only some clients",
          "\"10.0.0.0/8\", which only some", "SSL_CERT_DIR=/etc/ssl/certs", "git verifies nothing"}) {
        EXPECT_NE(outcome.out.find(told), std::string::npos) << told << "\n" << outcome.out;
    }
}

TEST_F(Doctor, LooksOnlyAtTheClientsOfACommand) {
    const auto told = json::parse(asked("", "--json -- /usr/bin/wget https://old.test/").out);
    ASSERT_EQ(told["clients"].size(), 1U);
    EXPECT_EQ(told["clients"][0]["client"], "wget");
    EXPECT_TRUE(told["listening"]);
}

TEST_F(Doctor, TellsThatNothingListens) {
    installation.stop();
    const auto outcome = asked("");
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.out.find("nothing listens there"), std::string::npos) << outcome.out;
}

}  // namespace
}  // namespace chainmend::test
