#include "tests/proxy/forward/exchange_fixture.h"

namespace chainmend::test {
namespace {

using Conversation = HttpOrigin::Conversation;

// RFC 9110 section 7.6.2: a request that may only be passed on so often.
class MaxForwards : public ExchangeTest {
  protected:
    MaxForwards() : origin([](Conversation& c) { c.answer_each(http_ok("from the server")); }) {}

    std::string ask_for(const std::string& method, const std::string& url, const std::string& more) {
        return ask(method + " " + url + " HTTP/1.1\r\nHost: leaf.test\r\nConnection: close\r\n" + more +
                   "\r\n");
    }
    HttpOrigin origin;
};

TEST_F(MaxForwards, CountsDownForOptionsAndTrace) {
    for (const auto* method : {"OPTIONS", "TRACE"}) {
        EXPECT_TRUE(ask_for(method, origin.url(), "Max-Forwards: 010\r\n").ends_with("from the server"));
        EXPECT_NE(origin.received().find(std::string(method) + " / HTTP/1.1\r\n"), std::string::npos);
    }
    EXPECT_NE(origin.received().find("\r\nMax-Forwards: 9\r\n"), std::string::npos) << origin.received();
    EXPECT_EQ(origin.received().find("010"), std::string::npos) << origin.received();
}

TEST_F(MaxForwards, IsAnsweredHereWhenNobodyMayPassItOn) {
    const auto options = ask_for("OPTIONS", origin.url(), "Max-Forwards: 0\r\n");
    EXPECT_TRUE(options.starts_with("HTTP/1.1 200 OK\r\nAllow: CONNECT, DELETE, GET, ")) << options;
    EXPECT_NE(options.find("\r\nContent-Length: 0\r\n"), std::string::npos);
    const auto traced = ask_for("TRACE", origin.url("/x"),
                                "Max-Forwards: 0\r\nAuthorization: Basic c2VjcmV0\r\nCookie: c2VjcmV0\r\n"
                                "Proxy-Authorization: Basic c2VjcmV0\r\nX-Odd-CASE: kept\r\n");
    EXPECT_TRUE(traced.starts_with("HTTP/1.1 200 OK\r\nContent-Type: message/http\r\n")) << traced;
    EXPECT_TRUE(traced.ends_with("\r\n\r\nTRACE " + origin.url("/x") +
                                 " HTTP/1.1\r\nHost: leaf.test\r\nConnection: close\r\nMax-Forwards: 0\r\n"
                                 "X-Odd-CASE: kept\r\n\r\n"))
        << traced;
    EXPECT_EQ(origin.connections(), 0);
}

TEST_F(MaxForwards, MeansNothingForOtherMethods) {
    EXPECT_TRUE(ask_for("GET", origin.url(), "Max-Forwards: 0\r\n").ends_with("from the server"));
    EXPECT_NE(origin.received().find("\r\nMax-Forwards: 0\r\n"), std::string::npos);
}

TEST_F(MaxForwards, IsANumberOrTheRequestIsRefused) {
    for (const auto* odd : {"Max-Forwards: -1\r\n", "Max-Forwards: 1x\r\n", "Max-Forwards:\r\n",
                            "Max-Forwards: 1\r\nMax-Forwards: 0\r\n"})
        EXPECT_TRUE(ask_for("OPTIONS", origin.url(), odd).starts_with("HTTP/1.1 400 chainmend ")) << odd;
    EXPECT_EQ(origin.connections(), 0);
    ask_for("OPTIONS", origin.url(), "Max-Forwards: 99999999999999999999999\r\n");
    EXPECT_NE(origin.received().find("\r\nMax-Forwards: 999999998\r\n"), std::string::npos);
}

// RFC 9112 section 3.2.4.
TEST_F(MaxForwards, OptionsWithoutAPathAskTheServerAsSuch) {
    const auto url = origin.url("");
    ask_for("OPTIONS", url, "");
    EXPECT_TRUE(origin.received().starts_with("OPTIONS * HTTP/1.1\r\n")) << origin.received();
    ask_for("OPTIONS", url + "?", "");
    EXPECT_NE(origin.received().find("OPTIONS /? HTTP/1.1\r\n"), std::string::npos) << origin.received();
}

}  // namespace
}  // namespace chainmend::test
