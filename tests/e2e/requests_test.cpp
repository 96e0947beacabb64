#include <gtest/gtest.h>

#include "tests/e2e/sites.h"
#include "tests/support/http_origin.h"

// Requests that are no CONNECT, and what stands in front of all of them, with real curl and Python.
namespace chainmend::test {
namespace {

class PlainRequests : public testing::Test {
  protected:
    Outcome curl(std::vector<std::string> arguments, const std::string& input = "") {
        arguments.insert(arguments.begin(), {"curl", "-sS", "--max-time", "30", "--noproxy", "", "-x",
                                             "http://" + installation.address()});
        return installation.client(std::move(arguments), input);
    }

    Installation installation;
    Sites sites{installation};
};

TEST_F(PlainRequests, OfCurlReachHttpServersWithTheirBodies) {
    const HttpOrigin origin([](HttpOrigin::Conversation& c) {
        const auto head = c.read_head();
        if (!head.starts_with("POST")) return c.answer_each(http_ok("hello"));
        c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        c.send(c.read(std::string_view("6\r\nchunky\r\n0\r\n\r\n").size()));
    });
    installation.start();
    const auto url = "http://" + std::string("127.0.0.1:") + std::to_string(origin.port()) + "/";
    const auto posted = curl({"-H", "Transfer-Encoding: chunked", "--data-binary", "@-", url}, "chunky");
    EXPECT_EQ(posted.status, 0) << posted.err;
    EXPECT_EQ(posted.out, "chunky");
}

TEST_F(PlainRequests, ForHttpsAddressesAreServedWithoutTlsOfTheClient) {
    const auto url = sites.incomplete("incomplete.test");
    installation.start();
    const auto got = installation.client({"/usr/bin/python3", "-c",
                                          "import http.client, sys\n"
                                          "proxy = http.client.HTTPConnection(sys.argv[1])\n"
                                          "proxy.request('GET', sys.argv[2])\n"
                                          "print(proxy.getresponse().read().decode(), end='')",
                                          installation.address(), url});
    EXPECT_EQ(got.status, 0) << got.err;
    EXPECT_EQ(got.out, Sites::page);
}

TEST_F(PlainRequests, AndTunnelsNeedThePasswordThatOpensslMade) {
    const auto hash = installation.direct_client({"openssl", "passwd", "-6", "correct horse"}, "");
    ASSERT_EQ(hash.status, 0) << hash.err;
    const auto users = installation.write("users", "anna:" + hash.out);
    installation.configure("listen.auth = \"" + users + "\"\n" + sites.settings());
    const auto url = sites.complete("complete.test");
    installation.start();
    const auto refused = curl({url});
    EXPECT_EQ(refused.status, 56) << refused.err;
    EXPECT_NE(refused.err.find("407"), std::string::npos) << refused.err;
    const auto right = curl({"--proxy-user", "anna:correct horse", url});
    EXPECT_EQ(right.status, 0) << right.err;
    EXPECT_EQ(right.out, Sites::page);
}

}  // namespace
}  // namespace chainmend::test
