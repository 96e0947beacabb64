#include "tests/proxy/admin/admin_fixture.h"
#include "tests/proxy/cli/command_run.h"
#include "tests/support/closed_port.h"

namespace chainmend::test {
namespace {

class StatusCommand : public AdminTest {
  protected:
    Answer asked(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"status", "--admin", proxy->admin_address()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }
    CommandRun run;
};

TEST_F(StatusCommand, ShowsTheRunningProxyInAScreen) {
    start_with_pages();
    Origin good(OriginOptions::of(leaf(), {ca1.certificate()}));
    Origin bad(OriginOptions::of(leaf({"/gone"})));
    visit(good);
    visit(bad);
    const auto answer = asked();
    EXPECT_EQ(answer.status, 0) << answer.err;
    EXPECT_EQ(answer.out.rfind("chainmend ", 0), 0U) << answer.out;
    EXPECT_NE(answer.out.find(" on http://" + proxy->address() + ", up 0 s, serving\n"), std::string::npos)
        << answer.out;
    EXPECT_NE(answer.out.find("  accepted 1  (1 as_sent)\n"), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find("  refused  1  (1 issuer_not_found)\n"), std::string::npos) << answer.out;
    EXPECT_NE(
        answer.out.find("\nnot asked again for a while\n  " + issuers.url("/gone") + "  http_404, for "),
        std::string::npos)
        << answer.out;
    EXPECT_EQ(answer.out.find('\033'), std::string::npos);
}

TEST_F(StatusCommand, AnswersInJson) {
    start_with_pages();
    const auto answer = asked({"--json"});
    EXPECT_EQ(answer.status, 0) << answer.err;
    EXPECT_EQ(nlohmann::json::parse(answer.out)["address"], proxy->address());
}

TEST_F(StatusCommand, SaysThatNoProxyAnswers) {
    const ClosedPort closed;
    const auto nobody = closed.address();
    const auto answer = run({"status", "--admin", nobody});
    EXPECT_EQ(answer.status, 4);
    EXPECT_EQ(answer.out, "");
    EXPECT_EQ(answer.err.rfind("chainmend: no proxy answers on " + nobody + " (connection_refused", 0), 0U)
        << answer.err;
}

TEST_F(StatusCommand, SaysThatSomethingElseAnswers) {
    for (const char* body : {"hello", "{}", "[1]", "{\"v\":1}", "{\"v\":\"1\"}", "{\"v\":2}"}) {
        IssuerServer other;
        other.serve("/status", IssuerAnswer::text(200, body));
        const auto answer = run({"status", "--admin", "127.0.0.1:" + std::to_string(other.port())});
        EXPECT_EQ(answer.status, 4) << body;
        EXPECT_NE(answer.err, "") << body;
    }
}

TEST_F(StatusCommand, SaysThatThePagesAreSwitchedOffAndWhatAnAddressIs) {
    EXPECT_EQ(run({"status", "--set", "listen.admin="}).status, 4);
    EXPECT_EQ(run({"status", "--admin", "nonsense"}).status, 2);
}

}  // namespace
}  // namespace chainmend::test
