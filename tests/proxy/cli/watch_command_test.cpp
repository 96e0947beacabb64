#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/proxy/cli/command_run.h"
#include "tests/support/closed_port.h"
#include "tests/support/origin.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using nlohmann::json;
using std::chrono::days;

class Watching : public ::testing::Test {
  protected:
    Answer watch(std::vector<std::string> arguments, bool resolves = true) {
        arguments.insert(arguments.begin(), "watch");
        std::vector<std::string> assignments{
            "trust.system=false",
            "trust.files=[\"" + run.file("root.pem", root.certificate()->pem()) + "\"]"};
        if (resolves) assignments.emplace_back("upstream.resolve={\"leaf.test\"=\"127.0.0.1\"}");
        for (const std::string& assignment : assignments) {
            arguments.push_back("--set");
            arguments.push_back(assignment);
        }
        return run(arguments);
    }
    Identity leaf_until(Time end) {
        CertificateSpec spec;
        spec.not_before = noon() - days{300};
        spec.not_after = end;
        return root.leaf("leaf.test", spec);
    }
    static std::string target(const Origin& origin) { return "leaf.test:" + std::to_string(origin.port()); }

    CommandRun run;
    Identity root = Identity::root("Root");
};

TEST_F(Watching, LooksOnceAndRemembersWhatItTold) {
    Origin origin(OriginOptions::of(leaf_until(noon() + days{6})));
    const auto first = watch({"--once", target(origin)});
    EXPECT_EQ(first.status, 0) << first.err;
    EXPECT_NE(first.out.find(": expiring: leaf.test ends in 6 days"), std::string::npos) << first.out;
    EXPECT_NE(first.out.find("1 host: 1 accepted"), std::string::npos) << first.out;
    const auto second = watch({"--once", target(origin)});
    EXPECT_EQ(second.status, 0) << second.err;
    EXPECT_EQ(second.out.find("expiring"), std::string::npos) << second.out;
}

TEST_F(Watching, AnswersAsANagiosPlugin) {
    Origin fine(OriginOptions::of(leaf_until(noon() + days{90})));
    Origin soon(OriginOptions::of(leaf_until(noon() + days{20})));
    Origin late(OriginOptions::of(leaf_until(noon() + days{3})));
    EXPECT_EQ(watch({"--nagios", target(fine)}).status, 0);
    const auto warning = watch({"--nagios", target(soon)});
    EXPECT_EQ(warning.status, 1) << warning.out << warning.err;
    EXPECT_EQ(warning.out.rfind("WARNING - ", 0), 0U) << warning.out;
    EXPECT_EQ(watch({"--nagios", target(late)}).status, 2);
    const ClosedPort closed;
    EXPECT_EQ(watch({"--nagios", closed.address()}).status, 2);
}

// 2 would be taken for a server in a critical state.
TEST_F(Watching, IsAPluginThatSaysWhenItCouldNotLook) {
    for (const auto& mistaken : {std::vector<std::string>{"--nagios"},
                                 {"--nagios", "not a host"},
                                 {"--nagios", "--no-such-option"},
                                 {"--nagios", "leaf.test", "--set", "history.database=\"\""}}) {
        const auto unknown = watch(mistaken);
        EXPECT_EQ(unknown.status, 3) << unknown.out;
        EXPECT_EQ(unknown.out.rfind("UNKNOWN - ", 0), 0U) << unknown.out;
        EXPECT_EQ(unknown.err, "");
    }
    EXPECT_EQ(watch({"--once", "not a host"}).status, 2);
}

TEST_F(Watching, EndsWithOneWhenAHostIsRefusedAndSaysSoInJson) {
    Origin good(OriginOptions::of(leaf_until(noon() + days{90})));
    const auto stranger = Identity::root("Stranger");
    Origin bad(OriginOptions::of(stranger.leaf("leaf.test"), {stranger.certificate()}));
    const auto answer = watch({"--once", "--json", target(good), target(bad)});
    EXPECT_EQ(answer.status, 1) << answer.err;
    std::istringstream lines(answer.out);
    int accepted = 0;
    int refused = 0;
    for (std::string line; std::getline(lines, line);)
        ++(json::parse(line)["decision"] == "accepted" ? accepted : refused);
    EXPECT_EQ(accepted, 1) << answer.out;
    EXPECT_EQ(refused, 1) << answer.out;
}

TEST_F(Watching, SaysWhenThereIsNothingToLookAt) {
    const auto nothing = watch({"--once"});
    EXPECT_EQ(nothing.status, 2);
    EXPECT_NE(nothing.err.find("monitor.hosts"), std::string::npos) << nothing.err;
    const auto forgetful = watch({"--once", "leaf.test", "--set", "history.database=\"\""});
    EXPECT_EQ(forgetful.status, 3) << forgetful.err;
    EXPECT_EQ(watch({"--once", "no host"}).status, 2);
}

TEST_F(Watching, SaysWhichAddressOfANameIsNotReached) {
    Origin origin(OriginOptions::of(leaf_until(noon() + days{90})));
    const std::vector<std::string> addresses{"--set",
                                             "upstream.resolve={\"leaf.test\"=\"127.0.0.1 127.0.0.3\"}"};
    const auto look = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), addresses.begin(), addresses.end());
        return watch(std::move(arguments), false);
    };
    const auto table = look({"--once", target(origin)});
    EXPECT_EQ(table.status, 0) << table.err;
    EXPECT_NE(table.out.find("not reached: 127.0.0.3 (connection_refused)"), std::string::npos) << table.out;
    const auto answer = look({"--once", "--json", target(origin)});
    EXPECT_EQ(json::parse(answer.out)["silent"], (json{"127.0.0.3 (connection_refused)"})) << answer.out;
}

}  // namespace
}  // namespace chainmend::test
