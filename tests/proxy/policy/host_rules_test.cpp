#include "proxy/policy/host_rules.h"

#include <gtest/gtest.h>

#include "config/settings_reader.h"
#include "proxy/policy/exception_book.h"
#include "proxy/policy/policy_explanation.h"
#include "tests/support/pki.h"

namespace chainmend::proxy {
namespace {

config::Settings settings(const std::string& toml) {
    auto reading = config::read_settings({"config.toml", toml, {}, "/state"});
    EXPECT_TRUE(reading.mistakes.empty()) << reading.mistakes.front().text;
    return reading.settings;
}

constexpr const char* three_rules = R"(
[verify]
revocation = "soft"
[[host]]
match = ["*.corp.test"]
action = "pass"
[[host]]
match = ["*.x.corp.test", "a.test"]
profile = "compat"
[[host]]
match = ["intranet.x.corp.test", "*.corp.test"]
revocation = "hard"
)";

std::string rule_for(const std::string& host) {
    return explain_policy(settings(three_rules), host, test::noon()).rule;
}

TEST(HostRules, TheMostSpecificPatternHoldsAndAmongEqualsTheFirst) {
    EXPECT_EQ(rule_for("intranet.x.corp.test"), "[[host]] 3 (intranet.x.corp.test)");
    EXPECT_EQ(rule_for("other.x.corp.test"), "[[host]] 2 (*.x.corp.test)");
    EXPECT_EQ(rule_for("www.corp.test"), "[[host]] 1 (*.corp.test)");
    EXPECT_EQ(rule_for("corp.test"), "");
    EXPECT_EQ(rule_for("a.test"), "[[host]] 2 (a.test)");
}

TEST(PolicyExplanation, TellsWhereEachValueComesFromAndWhichRulesHaveNoSay) {
    const auto explained = explain_policy(settings(three_rules), "other.x.corp.test", test::noon());
    EXPECT_EQ(explained.outdone,
              (std::vector<std::string>{"[[host]] 1 (*.corp.test)", "[[host]] 3 (*.corp.test)"}));
    const auto line = [&](const std::string& name) {
        for (const auto& each : explained.lines) {
            if (each.name == name) return each.value + " from " + each.from;
        }
        return std::string();
    };
    EXPECT_EQ(line("profile"), "\"compat\" from [[host]] 2 (*.x.corp.test)");
    EXPECT_EQ(line("revocation"), "\"soft\" from verify.revocation");
    EXPECT_EQ(line("action"), "\"inspect\" from default");
    EXPECT_EQ(line("min_tls"), "\"1.2\" from verify.min_tls");
    EXPECT_EQ(line("browser_style"), "\"page\" from failure.browser_style");
}

TEST(PolicyExplanation, TellsWhichLimitedCasMayVouchForTheHost) {
    const auto explained = [](const std::string& host) {
        return explain_policy(settings("[trust.only_for]\n\"CN=Corp Root\" = \"*.corp.test\"\n"), host,
                              test::noon())
            .lines.back();
    };
    EXPECT_EQ(explained("a.corp.test").value, "CN=Corp Root may vouch for it");
    EXPECT_EQ(explained("a.test").value, "CN=Corp Root may not vouch for it");
    EXPECT_EQ(explained("a.test").from, "trust.only_for");
}

// The same host in another spelling.
TEST(HostRules, AnIpv4AddressIsTheSameHostInIpv6) {
    const auto rule = [](const std::string& host) {
        return explain_policy(settings("[[host]]\nmatch = [\"192.0.2.1\"]\naction = \"refuse\"\n"), host,
                              test::noon())
            .rule;
    };
    EXPECT_EQ(rule("192.0.2.1"), "[[host]] 1 (192.0.2.1)");
    EXPECT_EQ(rule("::ffff:192.0.2.1"), "[[host]] 1 (192.0.2.1)");
    EXPECT_EQ(rule("::fffe:192.0.2.1"), "");
}

TEST(PolicyExplanation, TellsTheExceptionsForAHostAndWhichAreOver) {
    const std::string key(64, 'a');
    const auto explained =
        explain_policy(settings("[[exception]]\nhost = \"*.test\"\nspki = \"" + key +
                                "\"\nreason = \"r\"\nowner = \"o\"\nexpires = \"2026-05-31\"\n"
                                "forgives = [\"expired\"]\n"),
                       "a.test", test::noon());
    ASSERT_EQ(explained.exceptions.size(), 1u);
    EXPECT_TRUE(explained.exceptions[0].is_over);
}

TEST(ExceptionBook, TellsOnceWhatIsNotNeededAndWhatWasNotUsed) {
    using State = certs::ExceptionUse::State;
    const auto exception = std::make_shared<const certs::Exception>(
        certs::Exception{"a.test", Sha256{1}, "why", "ops", test::noon(), {certs::Reason::expired}});
    ExceptionBook book;
    EXPECT_EQ(book.unused({exception}).size(), 1u);
    const auto note = book.note({State::not_needed, exception});
    ASSERT_TRUE(note);
    EXPECT_EQ(*note, "the exception for a.test (owner: ops) is not needed: the host is accepted without it");
    EXPECT_FALSE(book.note({State::not_needed, exception}));
    EXPECT_TRUE(book.note({State::expired, exception}));
    EXPECT_EQ(book.unused({exception}).size(), 1u);
    EXPECT_FALSE(book.note({State::used, exception}));
    EXPECT_TRUE(book.unused({exception}).empty());
}

}  // namespace
}  // namespace chainmend::proxy
