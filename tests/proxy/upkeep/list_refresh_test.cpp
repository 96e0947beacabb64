#include "certs/encoded_certificate.h"
#include "config/sha256_text.h"
#include "tests/proxy/admin/admin_fixture.h"

namespace chainmend::test {
namespace {

// repair.list_url on a real server.
class ListRefresh : public AdminTest {
  protected:
    RunningProxy& start_with_list(const RunningProxy::Adjust& adjust = {}) {
        return start_with_pages([&](auto& settings) {
            settings.repair.list_url = issuers.url("/list");
            if (adjust) adjust(settings);
        });
    }
    nlohmann::json list_when(const std::string& result) {
        return status_when([&](const auto& status) { return status["issuers"]["list"]["result"] == result; });
    }
};

TEST_F(ListRefresh, TakesTheIssuersThatLeadToAnAnchorAndUsesThemAtOnce) {
    const auto stranger = Identity::root("Stranger").intermediate("Stranger CA");
    issuers.serve("/list", IssuerAnswer::pem({ca1.certificate(), root.certificate(), stranger.certificate(),
                                              ca1.leaf("other.test").certificate()}));
    start_with_list();
    const auto now = list_when("ok");
    EXPECT_EQ(now["issuers"]["list"]["taken"], 1);
    EXPECT_EQ(now["issuers"]["list"]["url"], issuers.url("/list"));
    EXPECT_EQ(now["issuers"]["stored"], 1);
    Origin origin(OriginOptions::of(leaf({"/ca1"})));
    EXPECT_NE(visit(origin).find("hello"), std::string::npos);
    EXPECT_EQ(issuers.total(), 1);
    EXPECT_EQ(only_decision()["chainmend"]["path"][1]["source"], "import");
}

TEST_F(ListRefresh, LetsGoOfWhatTheListNoLongerHas) {
    const auto ca2 = root.intermediate("Test CA 2");
    issuers.serve("/list", {IssuerAnswer::pem({ca1.certificate()}), IssuerAnswer::pem({ca2.certificate()})});
    start_with_list([](auto& settings) { settings.repair.list_interval = std::chrono::seconds{1}; });
    const auto now = status_when([](const auto& status) { return status["issuers"]["list"]["taken"] == 2; });
    EXPECT_EQ(now["issuers"]["stored"], 1);
    Origin gone(OriginOptions::of(leaf()));
    EXPECT_NE(visit(gone).find(" 502 "), std::string::npos);
    Origin listed(OriginOptions::of(ca2.leaf("leaf.test")));
    EXPECT_NE(visit(listed).find("hello"), std::string::npos);
    // Over a restart, too.
    start();
    EXPECT_NE(visit(gone).find(" 502 "), std::string::npos);
    EXPECT_NE(visit(listed).find("hello"), std::string::npos);
}

// The list's server has forgotten its own intermediate.
TEST_F(ListRefresh, TakesAListOverHttpsFromAServerThatWasVerified) {
    const auto listed = root.intermediate("Listed CA");
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    auto options = OriginOptions::of(leaf({"/ca1"}, "other.test"));
    options.body = listed.pem();
    Origin server(options);
    start_with_pages([&](auto& settings) {
        settings.repair.list_url = "https://other.test:" + std::to_string(server.port()) + "/list";
    });
    EXPECT_EQ(list_when("ok")["issuers"]["list"]["taken"], 1);
    Origin origin(OriginOptions::of(listed.leaf("leaf.test")));
    EXPECT_NE(visit(origin).find("hello"), std::string::npos);
}

TEST_F(ListRefresh, TakesNothingOverHttpsFromAServerNobodyVouchesFor) {
    auto options = OriginOptions::of(Identity::root("Stranger").leaf("other.test"));
    options.body = ca1.pem();
    Origin server(options);
    start_with_pages([&](auto& settings) {
        settings.repair.list_url = "https://other.test:" + std::to_string(server.port()) + "/list";
    });
    const auto now = list_when("issuer_not_found");
    EXPECT_EQ(now["issuers"]["stored"], 0);
    EXPECT_EQ(server.connections().at(0).received, "");
}

TEST_F(ListRefresh, AsksOnlyWhetherTheListHasChanged) {
    auto first = IssuerAnswer::pem({ca1.certificate()});
    first.headers = {{"ETag", "\"v1\""}};
    issuers.serve("/list", {first, IssuerAnswer::text(304, "")});
    start_with_list([](auto& settings) { settings.repair.list_interval = std::chrono::seconds{1}; });
    const auto now = list_when("not_modified");
    EXPECT_EQ(now["issuers"]["list"]["taken"], 1);
    EXPECT_EQ(now["issuers"]["stored"], 1);
    const auto requests = issuers.requests();
    ASSERT_GE(requests.size(), 2U);
    EXPECT_EQ(requests[0].find("If-None-Match"), std::string::npos);
    EXPECT_NE(requests[1].find("\r\nIf-None-Match: \"v1\"\r\n"), std::string::npos) << requests[1];
}

TEST_F(ListRefresh, KeepsWhatIsKnownWhenTheListFails) {
    issuers.serve("/list",
                  {IssuerAnswer::pem({ca1.certificate()}), IssuerAnswer::text(200, "<html>moved</html>")});
    start_with_list([](auto& settings) { settings.repair.list_interval = std::chrono::seconds{1}; });
    const auto now = list_when("unparsable");
    EXPECT_EQ(now["issuers"]["stored"], 1);
    EXPECT_NE(now["issuers"]["list"]["detail"], "");
    EXPECT_NE(now["issuers"]["list"]["taken_at"], nullptr);
}

TEST_F(ListRefresh, StopsAtItsBoundsAndFollowsNobodyElsesWord) {
    issuers.serve("/list", IssuerAnswer::text(200, std::string(70 * 1024, 'x')));
    start_with_list([](auto& settings) { settings.repair.list_max_bytes = 64 * 1024; });
    list_when("too_large");
    proxy->stop();
    IssuerServer moved;
    moved.serve("/list", IssuerAnswer::redirect(302, issuers.url("/elsewhere")));
    start_with_pages([&](auto& settings) { settings.repair.list_url = moved.url("/list"); });
    list_when("redirect_loop");
    EXPECT_EQ(issuers.count("/elsewhere"), 0);
}

TEST_F(ListRefresh, KeepsToTheEgressPolicy) {
    issuers.serve("/list", IssuerAnswer::pem({ca1.certificate()}));
    start_with_list([](auto& settings) { settings.egress.deny = {"127.0.0.0/8"}; });
    const auto now = list_when("blocked");
    EXPECT_NE(now["issuers"]["list"]["detail"].get<std::string>().find("egress.deny"), std::string::npos);
    EXPECT_EQ(issuers.connections(), 0);
}

// What was refused for want of its root is taken when that comes: the list is asked for in full.
TEST_F(ListRefresh, IsTakenInFullWhenMoreIsTrusted) {
    const auto stranger = Identity::root("Stranger");
    auto list = IssuerAnswer::pem({stranger.intermediate("Stranger CA").certificate()});
    list.headers = {{"ETag", "\"v1\""}};
    issuers.serve("/list", list);
    start_with_list();
    EXPECT_EQ(list_when("ok")["issuers"]["stored"], 0);
    proxy->server().request_reload();  // that changes nothing, and asks nothing
    status_when([](const auto& status) { return status["generation"] == 2; });
    const auto file = directory.write("stranger.pem", stranger.pem()).string();
    proxy->change_settings([&](auto& settings) { settings.trust.files.push_back(file); });
    proxy->server().request_reload();
    const auto now = status_when([](const auto& status) { return status["issuers"]["list"]["taken"] == 1; });
    EXPECT_EQ(now["issuers"]["stored"], 1);
    const auto requests = issuers.requests();
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[1].find("If-None-Match"), std::string::npos) << requests[1];
}

TEST_F(ListRefresh, IsTakenInFullWhenWhatWasTakenIsGone) {
    auto list = IssuerAnswer::pem({ca1.certificate()});
    list.headers = {{"ETag", "\"v1\""}};
    issuers.serve("/list", list);
    start_with_list();
    EXPECT_EQ(list_when("ok")["issuers"]["stored"], 1);
    std::filesystem::remove(directory / "intermediates" / (to_hex(ca1.certificate()->sha256()) + ".pem"));
    proxy->server().request_reload();
    const auto now = status_when([](const auto& status) { return status["issuers"]["list"]["taken"] == 2; });
    EXPECT_EQ(now["issuers"]["stored"], 1);
}

/// Mozilla's OneCRL with this certificate's name and key in it.
std::string one_crl(const Identity& identity) {
    const auto encoded = certs::EncodedCertificate::from_pem(identity.pem());
    return R"({"data":[{"subject":")" + to_base64(encoded->subject()) + R"(","pubKeyHash":")" +
           to_base64(identity.certificate()->spki_sha256()) + R"("}]})";
}

TEST_F(ListRefresh, TakesWhatIsRevokedOverHttpsAndPutsItInForce) {
    const auto list_ca = root.intermediate("List CA");
    auto options = OriginOptions::of(list_ca.leaf("other.test"), {list_ca.certificate()});
    options.body = one_crl(ca1);
    Origin server(options);
    Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    start_with_pages([&](auto& settings) {
        settings.repair.list_url = "https://other.test:" + std::to_string(server.port()) + "/onecrl";
    });
    const auto now = status_when([](const auto& status) { return status["generation"] == 2; });
    EXPECT_EQ(now["issuers"]["list"]["result"], "ok");
    EXPECT_NE(visit(origin).find(" 502 chainmend revoked"), std::string::npos);
    // The list is as it was, so that one reload was enough. It outlives a restart without the list.
    start_with_pages();
    EXPECT_NE(visit(origin).find(" 502 chainmend revoked"), std::string::npos);
    EXPECT_EQ(status()["generation"], 1);
}

// Whoever is on the way could have written it.
TEST_F(ListRefresh, TakesNothingOfWhatIsRevokedOverPlainHttp) {
    issuers.serve("/list", IssuerAnswer::text(200, one_crl(ca1), "application/json"));
    start_with_list();
    const auto now = list_when("not_https");
    EXPECT_NE(now["issuers"]["list"]["detail"].get<std::string>().find("plain http"), std::string::npos);
    EXPECT_EQ(now["issuers"]["list"]["taken_at"], nullptr);
    EXPECT_EQ(now["generation"], 1);
    EXPECT_FALSE(std::filesystem::exists(directory / "intermediates" / "lists" / "revoked.txt"));
}

TEST_F(ListRefresh, LooksAtAnotherListAfterAReload) {
    issuers.serve("/list", IssuerAnswer::not_found());
    issuers.serve("/new", IssuerAnswer::pem({ca1.certificate()}));
    start_with_list();
    list_when("http_404");
    proxy->change_settings([&](auto& settings) { settings.repair.list_url = issuers.url("/new"); });
    proxy->server().request_reload();
    EXPECT_EQ(list_when("ok")["issuers"]["list"]["url"], issuers.url("/new"));
}

}  // namespace
}  // namespace chainmend::test
