#include "config/setting_table.h"

#include <gtest/gtest.h>

#include <set>

#include "config/settings_reader.h"

namespace chainmend::config {
namespace {

/// A value of the row's kind that is not its default.
std::string another_value(const Setting<Settings>& row) {
    using enum ValueRule::Kind;
    const std::string now = row.to_toml(Settings{});
    switch (row.rule.kind) {
        case boolean:
            return now == "true" ? "false" : "true";
        case integer:
        case size:
            return std::to_string(row.rule.least + 1);
        case duration:
            return "\"" + std::to_string(row.rule.least / 1000 + 7) + "s\"";
        case choice:
            return "\"" +
                   (("\"" + row.rule.choices[0] + "\"") == now ? row.rule.choices[1] : row.rule.choices[0]) +
                   "\"";
        case ports:
            return "[4433]";
        case text_map:
            for (const std::string candidate : {"192.0.2.7", "2026-01-31", "*.a.test"}) {
                if (!row.rule.check(candidate)) return "{ \"a.test\" = \"" + candidate + "\" }";
            }
            return "";
        case list:
        case text:
            break;
    }
    for (const std::string candidate : {"192.0.2.7", "192.0.2.7:443", "http://proxy.test:3128",
                                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}) {
        if (row.rule.check == nullptr || !row.rule.check(candidate)) {
            return row.rule.kind == list ? "[\"" + candidate + "\"]" : "\"" + candidate + "\"";
        }
    }
    return "";
}

SettingsReading read(const std::string& assignment) {
    return read_settings({"", "", {assignment}, "/state"});
}

TEST(SettingTable, CanSetEveryKey) {
    std::set<std::string> names;
    for (const auto& row : setting_table()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name << " is there twice";
        const std::string value = another_value(row);
        const auto reading = read(row.name + "=" + value);
        EXPECT_NE(row.to_toml(reading.settings), row.to_toml(Settings{})) << row.name << " = " << value;
        EXPECT_EQ(reading.mistakes.empty(), row.in_force) << row.name;
        EXPECT_FALSE(row.purpose.empty() || row.if_wrong.empty()) << row.name;
    }
}

TEST(SettingTable, RefusesAKeyThatWouldHaveNoEffectUnlessItIsTheDefault) {
    for (const auto& row : setting_table()) {
        if (row.in_force) continue;
        EXPECT_TRUE(read(row.name + "=" + row.to_toml(Settings{})).mistakes.empty()) << row.name;
        const auto mistakes = read(row.name + "=" + another_value(row)).mistakes;
        ASSERT_EQ(mistakes.size(), 1u) << row.name;
        EXPECT_EQ(mistakes[0].text, row.name + " has no effect in this version yet; leave it out");
    }
}

// Fails to compile when a section gains a field; then the number below and a row in the table belong
// together.
template <std::size_t Fields>
std::size_t rows_of(const std::string& section) {
    std::size_t count = 0;
    for (const auto& row : setting_table())
        count += row.name.starts_with(section + ".");
    EXPECT_EQ(count, Fields) << section;
    return count;
}

TEST(SettingTable, HasOneRowForEveryFieldOfTheStruct) {
    {
        [[maybe_unused]] const auto [a, b, c, d, e, f, g, h, i] = ListenSettings{};
        rows_of<9>("listen");
    }
    {
        [[maybe_unused]] const auto [a, b, c, d, e, f, g] = TrustSettings{};
        rows_of<7>("trust");
    }
    {
        [[maybe_unused]] const auto [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = RepairSettings{};
        rows_of<14>("repair");
    }
    {
        [[maybe_unused]] const auto [a, b, c, d] = EgressSettings{};
        rows_of<4>("egress");
    }
    {
        [[maybe_unused]] const auto [a, b] = ConnectSettings{};
        rows_of<2>("connect");
    }
    {
        [[maybe_unused]] const auto [a, b, c, d, e, f, g, h] = VerifySettings{};
        rows_of<8>("verify");
    }
    {
        [[maybe_unused]] const auto [a, b, c, d, e, f, g] = InterceptSettings{};
        rows_of<7>("intercept");
    }
    {
        [[maybe_unused]] const auto [a, b, c, d, e, f, g] = UpstreamSettings{};
        rows_of<7>("upstream");
    }
    {
        [[maybe_unused]] const auto [a, b, c] = FailureSettings{};
        rows_of<3>("failure");
    }
    {
        [[maybe_unused]] const auto [a, b, c, d] = LogSettings{};
        rows_of<4>("log");
    }
    {
        [[maybe_unused]] const auto [a, b, c] = HistorySettings{};
        rows_of<3>("history");
    }
    {
        [[maybe_unused]] const auto [a, b, c, d, e, f, g, h] = MonitorSettings{};
        rows_of<8>("monitor");
    }
    {
        [[maybe_unused]] const auto [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = HostRule{};
        EXPECT_EQ(host_rule_table().size(), 15u);
    }
    {
        [[maybe_unused]] const auto [a, b, c, d, e, f] = ExceptionRule{};
        EXPECT_EQ(exception_rule_table().size(), 6u);
    }
    [[maybe_unused]] const auto [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = Settings{};
    EXPECT_EQ(section_texts().size() + 2, 14u);
}

}  // namespace
}  // namespace chainmend::config
