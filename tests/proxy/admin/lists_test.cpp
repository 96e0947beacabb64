#include "proxy/files/public_lists.h"
#include "tests/proxy/admin/admin_fixture.h"

namespace chainmend::test {
namespace {

// Mozilla's lists and preloaded files, as the running proxy uses them.
//
//     Root  <-  CA 1  <-  leaf.test
class StartingMaterial : public AdminTest {
  protected:
    void import_lists(const proxy::PublicLists& lists) {
        ASSERT_TRUE(proxy::save_public_lists(directory / "intermediates", lists));
    }
    static nlohmann::json disclosure(const nlohmann::json& decision) {
        auto found = nlohmann::json::array();
        for (const auto& element : decision["chainmend"]["path"])
            found.push_back(element["disclosed"]);
        return found;
    }
};

TEST_F(StartingMaterial, AnIntermediateOnOneCrlIsNeverUsed) {
    proxy::PublicLists lists;
    lists.revoked.fingerprints.insert(ca1.certificate()->sha256());
    import_lists(lists);
    start_with_pages();
    EXPECT_EQ(status()["trust"]["distrusted"], 1) << "the proxy's own CA is not on the list";
    Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    EXPECT_EQ(visit(origin).rfind("HTTP/1.1 502 chainmend revoked: ", 0), 0U);
}

TEST_F(StartingMaterial, TheDecisionTellsWhetherAnIntermediateIsDisclosed) {
    proxy::PublicLists lists;
    lists.disclosed.insert(ca1.certificate()->sha256());
    import_lists(lists);
    const auto hidden = root.intermediate("Hidden CA");
    start_with_pages();
    Origin known(OriginOptions::of(leaf(), {ca1.certificate()}));
    Origin unknown(OriginOptions::of(hidden.leaf("leaf.test"), {hidden.certificate()}));
    visit(known);
    visit(unknown);
    const auto now = status();
    EXPECT_EQ(now["intermediates_used"], (nlohmann::json{{"disclosed", 1}, {"undisclosed", 1}}));
    EXPECT_EQ(now["issuers"]["disclosed_list"], 1);
    proxy->stop();
    const auto decisions = proxy->decisions();
    ASSERT_EQ(decisions.size(), 2U);
    EXPECT_EQ(disclosure(decisions[0]).dump(), "[null,true,null]");
    EXPECT_EQ(disclosure(decisions[1]).dump(), "[null,false,null]");
}

TEST_F(StartingMaterial, WithoutAListNothingIsSaidOfDisclosure) {
    start_with_pages();
    Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    visit(origin);
    EXPECT_EQ(disclosure(only_decision()).dump(), "[null,null,null]");
}

TEST_F(StartingMaterial, PreloadedIssuersCompletePathsWithoutAFetch) {
    const auto file =
        directory.write("public.pem", ca1.pem() + root.pem() + Identity::root("X").intermediate("Y").pem());
    start_with_pages([&](auto& settings) { settings.repair.preload = {file}; });
    EXPECT_NE(proxy->server().start_up_text().find("1 new from repair.preload, 0 known, 2 refused"),
              std::string::npos)
        << proxy->server().start_up_text();
    Origin origin(OriginOptions::of(leaf({"/ca1"})));
    EXPECT_NE(visit(origin).find("hello"), std::string::npos);
    EXPECT_EQ(issuers.total(), 0);
    const auto decision = only_decision();
    EXPECT_EQ(decision["chainmend"]["path"][1]["source"], "import");
    EXPECT_EQ(decision["chainmend"]["path"][1]["url"], file.string());
}

TEST_F(StartingMaterial, AMissingPreloadFileStopsTheStart) {
    EXPECT_THROW(
        start_with_pages([&](auto& settings) { settings.repair.preload = {directory / "none.pem"}; }),
        std::runtime_error);
    EXPECT_THROW(
        start_with_pages([&](auto& settings) { settings.repair.preload = {issuers.url("/list.pem")}; }),
        std::runtime_error);
    EXPECT_EQ(issuers.connections(), 0);
}

}  // namespace
}  // namespace chainmend::test
