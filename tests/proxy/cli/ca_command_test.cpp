#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "certs/certificate_file.h"
#include "tests/proxy/cli/command_run.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::test {
namespace {

using nlohmann::json;

TEST(CaCommand, MakesTheCaOnceAndShowsIt) {
    CommandRun run;
    const auto made = run({"ca", "init", "--json"});
    ASSERT_EQ(made.status, 0) << made.err;
    const auto first = json::parse(made.out);
    EXPECT_TRUE(first["made_now"]);
    const auto again = run({"ca", "init", "--json"});
    EXPECT_FALSE(json::parse(again.out)["made_now"]);
    const auto shown = json::parse(run({"ca", "show", "--json"}).out);
    EXPECT_EQ(shown["sha256"], first["sha256"]);
    EXPECT_NE(run({"ca", "show"}).out.find("SHA-256      "), std::string::npos);
}

TEST(CaCommand, ExportsTheCertificateAndNeverTheKey) {
    CommandRun run;
    const auto made = json::parse(run({"ca", "init", "--json"}).out);
    const auto exported = run({"ca", "export"});
    ASSERT_EQ(exported.status, 0);
    EXPECT_EQ(exported.out.find("PRIVATE"), std::string::npos);
    const auto read = certs::read_certificates(as_bytes(exported.out));
    ASSERT_TRUE(read);
    EXPECT_EQ(to_hex(read->certificates.at(0)->sha256()), made["sha256"]);
}

TEST(CaCommand, ExportsToTheFileBehindALinkAndToStandardOutput) {
    CommandRun run;
    ASSERT_EQ(run({"ca", "init"}).status, 0);
    const auto plain = run({"ca", "export"}).out;
    EXPECT_EQ(run({"ca", "export", "--out", "-"}).out, plain);
    const std::string link = run.directory() + "/link.pem";
    std::filesystem::create_symlink("real.pem", link);
    const auto exported = run({"ca", "export", "--out", link});
    EXPECT_EQ(exported.status, 0) << exported.err;
    EXPECT_EQ(exported.out, "");
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_EQ(content_of(run.directory() + "/real.pem"), plain);
}

TEST(CaCommand, SaysWhatToDoWhenThereIsNoCa) {
    CommandRun run;
    for (const char* command : {"show", "export"}) {
        const auto answer = run({"ca", command});
        EXPECT_EQ(answer.status, 5);
        EXPECT_EQ(answer.out, "");
        EXPECT_NE(answer.err.find("chainmend ca init"), std::string::npos) << answer.err;
    }
}

TEST(CaCommand, EndsWithFiveWhenTheKeyIsOpenToOthers) {
    CommandRun run;
    const std::string file = json::parse(run({"ca", "init", "--json"}).out)["file"];
    const std::string key = file.substr(0, file.rfind('/')) + "/key.pem";
    ASSERT_EQ(chmod(key.c_str(), 0644), 0);
    const auto answer = run({"ca", "show"});
    EXPECT_EQ(answer.status, 5);
    EXPECT_NE(answer.err.find("chmod 600"), std::string::npos) << answer.err;
}

}  // namespace
}  // namespace chainmend::test
