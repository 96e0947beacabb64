#include <gtest/gtest.h>

#include "tests/e2e/sites.h"

// What only a terminal gets to see: the line that tells how far a command is, and that it is gone at the end.
namespace chainmend::test {
namespace {

constexpr const char* clear_line = "\r\033[K";

TEST(Terminal, CheckTellsHowManyHostsAreDoneAndThenPutsThemSideBySide) {
    Installation installation;
    Sites sites(installation);
    std::vector<std::string> arguments{"check"};
    for (const auto& url : {sites.complete("complete.test"), sites.incomplete("incomplete.test"),
                            sites.untrusted("untrusted.test")}) {
        arguments.push_back(authority_of(url));
    }
    const Outcome outcome = run_on_terminal(installation.chainmend_command(arguments));
    EXPECT_EQ(outcome.status, 1) << outcome.out;
    std::size_t at = 0;
    for (int done = 1; done <= 3; ++done) {
        const auto line = clear_line + std::to_string(done) + " of 3 hosts checked";
        at = outcome.out.find(line, at);
        ASSERT_NE(at, std::string::npos) << line << "\n" << outcome.out;
    }
    const auto table = outcome.out.find(std::string("3 of 3 hosts checked") + clear_line + "HOST ", at);
    ASSERT_NE(table, std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("3 hosts: 1 accepted, 1 repaired, 1 refused\r\n", table), std::string::npos)
        << outcome.out;
}

TEST(Terminal, ImportTellsHowMuchOfAUrlHasCome) {
    Installation installation;
    Sites sites(installation);
    auto slow = IssuerAnswer::pem({sites.ca().certificate()}).with(IssuerAnswer::Manner::slow);
    slow.piece = slow.body.size() / 2;
    sites.issuer_server().serve("/list", slow);
    const auto url = sites.issuer_server().url("/list");
    const Outcome outcome = run_on_terminal(installation.chainmend_command({"intermediates", "import", url}));
    EXPECT_EQ(outcome.status, 0) << outcome.out;
    EXPECT_NE(outcome.out.find(clear_line + std::string("0 KiB of ") + url), std::string::npos)
        << outcome.out;
    EXPECT_NE(outcome.out.find("\r1 of 1\r\n1 taken, 0 known already\r\n"), std::string::npos) << outcome.out;
}

}  // namespace
}  // namespace chainmend::test
