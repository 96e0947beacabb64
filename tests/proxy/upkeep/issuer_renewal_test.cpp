#include "proxy/upkeep/issuer_renewal.h"

#include "proxy/files/issuer_file.h"
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

TEST(IssuerFile, KeepsWhereItsUrlMayLeadAndAllowsLittleWithoutIt) {
    const auto ca = Identity::root("Root").intermediate("CA");
    for (const auto network :
         {certs::Network::public_internet, certs::Network::private_network, certs::Network::loopback}) {
        const auto text = proxy::issuer_file_text(
            {ca.certificate(), Source::store, "http://pki.test/ca.crt", noon(), network});
        EXPECT_EQ(proxy::parse_issuer_file(text)->network, network) << text;
    }
    for (const std::string line : {"", "network: everything\n", "network:\n"})
        EXPECT_EQ(proxy::parse_issuer_file(line + ca.pem())->network, certs::Network::public_internet);
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
    const certs::StoredIssuer renewed{root.intermediate("CA", until(noon() + days{1})).certificate(),
                                      Source::store, "http://pki.test/ca.crt", noon() - days{90},
                                      certs::Network::private_network};
    const auto intake = proxy::take_in_renewal(
        snapshot,
        {impostor.certificate(), good.certificate(), root.certificate(), good.leaf("leaf.test").certificate(),
         root.intermediate("Old", until(noon() - days{1})).certificate()},
        renewed, noon());
    ASSERT_EQ(intake.outcome.taken.size(), 1U);
    EXPECT_EQ(snapshot.issuers->size(), 1U);
    const auto stored = snapshot.issuers->find(good.certificate()->sha256());
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->source, Source::store);
    EXPECT_EQ(stored->origin, "http://pki.test/ca.crt");
    EXPECT_EQ(stored->network, certs::Network::private_network);
    EXPECT_EQ(stored->stored_at, noon());
}

// Root  <-  CA 1 (stored, ten days left, fetched from /ca1)
class IssuerRenewal : public AdminTest {
  protected:
    void stored(certs::Network network) {
        const auto store = proxy::IssuerDirectory::open(directory / "intermediates");
        EXPECT_TRUE(
            (*store)->write({old.certificate(), Source::store, issuers.url("/ca1"), noon(), network}));
    }
    const Identity old = root.intermediate("Test CA 2", until(noon() + days{10}));
    const Identity renewed = root.intermediate("Test CA 2", until(noon() + days{900}), old.key());
};

TEST_F(IssuerRenewal, FetchesAnIssuerAgainBeforeItsEnd) {
    stored(certs::Network::public_internet);
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

// Without any setting: a server on loopback named the URL when the issuer was fetched first.
TEST_F(IssuerRenewal, MayGoWhereTheIssuerWasFetchedFirst) {
    CertificateSpec spec = until(noon() + days{10});
    const auto soon = root.intermediate("Test CA 3", spec);
    const auto later = root.intermediate("Test CA 3", until(noon() + days{900}), soon.key());
    issuers.serve("/ca3", {IssuerAnswer::der(soon.certificate()), IssuerAnswer::der(later.certificate())});
    spec = {};
    spec.ca_issuers = {issuers.url("/ca3")};
    Origin origin(OriginOptions::of(soon.leaf("leaf.test", spec)));
    const auto without_renewal = [](auto& settings) {
        settings.repair.renew_before = std::chrono::seconds{0};
    };
    start_with_pages(without_renewal);
    EXPECT_NE(visit(origin).find("hello"), std::string::npos);
    const auto file = directory / "intermediates" / (to_hex(soon.certificate()->sha256()) + ".pem");
    status_when([&](const auto&) { return std::filesystem::exists(file); });
    proxy->stop();
    ASSERT_NE(content_of(file).find("\nnetwork: loopback\n"), std::string::npos) << content_of(file);

    start_with_pages();
    const auto now =
        status_when([](const auto& status) { return status["issuers"]["renewals"]["renewed"] == 1; });
    EXPECT_EQ(now["issuers"]["renewals"]["failed"], 0);
    const auto renewed_file = directory / "intermediates" / (to_hex(later.certificate()->sha256()) + ".pem");
    EXPECT_NE(content_of(renewed_file).find("\nnetwork: loopback\n"), std::string::npos)
        << "and so may the next one";
}

TEST_F(IssuerRenewal, NotesWhatCouldNotBeRenewed) {
    stored(certs::Network::loopback);
    issuers.serve("/ca1", IssuerAnswer::not_found());
    start_with_pages();
    const auto now =
        status_when([](const auto& status) { return status["issuers"]["renewals"]["failed"] == 1; });
    EXPECT_EQ(now["issuers"]["renewals"]["renewed"], 0);
}

TEST_F(IssuerRenewal, KeepsToTheEgressPolicy) {
    stored(certs::Network::public_internet);
    issuers.serve("/ca1", IssuerAnswer::der(renewed.certificate()));
    start_with_pages();
    const auto now = status_when([](const auto& status) { return !status["fetches"]["results"].empty(); });
    EXPECT_EQ(now["fetches"]["results"], (nlohmann::json{{"blocked", 1}}));
    EXPECT_EQ(issuers.connections(), 0);
}

TEST_F(IssuerRenewal, CanBeSwitchedOff) {
    stored(certs::Network::loopback);
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
