#include "proxy/report/check_monitoring.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace chainmend::proxy {
namespace {

/// A host whose name and cause try to break out of whatever they are written into.
CheckedHost hostile() {
    CheckedHost host;
    host.host = "a\"b\\c\nd{x=\"y\"} 1";
    host.reason = "expired";
    host.cause = "x | days=999\r\nOK - fine\x1b[2J \xe2\x80\xae";
    return host;
}

TEST(CheckMetrics, EscapeWhateverAHostIsCalled) {
    const auto text = check_metrics({hostile()});
    const std::string series = "{host=\"a\\\"b\\\\c\\nd{x=\\\"y\\\"} 1\",port=\"443\"} ";
    EXPECT_NE(text.find("\nchainmend_check_accepted" + series + "0\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\nchainmend_check_repaired" + series + "0\n"), std::string::npos) << text;
    // Three families with two lines each, and two series: days left are not known.
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 8) << text;
}

TEST(PluginLine, IsOneLineWithOneBarWhateverACertificateSays) {
    const auto line = plugin_line({hostile()}, {});
    EXPECT_EQ(line.rfind("CRITICAL - ", 0), 0U) << line;
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    EXPECT_EQ(line.back(), '\n');
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 1) << line;
    EXPECT_TRUE(line.ends_with(" | days=U;21:;7:\n")) << line;
    EXPECT_TRUE(std::all_of(line.begin(), line.end() - 1, [](char c) { return c >= 0x20 && c < 0x7f; }))
        << line;
}

}  // namespace
}  // namespace chainmend::proxy
