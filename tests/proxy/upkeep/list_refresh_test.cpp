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
