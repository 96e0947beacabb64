#include "proxy/fetch/http_get.h"

#include "proxy/fetch/egress_policy.h"
#include "tests/proxy/loop_test.h"
#include "tests/support/closed_port.h"
#include "tests/support/issuer_server.h"

namespace chainmend::proxy {
namespace {

using namespace std::chrono_literals;
using certs::FetchResult;
using test::IssuerAnswer;
using test::IssuerServer;
using Manner = test::IssuerAnswer::Manner;

IssuerAnswer body(std::string_view text, Manner manner = Manner::plain) {
    IssuerAnswer answer = IssuerAnswer::text(200, text, "application/pkix-cert");
    answer.manner = manner;
    return answer;
}

class HttpGetTest : public test::LoopTest {
  protected:
    OperationPtr start(const HttpGetRequest& request, std::function<void(HttpGetOutcome)> completion) {
        return start_http_get(loop, *resolver, policy, request, std::move(completion));
    }
    HttpGetOutcome get(HttpGetRequest request) {
        std::optional<HttpGetOutcome> outcome;
        OperationPtr operation = start(request, [&](HttpGetOutcome result) {
            operation.reset();
            outcome = std::move(result);
        });
        EXPECT_FALSE(outcome) << "completed inside the start";
        run_until([&] { return outcome.has_value(); });
        return outcome.value_or(HttpGetOutcome{});
    }
    HttpGetOutcome get(const std::string& url) {
        return get(HttpGetRequest{url, Reach::loopback, {.timeout = 5s}, {}});
    }
    std::string got(const HttpGetOutcome& outcome) { return std::string(as_text(outcome.body)); }

    IssuerServer server;
    std::unique_ptr<Resolver> resolver = *Resolver::make(
        loop,
        {{"rebind.test", "127.0.0.1"}, {"metadata.test", "169.254.169.254"}, {"pki.test", "127.0.0.1"}});
    std::shared_ptr<const EgressPolicy> policy = *EgressPolicy::make({}, {}, {});
};

TEST_F(HttpGetTest, BringsTheBodyAndSaysWhatItTook) {
    server.serve("/ca", body("a certificate"));
    const auto outcome = get(server.url("/ca"));
    EXPECT_EQ(outcome.fetch.result, FetchResult::ok) << outcome.fetch.detail;
    EXPECT_EQ(got(outcome), "a certificate");
    EXPECT_EQ(outcome.fetch.http_status, 200);
    EXPECT_EQ(outcome.fetch.bytes, 13);
    EXPECT_EQ(outcome.fetch.address, "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_EQ(outcome.fetch.url, server.url("/ca"));
    EXPECT_FALSE(outcome.fetch.from_cache);
}

TEST_F(HttpGetTest, PostsWhatItIsGivenAndSoToWhereItIsRedirected) {
    server.serve("/ocsp", IssuerAnswer::redirect(307, server.url("/moved")));
    server.serve("/moved", IssuerAnswer::redirect(303, server.url("/done")));
    server.serve("/done", body("an answer"));
    HttpGetRequest request{server.url("/ocsp"), Reach::loopback, {.timeout = 5s}, {}};
    request.post = {'a', 0, 'b'};
    request.post_type = "application/ocsp-request";
    EXPECT_EQ(got(get(request)), "an answer");
    ASSERT_EQ(server.total(), 3);
    const std::string content = "Content-Type: application/ocsp-request\r\nContent-Length: 3\r\n\r\n";
    for (int i = 0; i < 2; ++i) {
        const std::string sent = server.requests()[static_cast<std::size_t>(i)];
        EXPECT_TRUE(sent.starts_with(i == 0 ? "POST /ocsp HTTP/1.1\r\n" : "POST /moved HTTP/1.1\r\n"))
            << sent;
        EXPECT_TRUE(sent.ends_with(content + std::string("a\0b", 3))) << sent;
    }
    EXPECT_TRUE(server.requests()[2].starts_with("GET /done ")) << server.requests()[2];
    EXPECT_TRUE(server.requests()[2].ends_with("close\r\n\r\n")) << server.requests()[2];
}

TEST_F(HttpGetTest, SendsAFixedRequestAndNothingElse) {
    server.serve("/ca?x=y", body("x"));
    get(server.url("/ca?x=y#fragment"));
    ASSERT_EQ(server.total(), 1);
    EXPECT_EQ(server.requests()[0],
              "GET /ca?x=y HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                  "\r\nUser-Agent: chainmend/0.1.0\r\n"
                  "Accept: application/pkix-cert, application/pkcs7-mime, */*;q=0.5\r\n"
                  "Accept-Encoding: identity\r\nConnection: close\r\n\r\n");
}

TEST_F(HttpGetTest, ReadsEveryKindOfBody) {
    server.serve("/chunked", body("the body", Manner::chunked));
    server.serve("/to-the-end", body("the body", Manner::to_the_end));
    server.serve("/slow", body("the body", Manner::slow));
    for (const char* path : {"/chunked", "/to-the-end"}) {
        const auto outcome = get(server.url(path));
        EXPECT_EQ(outcome.fetch.result, FetchResult::ok) << path << outcome.fetch.detail;
        EXPECT_EQ(got(outcome), "the body") << path;
    }
}

TEST_F(HttpGetTest, NamesEveryFailure) {
    struct Case {
        IssuerAnswer answer;
        FetchResult result;
        std::string name;
    };
    const Case cases[] = {
        {IssuerAnswer::not_found(), FetchResult::http_error, "http_404"},
        {IssuerAnswer::text(500, "oops"), FetchResult::http_error, "http_500"},
        {IssuerAnswer::text(204, ""), FetchResult::http_error, "http_204"},
        {body(""), FetchResult::empty, "empty"},
        {body("half", Manner::too_long), FetchResult::truncated, "wrong length"},
        {body("", Manner::close), FetchResult::truncated, "early close"},
        {body("", Manner::reset), FetchResult::truncated, "reset"},
        {body("SSH-2.0-x\r\n", Manner::raw), FetchResult::bad_response, "not HTTP"},
        {body("", Manner::endless), FetchResult::too_large, "endless"},
        {body(std::string(65 * 1024, 'x')), FetchResult::too_large, "65 KiB"},
        {body(std::string(65 * 1024, 'x'), Manner::to_the_end), FetchResult::too_large,
         "65 KiB without a length"},
        {body("packed").gzipped(), FetchResult::compressed, "gzip"},
        {IssuerAnswer::text(302, ""), FetchResult::bad_response, "no Location"},
        {IssuerAnswer::redirect(302, "https://127.0.0.1/"), FetchResult::blocked, "to https"},
        {IssuerAnswer::redirect(302, "file:///etc/passwd"), FetchResult::blocked, "to a file"},
        {IssuerAnswer::redirect(302, "http://user@127.0.0.1/"), FetchResult::bad_response, "to userinfo"},
        {IssuerAnswer::redirect(302, "/x y"), FetchResult::bad_response, "to a space"},
        {IssuerAnswer::redirect(302, "http://169.254.169.254/latest"), FetchResult::blocked, "to metadata"},
        {IssuerAnswer::redirect(302, "http://metadata.test/latest"), FetchResult::blocked,
         "to metadata by name"},
        {IssuerAnswer::redirect(302, "http://127.0.0.1:22/"), FetchResult::blocked, "to ssh"},
        {IssuerAnswer::redirect(302, "http://0.0.0.0:8080/"), FetchResult::blocked,
         "to the unspecified address"},
    };
    int number = 0;
    for (const Case& c : cases) {
        const std::string path = "/" + std::to_string(number++);
        server.serve(path, c.answer);
        const auto outcome = get(server.url(path));
        EXPECT_EQ(outcome.fetch.result, c.result)
            << c.name << ": " << to_string(outcome.fetch) << " " << outcome.fetch.detail;
        EXPECT_TRUE(outcome.body.empty()) << c.name;
        EXPECT_LE(outcome.fetch.bytes, 64 * 1024) << c.name;
        EXPECT_EQ(server.count(path), 1) << c.name;
    }
}

TEST_F(HttpGetTest, FollowsEveryKindOfRedirect) {
    server.serve("/there", body("found"));
    for (const int status : {301, 302, 303, 307, 308}) {
        const std::string path = "/" + std::to_string(status);
        server.serve(path, IssuerAnswer::redirect(status, "/there"));
        const auto outcome = get(server.url(path));
        EXPECT_EQ(got(outcome), "found") << status << outcome.fetch.detail;
        EXPECT_EQ(outcome.fetch.url, server.url(path)) << "what was asked for";
    }
}

TEST_F(HttpGetTest, FollowsThreeRedirectsAndNotFour) {
    server.serve("/0", body("found"));
    for (int step = 1; step <= 4; ++step) {
        server.serve("/" + std::to_string(step), IssuerAnswer::redirect(302, "/" + std::to_string(step - 1)));
    }
    EXPECT_EQ(got(get(server.url("/3"))), "found");
    EXPECT_EQ(get(server.url("/4")).fetch.result, FetchResult::redirect_loop);
    EXPECT_EQ(server.count("/0"), 1);
}

TEST_F(HttpGetTest, StopsAtTheFirstCircle) {
    server.serve("/a", IssuerAnswer::redirect(302, "/b"));
    server.serve("/b", IssuerAnswer::redirect(302, "/a"));
    EXPECT_EQ(get(server.url("/a")).fetch.result, FetchResult::redirect_loop);
    EXPECT_EQ(server.total(), 2);
}

TEST_F(HttpGetTest, GivesUpAfterItsTimeWhereverItIs) {
    server.serve("/hang", body("", Manner::hang));
    server.serve("/slow", body("slow", Manner::slow));
    server.serve("/slow-head", body("slow", Manner::slow_head));
    for (const char* path : {"/hang", "/slow", "/slow-head"}) {
        // On a busy machine connecting alone may take as long: then there is more time on the next try.
        auto timeout = 60ms;
        HttpGetOutcome outcome;
        do {
            outcome = get({server.url(path), Reach::loopback, {.timeout = timeout}, {}});
            EXPECT_EQ(outcome.fetch.result, FetchResult::timeout) << path << outcome.fetch.detail;
            EXPECT_GE(outcome.fetch.milliseconds, timeout.count()) << path;
            timeout *= 2;
        } while (outcome.fetch.detail.find("while connecting") != std::string::npos && timeout < 10s);
        EXPECT_NE(outcome.fetch.detail.find("while waiting for the answer"), std::string::npos)
            << outcome.fetch.detail;
    }
}

TEST_F(HttpGetTest, APublicOriginReachesNothingPrivate) {
    server.serve("/ca", body("secret"));
    const std::string port = std::to_string(server.port());
    for (const std::string host :
         {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "rebind.test", "127.1", "2130706433",
          "0x7f000001", "0177.0.0.1", "0x7f.1", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]"}) {
        for (const Reach origin : {Reach::public_internet, Reach::private_network}) {
            const auto outcome = get({"http://" + host + ":" + port + "/ca", origin, {.timeout = 5s}, {}});
            EXPECT_EQ(outcome.fetch.result, FetchResult::blocked) << host << outcome.fetch.detail;
            EXPECT_FALSE(outcome.fetch.address.empty()) << host;
            EXPECT_NE(outcome.fetch.detail.find("loopback"), std::string::npos) << outcome.fetch.detail;
        }
    }
    EXPECT_EQ(server.connections(), 0) << "not even a connection";
}

TEST_F(HttpGetTest, ChecksTheAddressThatANameResolvesTo) {
    server.serve("/ca", body("fine"));
    const std::string url = "http://rebind.test:" + std::to_string(server.port()) + "/ca";
    EXPECT_EQ(get(url).fetch.result, FetchResult::ok) << "a loopback origin may";
    EXPECT_EQ(get({url, Reach::public_internet, {}, {}}).fetch.result, FetchResult::blocked);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpGetTest, FailuresOfTheNetworkHaveTheirNames) {
    const test::ClosedPort closed;
    EXPECT_EQ(get(closed.url("/")).fetch.result, FetchResult::connection_refused);
    EXPECT_EQ(get("http://no_such_name.invalid/").fetch.result, FetchResult::dns_error);
    EXPECT_EQ(get("ldap://127.0.0.1/").fetch.result, FetchResult::blocked);
    EXPECT_EQ(get("http://user@127.0.0.1/").fetch.result, FetchResult::bad_response);
}

TEST_F(HttpGetTest, GoesThroughAProxyWithoutAskingForNames) {
    // The "proxy" is a server that is asked for an absolute URL.
    server.serve("http://pki.example/ca.crt", body("by proxy"));
    const SocketAddress proxy{*IpAddress::parse("127.0.0.1"), server.port()};
    const auto outcome = get({"http://pki.example/ca.crt", Reach::loopback, {.timeout = 5s}, proxy});
    EXPECT_EQ(outcome.fetch.result, FetchResult::ok) << outcome.fetch.detail;
    ASSERT_EQ(server.total(), 1);
    EXPECT_EQ(
        server.requests()[0].rfind("GET http://pki.example/ca.crt HTTP/1.1\r\nHost: pki.example\r\n", 0), 0u);
}

TEST_F(HttpGetTest, BehindAProxyEveryOriginCountsAsPublic) {
    const SocketAddress proxy{*IpAddress::parse("127.0.0.1"), server.port()};
    for (const char* url :
         {"http://127.0.0.1/", "http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/",
          "http://2130706433/", "http://0x7f.1/", "http://localhost/", "http://pki.example:22/"}) {
        EXPECT_EQ(get({url, Reach::loopback, {.timeout = 5s}, proxy}).fetch.result, FetchResult::blocked)
            << url;
    }
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpGetTest, MayBeDestroyedInEveryPhase) {
    server.serve("/slow", body("slow", Manner::slow));
    server.serve("/redirect", IssuerAnswer::redirect(302, "/slow"));
    for (int rounds = 0; rounds < 12; ++rounds) {
        OperationPtr operation = start(
            {"http://localhost:" + std::to_string(server.port()) + "/redirect", Reach::loopback, {}, {}},
            [](HttpGetOutcome) { FAIL() << "it was destroyed"; });
        int round = 0;
        run_until([&] { return round++ >= rounds; });
        operation.reset();
    }
    run_some_rounds();
}

}  // namespace
}  // namespace chainmend::proxy
