#include <gtest/gtest.h>

#include "tests/e2e/sites.h"

// What people really run, before and behind the proxy. A client's own words are compared, because they are
// all that its user sees.
namespace chainmend::test {
namespace {

/// A client: how it is told to get a page, and with what status it ends when it could not.
struct Client {
    std::string name;
    std::vector<std::string> (*get)(const std::string& url);
    int failure;
    const char* refusal;  ///< what it prints when CONNECT is refused
    bool shows_reason;    ///< and behind that the proxy's reason
};

std::vector<std::string> curl(const std::string& url) {
    return {"curl", "-sSv", url};
}
std::vector<std::string> requests(const std::string& url) {
    return {"/usr/bin/python3", "-c", "import requests, sys; print(requests.get(sys.argv[1]).text, end='')",
            url};
}
std::vector<std::string> urllib(const std::string& url) {
    return {"/usr/bin/python3", "-c",
            "import urllib.request, sys; print(urllib.request.urlopen(sys.argv[1]).read().decode(), end='')",
            url};
}
std::vector<std::string> wget(const std::string& url) {
    return {"sh", "-c", "exec wget --tries=1 --ca-certificate=\"$SSL_CERT_FILE\" -O - \"$1\"", "sh", url};
}
std::vector<std::string> git(const std::string& url) {
    return {"git", "ls-remote", url};
}

class EveryClient : public testing::TestWithParam<Client> {
  protected:
    const Client& client() const { return GetParam(); }
    Outcome get(const std::string& url) const { return installation.client(client().get(url)); }
    /// Refused, and the client's user reads why.
    void expect_refusal(const Outcome& outcome, const std::string& reason) const {
        EXPECT_EQ(outcome.status, client().failure) << outcome.err;
        const std::string told =
            client().refusal + (client().shows_reason ? "chainmend " + reason + ": " : "");
        EXPECT_NE(outcome.err.find(told), std::string::npos) << "wanted: " << told << "\n" << outcome.err;
        EXPECT_EQ(outcome.out, "");
    }

    Installation installation;
    Sites sites{installation};
};

TEST_P(EveryClient, FailsDirectlyAndSucceedsThroughChainmend) {
    const std::string url = sites.incomplete("incomplete.test");
    const std::string on_loopback = "https://" + sites.origin("incomplete.test").authority() + "/";
    const Outcome direct = installation.direct_client(client().get(on_loopback), sites.root_file());
    EXPECT_NE(direct.status, 0) << "it trusts the root, but the issuer is missing: " << direct.out;

    installation.start();
    const Outcome outcome = get(url);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, Sites::page);

    const auto decisions = installation.decisions(1);
    ASSERT_FALSE(decisions.empty());
    const auto& decision = decisions.front().at("chainmend");
    EXPECT_EQ(decision.at("how"), "repaired");
    EXPECT_EQ(decision.at("missing").at(0).at("subject"), "CN=Sites CA");
    EXPECT_EQ(decision.at("fetches").at(0).at("url"), sites.issuer_server().url("/sites-ca.crt"));
}

TEST_P(EveryClient, ReachesACompleteServerWithAndWithoutChainmend) {
    const std::string url = sites.complete("complete.test");
    const std::string on_loopback = "https://" + sites.origin("complete.test").authority() + "/";
    const Outcome direct = installation.direct_client(client().get(on_loopback), sites.root_file());
    EXPECT_EQ(direct.status, 0) << direct.err;

    installation.start();
    const Outcome outcome = get(url);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, Sites::page);
    EXPECT_EQ(sites.issuer_server().total(), 0) << "nothing is fetched for a server that is right";
}

TEST_P(EveryClient, IsToldThatACertificateHasExpired) {
    const std::string url = sites.expired("expired.test");
    installation.start();
    expect_refusal(get(url), "expired");
}

TEST_P(EveryClient, IsToldThatACertificateIsForAnotherHost) {
    const std::string url = sites.misnamed("misnamed.test");
    installation.start();
    expect_refusal(get(url), "host_mismatch");
}

TEST_P(EveryClient, IsToldThatARootIsNotTrusted) {
    const std::string url = sites.untrusted("untrusted.test");
    installation.start();
    expect_refusal(get(url), "untrusted_root");
}

TEST_P(EveryClient, IsToldThatAnIssuerCouldNotBeFound) {
    const std::string url = sites.irreparable("irreparable.test");
    installation.start();
    expect_refusal(get(url), "issuer_not_found");
}

INSTANTIATE_TEST_SUITE_P(
    RealClients, EveryClient,
    testing::Values(Client{"curl", curl, 56, "HTTP/1.1 502 ", true},
                    Client{"requests", requests, 1, "Tunnel connection failed: 502 ", true},
                    Client{"urllib", urllib, 1, "Tunnel connection failed: 502 ", true},
                    Client{"wget", wget, 4, "Proxy tunneling failed: ", true},
                    Client{"git", git, 128, "CONNECT tunnel failed, response 502", false}),
    [](const auto& client) { return client.param.name; });

}  // namespace
}  // namespace chainmend::test
