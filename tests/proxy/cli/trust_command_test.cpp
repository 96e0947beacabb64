#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/proxy/cli/command_run.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using nlohmann::json;

TEST(TrustCommand, ListsEveryAnchorWithTheFileItCameFrom) {
    CommandRun run;
    const auto file = run.file("root.pem", Identity::root("Corp Root").pem());
    const auto config = run.file("config.toml", "[trust]\nsystem = false\nfiles = [\"" + file + "\"]\n");
    const auto answer = run({"trust", "list", "--json", "--config", config});
    ASSERT_EQ(answer.status, 0) << answer.err;
    const auto trust = json::parse(answer.out);
    ASSERT_EQ(trust["anchors"].size(), 1u);
    EXPECT_EQ(trust["anchors"][0]["name"], "Corp Root");
    EXPECT_EQ(trust["anchors"][0]["origin"], file);
    const auto text = run({"trust", "list", "--config", config}).out;
    EXPECT_NE(text.find("Corp Root"), std::string::npos);
    EXPECT_NE(text.find("1 anchors from " + file), std::string::npos);
}

TEST(TrustCommand, LintEndsWithOneWhenSomethingIsWrong) {
    CommandRun run;
    const auto root = Identity::root("Corp Root");
    const auto good = run.file("root.pem", root.pem());
    const auto config = run.file("config.toml", "[trust]\nsystem = false\nfiles = [\"" + good + "\"]\n");
    EXPECT_EQ(run({"trust", "lint", "--config", config}).status, 0);
    run.file("root.pem", root.pem() + root.leaf("www.corp").pem());
    const auto answer = run({"trust", "lint", "--config", config});
    EXPECT_EQ(answer.status, 1);
    EXPECT_NE(answer.out.find("www.corp"), std::string::npos) << answer.out;
    EXPECT_EQ(run({"trust", "list", "--config", config}).status, 3);
}

}  // namespace
}  // namespace chainmend::test
