#include "config/settings_reader.h"

#include <gtest/gtest.h>

#include "config/setting_table.h"
#include "config/settings_text.h"

namespace chainmend::config {
namespace {

SettingsReading read(const std::string& text, const std::vector<std::string>& assignments = {}) {
    return read_settings({"config.toml", text, assignments, "/state"});
}

/// All mistakes, a line each.
std::string mistakes(const std::string& text, const std::vector<std::string>& assignments = {}) {
    std::string lines;
    for (const Mistake& mistake : read(text, assignments).mistakes)
        lines += mistake.where + " " + mistake.text + "\n";
    return lines;
}

TEST(SettingsReader, GivesTheDefaultsForNothing) {
    const auto reading = read("");
    EXPECT_TRUE(reading.mistakes.empty());
    EXPECT_EQ(reading.settings.listen.address, "127.0.0.1:8181");
    EXPECT_EQ(reading.settings.repair.store, "/state/intermediates");
    EXPECT_TRUE(reading.origins.empty());
}

TEST(SettingsReader, ReadsEveryTypeOfValue) {
    const auto reading = read(R"([listen]
address = "[::1]:0"
workers = 3
[trust]
system = false
files = ["<state>/a.pem", "/etc/b.pem"]
[repair]
budget = "1500ms"
max_bytes = "128KiB"
[connect]
ports = [443, 8443]
[failure]
remember = "0ms"
[intercept]
validity = "2d"
[upstream]
resolve = { "a.test" = "127.0.0.1" }
)");
    ASSERT_TRUE(reading.mistakes.empty()) << reading.mistakes[0].text;
    const Settings& settings = reading.settings;
    EXPECT_EQ(settings.listen.address, "[::1]:0");
    EXPECT_EQ(settings.listen.workers, 3);
    EXPECT_FALSE(settings.trust.system);
    EXPECT_EQ(settings.trust.files, (std::vector<std::string>{"/state/a.pem", "/etc/b.pem"}));
    EXPECT_EQ(settings.repair.budget, std::chrono::milliseconds{1500});
    EXPECT_EQ(settings.repair.max_bytes, 131072);
    EXPECT_EQ(settings.connect.ports, (std::vector<std::int64_t>{443, 8443}));
    EXPECT_EQ(settings.failure.remember, std::chrono::milliseconds{0});
    EXPECT_EQ(settings.intercept.validity, std::chrono::days{2});
    EXPECT_EQ(settings.upstream.resolve.at("a.test"), "127.0.0.1");
    EXPECT_EQ(reading.origins.at("listen.workers"), "config.toml:3");
}

TEST(SettingsReader, ReadsUnquotedHostNamesOfATable) {
    const auto reading = read("[upstream.resolve]\na.b.test = \"192.0.2.7\"\n");
    ASSERT_TRUE(reading.mistakes.empty());
    EXPECT_EQ(reading.settings.upstream.resolve.at("a.b.test"), "192.0.2.7");
}

TEST(SettingsReader, ReadsRulesForHosts) {
    const auto reading = read(R"([[host]]
match = ["*.corp.example", "old.test"]
action = "refuse"
[[host]]
match = ["x.test"]
)");
    ASSERT_TRUE(reading.mistakes.empty()) << reading.mistakes[0].text;
    ASSERT_EQ(reading.settings.hosts.size(), 2u);
    EXPECT_EQ(reading.settings.hosts[0].action, HostAction::refuse);
    EXPECT_EQ(reading.settings.hosts[1].action, HostAction::inspect);
}

TEST(SettingsReader, TellsAllMistakesAtOnceWithTheirPlace) {
    EXPECT_EQ(mistakes(R"([trust]
file = ["a.pem"]
fetch = true
[verify]
revocation = "strict"
max_depth = 300
min_tls = 1.2
[listn]
address = "x"
[listen]
address = "localhost"
workers = "two"
[repair]
budget = 3
max_bytes = "64 kilobytes"
[trust.files]
)"),
              R"(config.toml:2:1 unknown key "trust.file"; did you mean "trust.files"?
config.toml:3:1 unknown key "trust.fetch"; did you mean "repair.fetch"?
config.toml:5:1 verify.revocation is "strict"; it may be off, stapled, soft or hard
config.toml:6:1 verify.max_depth is 300; it may be from 0 to 255
config.toml:7:1 verify.min_tls is 1.2; it may be 1.0, 1.1, 1.2 or 1.3, in quotation marks
config.toml:8:2 unknown section "listn"; did you mean "listen"?
config.toml:11:1 listen.address is "localhost"; an address and a port are needed, for instance "127.0.0.1:8181" or "[::1]:8181"
config.toml:12:1 listen.workers is "two"; a whole number is needed, without quotation marks
config.toml:14:1 repair.budget is 3; a duration with its unit is needed, for instance "300ms", "3s", "10m" or "90d"
config.toml:15:1 repair.max_bytes is "64 kilobytes"; a size is needed, for instance "64KiB"
config.toml:16:8 trust.files is a table; a list is needed, for instance ["one", "two"]
)");
}

TEST(SettingsReader, NamesTheElementOfAListThatIsWrong) {
    EXPECT_EQ(mistakes("[egress]\nallow = [\"10.0.0.0/8\", \"10.0.0.0/33\"]\n[connect]\nports = []\n"),
              "config.toml:2:1 egress.allow[2] is \"10.0.0.0/33\"; an address or a network is needed, "
              "perhaps with a port, "
              "for instance \"10.0.0.0/8\", \"10.1.2.3:8080\" or \"[fd00::/8]:8080\"\n"
              "config.toml:4:1 connect.ports is a list; it may be a list of ports from 1 to 65535 such as "
              "[443, 8443], "
              "\"any\" or \"auto\"\n");
}

TEST(SettingsReader, TellsWhereTheSyntaxIsWrong) {
    const auto reading = read("[listen]\naddress = \n");
    ASSERT_EQ(reading.mistakes.size(), 1u);
    EXPECT_EQ(reading.mistakes[0].where, "config.toml:2:11");
    EXPECT_TRUE(reading.mistakes[0].text.starts_with("this is no TOML: ")) << reading.mistakes[0].text;
}

TEST(SettingsReader, RefusesAPatternThatCouldMatchNoHost) {
    const auto complaint = [](const std::string& list) {
        const auto text = mistakes("[[host]]\nmatch = " + list + "\n");
        return text.substr(0, text.find('\n'));
    };
    EXPECT_EQ(complaint("[\"a.test.\"]"),
              "config.toml:2:1 match[1] is \"a.test.\"; leave out the dot at the end");
    EXPECT_EQ(
        complaint("[\"0:0:0:0:0:0:0:1\"]"),
        "config.toml:2:1 match[1] is \"0:0:0:0:0:0:0:1\"; hosts are compared in the usual spelling; write "
        "\"::1\"");
    EXPECT_NE(complaint("[\"::ffff:192.0.2.7\"]").find("write \"192.0.2.7\""), std::string::npos);
    EXPECT_EQ(complaint("[]"), "config.toml:2:1 match is an empty list; at least one is needed");
    EXPECT_EQ(complaint("[\"::1\", \"192.0.2.7\", \"*.a.test\"]"), "");
}

TEST(SettingsReader, QuotesNoPassword) {
    for (const std::string url :
         {"http://corp:s3cr%40t@", "corp:s3cr%40t@proxy.test:3128", "http://s3cr%40t@x:y"}) {
        const auto text = mistakes("[upstream]\nproxy = \"" + url + "\"\n");
        EXPECT_NE(text.find("***@"), std::string::npos) << text;
        EXPECT_EQ(text.find("s3cr"), std::string::npos) << text;
    }
}

TEST(SettingsReader, NamesACharacterThatCannotBePrintedByItsNumber) {
    EXPECT_EQ(mistakes("workers = t\n"),
              "config.toml:1:12 this is no TOML: in this boolean: expected 'true', saw 't\\u000A'\n");
    EXPECT_EQ(mistakes("", {"repair.fetch=\x1b[2J"}),
              "--set repair.fetch: the value is no TOML: \\u001B[2J\n");
}

TEST(SettingsReader, WantsEveryKeyOfAnException) {
    EXPECT_EQ(mistakes("[[exception]]\nhost = \"a.test\"\nreason = \"\"\nexpires = "
                       "\"soon\"\n[[host]]\nactoin = \"pass\"\n"),
              R"(config.toml:1:1 this [[exception]] has no spki
config.toml:1:1 this [[exception]] has no owner
config.toml:1:1 this [[exception]] has no forgives
config.toml:3:1 reason is ""; it may not be empty
config.toml:4:1 expires is "soon"; a date is needed, for instance "2026-12-31"
config.toml:5:1 this [[host]] has no match
config.toml:6:1 unknown key "actoin"; did you mean "action"?
)");
}

TEST(SettingsReader, SaysHowARuleIsWrittenWhenOneBracketIsMissing) {
    EXPECT_EQ(mistakes("[host]\nmatch = [\"a.test\"]\n"),
              "config.toml:1:2 host may be given several times; write [[host]] with two brackets\n");
}

TEST(SettingsReader, TakesAssignmentsThroughTheSameChecks) {
    const auto reading = read("[listen]\nworkers = 1\n",
                              {"listen.workers=2", "listen.address=127.0.0.1:0", "trust.files=/a.pem,/b.pem",
                               "repair.max_bytes=65536", "connect.ports=443,8443", "repair.budget=2s",
                               "trust.system=false", "upstream.resolve={\"a.test\"=\"127.0.0.1\"}"});
    ASSERT_TRUE(reading.mistakes.empty()) << reading.mistakes[0].text;
    EXPECT_EQ(reading.settings.listen.workers, 2);
    EXPECT_EQ(reading.settings.listen.address, "127.0.0.1:0");
    EXPECT_EQ(reading.settings.trust.files, (std::vector<std::string>{"/a.pem", "/b.pem"}));
    EXPECT_EQ(reading.settings.connect.ports, (std::vector<std::int64_t>{443, 8443}));
    EXPECT_EQ(reading.origins.at("listen.workers"), "--set");
    EXPECT_EQ(mistakes("", {"listen.worker=2", "listen.workers", "listen.workers=-1", "repair.fetch=maybe",
                            "trust.system"}),
              R"(--set unknown key "listen.worker"; did you mean "listen.workers"?
--set "listen.workers" has no "="; write --set section.key=value
--set listen.workers is -1; it may be from 0 to 1024
--set repair.fetch: the value is no TOML: maybe
--set "trust.system" has no "="; write --set section.key=value
)");
}

TEST(SettingsReader, CutsAndEscapesWhatItQuotes) {
    const std::string reported =
        mistakes("[listen]\naddress = \"a\\u001b[31m\\n" + std::string(300, 'x') + "\"\n");
    EXPECT_EQ(reported.find('\x1b'), std::string::npos);
    EXPECT_EQ(std::count(reported.begin(), reported.end(), '\n'), 1);
    EXPECT_LT(reported.size(), 250u);
}

TEST(DefaultConfigFile, ParsesBackToTheDefaults) {
    const auto reading = read_settings({"default", default_config_file(), {}, "<state>"});
    for (const Mistake& mistake : reading.mistakes)
        ADD_FAILURE() << mistake.where << " " << mistake.text;
    for (const auto& row : setting_table()) {
        EXPECT_EQ(row.to_toml(reading.settings), row.to_toml(Settings{})) << row.name;
        EXPECT_TRUE(reading.origins.contains(row.name)) << row.name << " is not in the default file";
    }
}

}  // namespace
}  // namespace chainmend::config
