#include "proxy/upkeep/issuer_renewal.h"

#include "proxy/upkeep/issuer_intake.h"
#include "tests/proxy/admin/admin_fixture.h"

namespace chainmend::test {
namespace {

using certs::Source;
using std::chrono::days;

CertificateSpec until(Time end) {
    CertificateSpec spec;
    spec.not_before = noon() - days{300};
    spec.not_after = end;
    return spec;
}

TEST(IssuersToRenew, AreThoseThatWereFetchedAndEndSoonAndHaveNoSuccessor) {
    const auto root = Identity::root("Root");
    certs::IssuerStore store;
    const auto add = [&](const char* name, int days_left, Source source, const char* origin) {
        store.add(
            {root.intermediate(name, until(noon() + days{days_left})).certificate(), source, origin, noon()});
    };
    add("Due", 10, Source::store, "http://pki.test/due.crt");
    add("Later", 20, Source::store, "http://pki.test/later.crt");
    add("Over", -1, Source::store, "http://pki.test/over.crt");
    add("Imported", 10, Source::import, "http://pki.test/list.pem");
    add("From nowhere", 10, Source::store, "");
    add("Succeeded", 10, Source::store, "http://pki.test/succeeded.crt");
    add("Succeeded", 400, Source::store, "http://pki.test/succeeded.crt");
    const auto due = proxy::issuers_to_renew(store, noon(), days{14});
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].certificate->display_name(), "Due");
}

TEST(IssuerIntake, TakesOnlyWhatLeadsToAnAnchor) {
    const auto root = Identity::root("Root");
    const auto good = root.intermediate("CA");
    const auto impostor = Identity::root("Root").intermediate("CA");
    proxy::Snapshot snapshot;
    snapshot.trust =
        std::make_shared<certs::TrustStore>(std::vector<certs::Anchor>{{root.certificate(), "given"}});
    snapshot.issuers = std::make_shared<certs::IssuerStore>();
    snapshot.distrust = std::make_shared<certs::Distrust>();
    const auto intake = proxy::take_in(
        snapshot,
        {impostor.certificate(), good.certificate(), root.certificate(), good.leaf("leaf.test").certificate(),
         root.intermediate("Old", until(noon() - days{1})).certificate()},
        Source::store, "http://pki.test/ca.crt", noon());
    ASSERT_EQ(intake.outcome.taken.size(), 1U);
    EXPECT_EQ(snapshot.issuers->size(), 1U);
    const auto stored = snapshot.issuers->find(good.certificate()->sha256());
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->source, Source::store);
    EXPECT_EQ(stored->origin, "http://pki.test/ca.crt");
}

// Root  <-  CA 1 (stored, ten days left, fetched from /ca1)
class IssuerRenewal : public AdminTest {
  protected:
    IssuerRenewal() {
        const auto store = proxy::IssuerDirectory::open(directory / "intermediates");
        EXPECT_TRUE((*store)->write({old.certificate(), Source::store, issuers.url("/ca1"), noon()}));
    }
    const Identity old = root.intermediate("Test CA 2", until(noon() + days{10}));
    const Identity renewed = root.intermediate("Test CA 2", until(noon() + days{900}), old.key());
};

TEST_F(IssuerRenewal, FetchesAnIssuerAgainBeforeItsEnd) {
    issuers.serve("/ca1", IssuerAnswer::der(renewed.certificate()));
    start_with_pages([](auto& settings) { settings.egress.allow = {"127.0.0.1"}; });
    const auto now =
        status_when([](const auto& status) { return status["issuers"]["renewals"]["renewed"] == 1; });
    EXPECT_EQ(now["issuers"]["stored"], 2);
    EXPECT_EQ(now["issuers"]["renewals"]["attempts"], 1);
    EXPECT_EQ(issuers.total(), 1);
    EXPECT_TRUE(std::filesystem::exists(directory / "intermediates" /
                                        (to_hex(renewed.certificate()->sha256()) + ".pem")));
}

TEST_F(IssuerRenewal, KeepsToTheEgressPolicy) {
    issuers.serve("/ca1", IssuerAnswer::der(renewed.certificate()));
    start_with_pages();
    const auto now = status_when([](const auto& status) { return !status["fetches"]["results"].empty(); });
    EXPECT_EQ(now["fetches"]["results"], (nlohmann::json{{"blocked", 1}}));
    EXPECT_EQ(issuers.connections(), 0);
}

TEST_F(IssuerRenewal, CanBeSwitchedOff) {
    start_with_pages([](auto& settings) {
        settings.egress.allow = {"127.0.0.1"};
        settings.repair.renew_before = std::chrono::seconds{0};
        settings.repair.list_url = "http://127.0.0.1:1/list";  // what is done at start is done when this is
    });
    const auto now =
        status_when([](const auto& status) { return status["issuers"]["list"]["result"] != ""; });
    EXPECT_EQ(now["issuers"]["renewals"]["attempts"], 0);
}

}  // namespace
}  // namespace chainmend::test
