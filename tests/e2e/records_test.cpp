#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/sites.h"

// The record on standard output, read by parsers other than the one that wrote it.
namespace chainmend::test {
namespace {

class Records : public testing::Test {
  protected:
    Outcome curl(const std::string& url, std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments = {"curl", "-sSv"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        arguments.push_back(url);
        return installation.client(std::move(arguments));
    }
    std::vector<nlohmann::json> tunnels() const {
        std::vector<nlohmann::json> found;
        for (const auto& record : installation.records()) {
            if (record.at("event").at("action") == "tunnel-end") found.push_back(record);
        }
        return found;
    }

    Installation installation;
    Sites sites{installation};
};

TEST_F(Records, ADecisionAndItsTunnelAreJoinedById) {
    const std::string url = sites.incomplete("incomplete.test");
    installation.start();
    EXPECT_EQ(curl(url).out, Sites::page);
    ASSERT_TRUE(wait_until([&] { return !tunnels().empty(); }));
    const auto decision = installation.decisions(1).front();
    EXPECT_EQ(decision.at("event").at("outcome"), "success");
    EXPECT_EQ(decision.at("destination").at("domain"), "incomplete.test");
    EXPECT_EQ(decision.at("destination").at("port"), sites.origin("incomplete.test").port());
    EXPECT_EQ(decision.at("client").at("ip"), "127.0.0.1");
    EXPECT_TRUE(decision.at("user_agent").at("original").get<std::string>().starts_with("curl/"));
    EXPECT_EQ(decision.at("chainmend").at("decision"), "accepted");
    EXPECT_EQ(tunnels().front().at("chainmend").at("id"), decision.at("chainmend").at("id"));
}

TEST_F(Records, EveryLineIsReadByPythonAndByJq) {
    const std::vector<std::string> urls = {sites.incomplete("incomplete.test"), sites.expired("expired.test"),
                                           sites.untrusted("untrusted.test")};
    installation.start();
    // Hostile client text: quotes and braces, what UTF-8 can not hold, a mark that turns the line around.
    for (const std::string& url : urls)
        EXPECT_NE(curl(url, {"-A", "\"}{\\u0000\xff\xe2\x80\xae agent"}).err.find("< HTTP/1.1 "),
                  std::string::npos);
    EXPECT_NE(curl(urls.front(), {"-A", "\x1b[31m agent"}).err.find("chainmend bad_request: "),
              std::string::npos);
    installation.decisions(urls.size());
    EXPECT_EQ(installation.stop(), 0);

    const std::string lines = installation.server().out();
    const auto count = std::to_string(std::count(lines.begin(), lines.end(), '\n'));
    const Outcome jq = run({{"jq", "-s", "map(.chainmend.v) | length"}, {}, installation.home(), lines});
    EXPECT_EQ(jq.out, count + "\n") << jq.err;
    const std::string program = "import json, sys\nprint(len([json.loads(line) for line in sys.stdin]))";
    const Outcome python = run({{"/usr/bin/python3", "-c", program}, {}, installation.home(), lines});
    EXPECT_EQ(python.out, count + "\n") << python.err;
    EXPECT_EQ(lines.find('\x1b'), std::string::npos) << "an escape sequence reached the record";
}

TEST_F(Records, ARefusalNamesItsReasonInRecordStatusLineAndProxyStatus) {
    const std::string url = sites.expired("expired.test");
    installation.start();
    const Outcome outcome = curl(url);
    EXPECT_EQ(outcome.status, 56);
    EXPECT_NE(outcome.err.find("< HTTP/1.1 502 chainmend expired: "), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("< Proxy-Status: chainmend; error=tls_certificate_error"), std::string::npos)
        << outcome.err;
    const auto decision = installation.decisions(1).front();
    EXPECT_EQ(decision.at("event").at("outcome"), "failure");
    EXPECT_EQ(decision.at("chainmend").at("reason"), "expired");
    const auto id = decision.at("chainmend").at("id").get<std::string>();
    EXPECT_NE(outcome.err.find("/d/" + id), std::string::npos) << outcome.err;
}

TEST_F(Records, AHostThatIsNotThereHasItsOwnCode) {
    installation.start();
    const Outcome refused = curl("https://closed.test:1/");
    EXPECT_NE(refused.err.find("< HTTP/1.1 502 chainmend connection_refused: "), std::string::npos)
        << refused.err;
    EXPECT_NE(refused.err.find("error=connection_refused"), std::string::npos) << refused.err;
    const Outcome unknown = curl("https://does-not-exist.invalid/");
    EXPECT_NE(unknown.err.find("chainmend dns_error: "), std::string::npos) << unknown.err;
}

TEST_F(Records, TheSecondVisitAndTheFirstAfterARestartFetchNothing) {
    const std::string url = sites.incomplete("incomplete.test");
    installation.start();
    EXPECT_EQ(curl(url).out, Sites::page);
    EXPECT_EQ(sites.issuer_server().total(), 1);
    EXPECT_EQ(curl(url).out, Sites::page);
    EXPECT_EQ(installation.stop(), 0) << installation.server().err();

    installation.start();
    EXPECT_EQ(curl(url).out, Sites::page);
    EXPECT_EQ(sites.issuer_server().total(), 1) << "the issuer is on disk";
    EXPECT_EQ(installation.decisions(1).front().at("chainmend").at("path").at(1).at("source"), "store");
}

}  // namespace
}  // namespace chainmend::test
