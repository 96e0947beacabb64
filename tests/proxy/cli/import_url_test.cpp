#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/proxy/cli/command_run.h"
#include "tests/support/closed_port.h"
#include "tests/support/issuer_server.h"
#include "tests/support/origin.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using nlohmann::json;

std::string http_response(const std::string& head, const std::string& body = "") {
    return "HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// `chainmend intermediates import URL`, with real servers. lists.test is on loopback:
///
///     Root (anchor)  <-  List CA  <-  lists.test
///                    <-  CA 1, which is what the lists hold
class ImportUrl : public ::testing::Test {
  protected:
    Answer import(const std::string& url, std::vector<std::string> more = {}) {
        const auto config = run.file("config.toml", "[trust]\nsystem = false\nfiles = [\"" +
                                                        run.file("root.pem", root.pem()) +
                                                        "\"]\n[repair]\nbudget = \"1m\"\n[egress]\ntimeout = "
                                                        "\"1m\"\n[upstream.resolve]\n"
                                                        "\"lists.test\" = \"127.0.0.1\"\n");
        std::vector<std::string> arguments{"--config", config, "intermediates", "import", "--json", url};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }
    /// What was taken; -1 and a failure when it ended in an error.
    int taken(const std::string& url) {
        const auto answer = import(url);
        EXPECT_EQ(answer.status, 0) << answer.err;
        return answer.status == 0 ? json::parse(answer.out)["taken"].get<int>() : -1;
    }
    json listed() { return json::parse(run({"intermediates", "list", "--json"}).out); }

    std::string over_tls(const Origin& origin) const {
        return "https://lists.test:" + std::to_string(origin.port()) + "/list.pem";
    }
    /// A TLS server that says exactly this to whoever has asked.
    static OriginOptions saying(const Identity& leaf, std::vector<certs::CertificatePtr> chain,
                                std::string response) {
        auto options = OriginOptions::of(leaf, std::move(chain));
        options.behaviour = OriginBehaviour::send_and_close;
        options.body = std::move(response);
        return options;
    }

    void expect_refused(const Answer& answer, int status, const std::string& why) {
        EXPECT_EQ(answer.status, status) << answer.err;
        EXPECT_NE(answer.err.find(why), std::string::npos) << answer.err;
        EXPECT_EQ(answer.out, "");
        EXPECT_EQ(listed().size(), 0U) << "nothing of it may be kept";
    }

    CommandRun run;
    IssuerServer server;
    const Identity root = Identity::root("Root");
    const Identity ca = root.intermediate("CA 1");
    const Identity list_ca = root.intermediate("List CA");
};

TEST_F(ImportUrl, TakesTheListAndKeepsWhereItCameFrom) {
    server.serve("/list", IssuerAnswer::pem({ca.certificate(), root.certificate()}));
    EXPECT_EQ(taken(server.url("/list")), 1);
    const auto issuers = listed();
    ASSERT_EQ(issuers.size(), 1U);
    EXPECT_EQ(issuers[0]["name"], "CA 1");
    EXPECT_EQ(issuers[0]["origin"], server.url("/list"));
    EXPECT_EQ(server.total(), 1);
}

TEST_F(ImportUrl, TellsFormsApartByContentWhateverTheServerSays) {
    const Identity second = root.intermediate("CA 2");
    const Identity third = root.intermediate("CA 3");
    server.serve("/a", IssuerAnswer::pkcs7({ca.certificate()}));
    server.serve("/b", IssuerAnswer::der(second.certificate()));
    server.serve("/c", IssuerAnswer::text(200, "Owner,PEM\r\nA,\"'" + third.pem() + "'\"\r\n", "image/png"));
    for (const auto& [path, format] : {std::pair{"/a", "pkcs7"}, {"/b", "der"}, {"/c", "csv"}}) {
        const auto report = json::parse(import(server.url(path)).out);
        EXPECT_EQ(report["taken"], 1) << path;
        EXPECT_EQ(report["formats"][0], format);
    }
}

TEST_F(ImportUrl, VerifiesAnHttpsServerLikeAnyOther) {
    const Origin good(
        saying(list_ca.leaf("lists.test"), {list_ca.certificate()}, http_response("200 OK", ca.pem())));
    EXPECT_EQ(taken(over_tls(good)), 1);
    ASSERT_TRUE(good.wait_until_all_ended());
    EXPECT_EQ(good.connections()[0].server_name, "lists.test");
}

TEST_F(ImportUrl, RepairsAnHttpsServerThatForgotItsIssuer) {
    server.serve("/list-ca", IssuerAnswer::der(list_ca.certificate()));
    CertificateSpec spec;
    spec.ca_issuers = {server.url("/list-ca")};
    const Origin incomplete(saying(list_ca.leaf("lists.test", spec), {}, http_response("200 OK", ca.pem())));
    EXPECT_EQ(taken(over_tls(incomplete)), 1);
    EXPECT_EQ(listed().size(), 2U) << "with the one that was fetched on the way";
}

TEST_F(ImportUrl, SendsNothingToAServerThatIsNotVerified) {
    const Identity stranger = Identity::root("Stranger");
    const Origin untrusted(OriginOptions::of(stranger.leaf("lists.test")));
    const Origin misnamed(OriginOptions::of(list_ca.leaf("other.test"), {list_ca.certificate()}));
    expect_refused(import(over_tls(untrusted)), 1, "issuer_not_found: ");
    expect_refused(import(over_tls(misnamed)), 1, "host_mismatch: ");
    for (const auto* origin : {&untrusted, &misnamed}) {
        ASSERT_TRUE(origin->wait_until_all_ended());
        EXPECT_EQ(origin->connections()[0].received, "");
    }
}

TEST_F(ImportUrl, TakesNoLengthlessBodyThatMayHaveBeenCutOff) {
    auto options =
        saying(list_ca.leaf("lists.test"), {list_ca.certificate()}, "HTTP/1.1 200 OK\r\n\r\n" + ca.pem());
    const Origin whole(options);
    options.behaviour = OriginBehaviour::send_and_truncate;
    const Origin cut(options);
    expect_refused(import(over_tls(cut)), 4, "truncated");
    EXPECT_EQ(taken(over_tls(whole)), 1);
}

TEST_F(ImportUrl, FollowsRedirectsAsFarAsTheyAreToBeTrusted) {
    server.serve("/list", IssuerAnswer::pem({ca.certificate()}));
    server.serve("/moved", IssuerAnswer::redirect(301, "/list"));
    const Origin to_http(saying(list_ca.leaf("lists.test"), {list_ca.certificate()},
                                http_response("302 Found\r\nLocation: " + server.url("/list"))));
    expect_refused(import(over_tls(to_http)), 1, "from https back to http");
    server.serve("/metadata", IssuerAnswer::redirect(302, "http://169.254.169.254/latest"));
    expect_refused(import(server.url("/metadata")), 1, "169.254.169.254:80 is a link-local or metadata");
    server.serve("/mail", IssuerAnswer::redirect(302, "http://127.0.0.1:25/"));
    expect_refused(import(server.url("/mail")), 1, "127.0.0.1:25 has a port other than 80");
    server.serve("/tls-mail", IssuerAnswer::redirect(302, "https://127.0.0.1:25/"));
    expect_refused(import(server.url("/tls-mail")), 1, "127.0.0.1:25 has a port other than 80");
    server.serve("/file", IssuerAnswer::redirect(302, "file:///etc/ssl/certs/ca-certificates.crt"));
    expect_refused(import(server.url("/file")), 1, "not followed (http and https only)");
    server.serve("/circle", IssuerAnswer::redirect(302, "/circle"));
    expect_refused(import(server.url("/circle")), 4, "one redirect too many");
    EXPECT_EQ(server.count("/circle"), 4) << "repair.max_redirects is 3";

    const Origin to_tls(
        saying(list_ca.leaf("lists.test"), {list_ca.certificate()}, http_response("200 OK", ca.pem())));
    server.serve("/to-tls", IssuerAnswer::redirect(308, over_tls(to_tls)));
    EXPECT_EQ(taken(server.url("/to-tls")), 1);
    EXPECT_EQ(json::parse(import(server.url("/moved")).out)["known"], 1);
}

TEST_F(ImportUrl, KeepsToTheEgressPolicyForWhatAPersonTypes) {
    server.serve("/list", IssuerAnswer::pem({ca.certificate()}));
    const Origin origin(OriginOptions::of(list_ca.leaf("lists.test"), {list_ca.certificate()}));
    expect_refused(import("http://169.254.169.254/list"), 1, "link-local or metadata");
    const std::vector<std::string> denied{"--set", "egress.deny=[\"127.0.0.0/8\"]"};
    expect_refused(import(server.url("/list"), denied), 1, "egress.deny");
    expect_refused(import(over_tls(origin), denied), 1, "egress.deny");
    EXPECT_EQ(server.connections(), 0);
    EXPECT_EQ(origin.accepted(), 0);
}

// Whoever is on the way could have written it: an empty list of what is revoked, for instance.
TEST_F(ImportUrl, TakesNoWordOnRevocationOverPlainHttp) {
    const std::string lists = "{\"data\":[{\"derHash\":\"" + std::string(43, 'A') + "=\"}]}";
    server.serve("/lists", IssuerAnswer::text(200, lists, "application/json"));
    const auto plain = import(server.url("/lists"));
    EXPECT_EQ(plain.status, 0) << plain.err;
    EXPECT_EQ(json::parse(plain.out)["disclosed"], 0);
    EXPECT_NE(plain.err.find("is not taken over plain http"), std::string::npos) << plain.err;
    const Origin origin(
        saying(list_ca.leaf("lists.test"), {list_ca.certificate()}, http_response("200 OK", lists)));
    EXPECT_EQ(json::parse(import(over_tls(origin)).out)["disclosed"], 1);
}

TEST_F(ImportUrl, NamesWhatWentWrong) {
    const ClosedPort closed;
    server.serve("/html", IssuerAnswer::text(200, "<html>please log in</html>"));
    server.serve("/empty", IssuerAnswer::text(200, ""));
    expect_refused(import(server.url("/gone")), 3, "http_404");
    expect_refused(import(server.url("/html")), 3, server.url("/html"));
    expect_refused(import(server.url("/empty")), 3, "empty");
    expect_refused(import(closed.url("/list")), 4, "connection_refused");
    expect_refused(import("https://" + closed.address() + "/"), 4, "connection_refused");
    expect_refused(import("https://no-such-name.invalid/"), 4, "dns_error");
    expect_refused(import("ftp://lists.test/list"), 2, "not followed (http and https only)");
    expect_refused(import("http://user:secret@lists.test/"), 2, "user name");
}

}  // namespace
}  // namespace chainmend::test
