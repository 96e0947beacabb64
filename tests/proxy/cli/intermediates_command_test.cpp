#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/proxy/cli/command_run.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using nlohmann::json;

/// A home whose only anchor is `root`.
class IntermediatesCommand : public ::testing::Test {
  protected:
    IntermediatesCommand() { run.file("root.pem", root.pem()); }

    Answer command(std::vector<std::string> arguments, const std::string& input = "") {
        arguments.insert(arguments.begin(), "intermediates");
        for (const std::string& word :
             {std::string("--set"), std::string("trust.system=false"), std::string("--set"),
              "trust.files=[\"" + run.directory() + "/root.pem\"]"}) {
            arguments.push_back(word);
        }
        return run(arguments, input);
    }

    CommandRun run;
    const Identity root = Identity::root("Root");
};

TEST_F(IntermediatesCommand, ImportsAndTellsWhatWasTakenAndWhatWasNot) {
    const auto ca = root.intermediate("CA 1");
    const auto file =
        run.file("in.pem", ca.pem() + root.pem() + Identity::root("X").intermediate("CA 2").pem());
    const auto imported = command({"import", file, "--json"});
    ASSERT_EQ(imported.status, 0) << imported.err;
    const auto report = json::parse(imported.out);
    EXPECT_EQ(report["taken"], 1);
    EXPECT_EQ(report["refused"], (json{{"self_signed", 1}, {"unanchored", 1}}));
    EXPECT_EQ(command({"import", file}).out,
              "0 taken, 1 known already, 1 refused: self_signed, 1 refused: unanchored\n");

    const auto listed = json::parse(command({"list", "--json"}).out);
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0]["name"], "CA 1");
    EXPECT_EQ(listed[0]["origin"], file);
    EXPECT_EQ(command({"export"}).out, ca.pem());
    EXPECT_NE(command({"show", "ca 1"}).out.find("CN=CA 1"), std::string::npos);
    EXPECT_EQ(json::parse(command({"stats", "--json"}).out)["imported"], 1);
}

TEST_F(IntermediatesCommand, KeepsWhatLeadsNowhereWhenToldTo) {
    const auto file = run.file("in.pem", Identity::root("X").intermediate("CA 2").pem());
    EXPECT_EQ(json::parse(command({"import", "--keep-unanchored", file, "--json"}).out)["taken"], 1);
}

TEST_F(IntermediatesCommand, PrunesWhatHasExpired) {
    ASSERT_EQ(command({"import", run.file("in.pem", root.intermediate("CA 1").pem())}).status, 0);
    EXPECT_EQ(command({"prune"}).out, "0 removed\n");
    run.now += std::chrono::days{4000};
    EXPECT_EQ(json::parse(command({"prune", "--json"}).out).size(), 1u);
    EXPECT_EQ(command({"list"}).out, "");
}

TEST_F(IntermediatesCommand, EndsWithThreeWhenAnInputCanNotBeRead) {
    EXPECT_EQ(command({"import", run.directory() + "/missing.pem"}).status, 3);
    EXPECT_EQ(command({"import", run.file("bad.pem", "hello")}).status, 3);
    EXPECT_EQ(command({"show", "nobody"}).status, 3);
    EXPECT_EQ(command({"import", run.file("file", "hello") + "/no-directory.pem"}).status, 3);
    EXPECT_EQ(command({"import", "/dev/null"}).status, 3);
}

TEST_F(IntermediatesCommand, EndsWithFourWhenTheStoreCanNotBeMade) {
    const auto input = run.file("in.pem", root.intermediate("CA 1").pem());
    const auto answer = command({"import", input, "--set", "repair.store=\"/proc/chainmend\""});
    EXPECT_EQ(answer.status, 4) << answer.err;
    EXPECT_EQ(command({"import", input, "--set", "repair.store=\"" + input + "/store\""}).status, 4);
}

TEST_F(IntermediatesCommand, ExportsNothingOnlyWhenNothingWasAskedFor) {
    EXPECT_EQ(command({"export"}).status, 0);
    const auto answer = command({"export", "nobody"});
    EXPECT_EQ(answer.status, 3);
    EXPECT_NE(answer.err.find("\"nobody\""), std::string::npos) << answer.err;
    EXPECT_EQ(answer.out, "");
}

// As <(...) and /dev/stdin are.
TEST_F(IntermediatesCommand, ReadsAPipeThatAPersonNamed) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const std::string pem = root.intermediate("CA 1").pem();
    ASSERT_EQ(::write(ends[1], pem.data(), pem.size()), static_cast<ssize_t>(pem.size()));
    ::close(ends[1]);
    const auto answer = command({"import", "/dev/fd/" + std::to_string(ends[0]), "--json"});
    ::close(ends[0]);
    ASSERT_EQ(answer.status, 0) << answer.err;
    EXPECT_EQ(json::parse(answer.out)["taken"], 1);
}

TEST_F(IntermediatesCommand, PrintsNoFilesNameAsItIs) {
    std::filesystem::create_directory(run.directory() + "/in");
    run.file("in/a\x1b[31m\nb.pem", "nothing");
    run.file("in/good.pem", root.intermediate("CA 1").pem());
    const auto imported = command({"import", run.directory() + "/in"});
    EXPECT_EQ(imported.status, 0);
    EXPECT_EQ(imported.err.rfind("skipped " + run.directory() + "/in/a?[31m?b.pem: ", 0), 0u) << imported.err;

    const auto store = run.directory() + "/store";
    std::filesystem::create_directory(store);
    run.file("store/c\x1b[31m\nd.pem", "nothing");
    const auto listed = command({"list", "--set", "repair.store=\"" + store + "\""});
    EXPECT_EQ(listed.status, 0);
    EXPECT_EQ(listed.err.rfind("ignored " + store + "/c?[31m?d.pem: ", 0), 0u) << listed.err;
}

}  // namespace
}  // namespace chainmend::test
