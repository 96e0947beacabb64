#include <cstdio>
#include <cstdlib>

#include "tests/proxy/admin/admin_fixture.h"

namespace chainmend::test {
namespace {

class Metrics : public AdminTest {};

TEST_F(Metrics, ArePassedByPrometheusOwnTool) {
    if (std::system("command -v promtool >/dev/null") != 0) GTEST_SKIP() << "promtool is not installed";
    start_with_pages();
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    Origin good(OriginOptions::of(leaf({"/ca1"})));
    Origin bad(OriginOptions::of(leaf({"/gone"})));
    visit(good);
    visit(bad);
    const auto file = directory.write("metrics", body_of(page("/metrics"))).string();
    FILE* tool = ::popen(("promtool check metrics < '" + file + "' 2>&1").c_str(), "r");
    ASSERT_NE(tool, nullptr);
    std::string said;
    char piece[4096];
    while (const auto size = std::fread(piece, 1, sizeof piece, tool))
        said.append(piece, size);
    EXPECT_EQ(::pclose(tool), 0) << said;
    EXPECT_EQ(said, "");
}

}  // namespace
}  // namespace chainmend::test
