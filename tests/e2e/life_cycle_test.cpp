#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/sites.h"

namespace chainmend::test {
namespace {

TEST(LifeCycle, TermEndsItWithStatusZeroAndWithoutLeaks) {
    Installation installation;
    installation.start();
    EXPECT_EQ(installation.stop(), 0) << installation.server().err();
}

TEST(LifeCycle, IntEndsItWithStatusZero) {
    Installation installation;
    installation.start();
    installation.server().signal(SIGINT);
    EXPECT_EQ(installation.server().wait().value_or(-1), 0) << installation.server().err();
}

TEST(LifeCycle, TermLetsAnOpenTunnelFinish) {
    Installation installation;
    Sites sites(installation);
    OriginOptions options =
        OriginOptions::of(sites.ca().issue(sites.leaf_today("complete.test")), {sites.ca().certificate()});
    options.behaviour = OriginBehaviour::drip;
    const std::string url = sites.serve("complete.test", std::move(options));
    installation.start();

    // The page drips, so the tunnel is open when TERM comes.
    Process client(installation.client_command({"curl", "-sS", "--no-buffer", "--http0.9", url}));
    ASSERT_TRUE(wait_until([&] { return !client.out().empty() || !client.running(); }));
    ASSERT_TRUE(client.running()) << client.err();
    EXPECT_EQ(installation.stop(), 0) << installation.server().err();
    EXPECT_EQ(client.wait().value_or(-1), 0) << client.err();
    EXPECT_EQ(client.out(), Sites::page);
}

TEST(LifeCycle, AReloadTakesANewTrustFile) {
    Installation installation;
    Sites sites(installation);
    const std::string url = sites.complete("complete.test");
    const std::string root = file_text(sites.root_file());
    installation.write("sites-root.pem", Identity::root("Nobody", sites.leaf_today("nobody.test")).pem());
    installation.start();
    EXPECT_EQ(installation.client({"curl", "-sS", url}).status, 56);

    installation.write("sites-root.pem", root);
    installation.server().signal(SIGHUP);
    EXPECT_TRUE(wait_until([&] { return installation.client({"curl", "-sS", url}).status == 0; }));
}

TEST(LifeCycle, AReloadWithAMistakeKeepsTheOldSettingsAndSaysSo) {
    Installation installation;
    Sites sites(installation);
    const std::string url = sites.complete("complete.test");
    installation.start();
    const Command client = installation.client_command({"curl", "-sS", url});
    installation.configure("verify.revocation = \"strict\"\n");
    installation.server().signal(SIGHUP);
    EXPECT_TRUE(wait_until([&] { return installation.server().err().find("strict") != std::string::npos; }));
    EXPECT_EQ(run(client).out, Sites::page) << "the trust it had is the trust it has";
    EXPECT_EQ(installation.stop(), 0) << installation.server().err();
}

}  // namespace
}  // namespace chainmend::test
