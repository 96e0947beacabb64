#include "certs/distrust.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

#include "certs/path_builder.h"
#include "tests/support/path_building.h"
#include "tests/support/pki.h"

namespace chainmend::certs {
namespace {

Bytes der_of(const X509_NAME* name) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_NAME(name, &der);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

TEST(Distrust, ThatIsEmptyCoversNothing) {
    EXPECT_FALSE(Distrust().covers(*test::Identity::root("Root").certificate()));
}

TEST(Distrust, CoversACertificateByItsFingerprint) {
    const auto root = test::Identity::root("Root");
    const auto bad = root.intermediate("CA 1");
    const auto renewed = root.intermediate("CA 1", {}, bad.key());
    DistrustList list;
    list.fingerprints.insert(bad.certificate()->sha256());
    const Distrust distrust(list);
    EXPECT_TRUE(distrust.covers(*bad.certificate()));
    EXPECT_FALSE(distrust.covers(*renewed.certificate()));
    EXPECT_FALSE(distrust.covers(*root.certificate()));
}

TEST(Distrust, CoversEveryCertificateOfAKeyByTheKeysFingerprint) {
    const auto root = test::Identity::root("Root");
    const auto bad = root.intermediate("CA 1");
    const auto renewed = root.intermediate("CA 1", {}, bad.key());
    DistrustList list;
    list.fingerprints.insert(bad.certificate()->spki_sha256());
    const Distrust distrust(list);
    EXPECT_TRUE(distrust.covers(*bad.certificate()));
    EXPECT_TRUE(distrust.covers(*renewed.certificate()));
    EXPECT_FALSE(distrust.covers(*root.intermediate("CA 1").certificate()));
}

TEST(Distrust, CoversByIssuerAndSerialNumberWithItsLeadingZero) {
    const auto root = test::Identity::root("Root");
    for (const auto& [hex, octets] : {std::pair<std::string, Bytes>{"7f01", {0x7f, 0x01}},
                                      {"8001", {0x00, 0x80, 0x01}},
                                      {"05", {0x05}}}) {
        test::CertificateSpec spec;
        spec.serial_hex = hex;
        const auto bad = root.intermediate("CA 1", spec);
        DistrustList list;
        list.issuer_and_serial.insert({der_of(X509_get_issuer_name(bad.certificate()->x509())), octets});
        const Distrust distrust(list);
        EXPECT_TRUE(distrust.covers(*bad.certificate())) << hex;
        // The same number under another issuer is somebody else's certificate.
        EXPECT_FALSE(distrust.covers(*test::Identity::root("Other").intermediate("CA 1", spec).certificate()))
            << hex;
        EXPECT_FALSE(distrust.covers(*root.intermediate("CA 1").certificate())) << hex;
    }
}

TEST(Distrust, CoversBySubjectAndKey) {
    const auto root = test::Identity::root("Root");
    const auto bad = root.intermediate("CA 1");
    DistrustList list;
    list.subject_and_key.insert(
        {der_of(X509_get_subject_name(bad.certificate()->x509())), bad.certificate()->spki_sha256()});
    const Distrust distrust(list);
    EXPECT_TRUE(distrust.covers(*bad.certificate()));
    EXPECT_TRUE(
        distrust.covers(*test::Identity::root("Other").intermediate("CA 1", {}, bad.key()).certificate()));
    EXPECT_FALSE(distrust.covers(*root.intermediate("CA 1").certificate()));
    EXPECT_FALSE(distrust.covers(*root.intermediate("CA 2", {}, bad.key()).certificate()));
}

TEST(Distrust, MergedListsCoverWhatEitherCovers) {
    const auto one = test::Identity::root("One");
    const auto other = test::Identity::root("Other");
    DistrustList list;
    list.fingerprints.insert(one.certificate()->sha256());
    DistrustList more;
    more.fingerprints.insert(other.certificate()->sha256());
    list.merge(more);
    EXPECT_EQ(list.size(), 2u);
    EXPECT_TRUE(Distrust(list).covers(*one.certificate()));
    EXPECT_TRUE(Distrust(list).covers(*other.certificate()));
}

/// Judges `leaf` as sent with `intermediates`, with `list` in force.
Verdict verdict_on(const test::Identity& root, const test::Identity& leaf,
                   const std::vector<CertificatePtr>& intermediates, const DistrustList& list) {
    TrustStoreBuilder trust;
    trust.add(root.certificate(), "given");
    PresentedChain presented;
    presented.certificates = {leaf.certificate()};
    presented.certificates.insert(presented.certificates.end(), intermediates.begin(), intermediates.end());
    VerifyRequest request;
    request.at = test::noon();
    request.distrust = std::make_shared<const Distrust>(list);
    SignatureMemo memo;
    PathBuilder builder(std::move(trust).build(), nullptr, presented, {}, request, &memo);
    auto step = builder.next();
    EXPECT_TRUE(std::holds_alternative<Verdict>(step));
    return std::get<Verdict>(step);
}

TEST(Distrust, KeepsACertificateOffEveryPathWhereverItStands) {
    // Root -> CA 1 -> leaf.test
    const auto root = test::Identity::root("Root");
    const auto ca = root.intermediate("CA 1");
    const auto leaf = ca.leaf("leaf.test");
    EXPECT_TRUE(verdict_on(root, leaf, {ca.certificate()}, {}).accepted());
    for (const auto* bad : {&root, &ca, &leaf}) {
        DistrustList list;
        list.fingerprints.insert(bad->certificate()->sha256());
        const auto verdict = verdict_on(root, leaf, {ca.certificate()}, list);
        EXPECT_FALSE(verdict.accepted());
        EXPECT_EQ(verdict.failure.reason, Reason::revoked) << bad->certificate()->display_name();
    }
}

TEST(Distrust, LeavesAnotherCertificateOfTheSameCaUsable) {
    // Root -> CA 1 (distrusted) -> leaf.test
    // Root -> CA 1 (renewed)    -> leaf.test
    const auto root = test::Identity::root("Root");
    const auto ca = root.intermediate("CA 1");
    const auto renewed = root.intermediate("CA 1", {}, ca.key());
    const auto leaf = ca.leaf("leaf.test");
    DistrustList list;
    list.fingerprints.insert(ca.certificate()->sha256());
    const auto verdict = verdict_on(root, leaf, {ca.certificate(), renewed.certificate()}, list);
    EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(verdict.path[1].certificate->sha256(), renewed.certificate()->sha256());
}

// Root -> CA 1 (distrusted)                     -> leaf.test
// Root -> CA 1 (issued anew, at the leaf's URL) -> leaf.test
class DistrustOfAnIssuer : public testing::Test {
  protected:
    static test::CertificateSpec with_url(const std::string& url) {
        test::CertificateSpec spec;
        spec.ca_issuers = {url};
        return spec;
    }
    void SetUp() override {
        DistrustList list;
        list.fingerprints.insert(bad.certificate()->sha256());
        building.trust({root});
        building.request.distrust = std::make_shared<const Distrust>(list);
    }
    void expect_renewed(const Verdict& verdict) {
        ASSERT_TRUE(verdict.accepted()) << verdict.failure.detail;
        EXPECT_EQ(verdict.how, How::repaired);
        EXPECT_EQ(verdict.path[1].certificate->sha256(), renewed.certificate()->sha256());
        EXPECT_EQ(building.asked, std::vector<std::string>{"leaf.test"}) << "nobody above a distrusted one";
    }

    const test::Identity root = test::Identity::root("Root", with_url("http://pki.test/none"));
    const test::Identity bad = root.intermediate("CA 1", with_url("http://pki.test/root"));
    const test::Identity renewed = root.intermediate("CA 1", {}, bad.key());
    const test::Identity leaf = bad.leaf("leaf.test", with_url("http://pki.test/ca1"));
    test::PathBuilding building;
};

TEST_F(DistrustOfAnIssuer, ThatWasSentAsksForAnotherCertificateOfIt) {
    building.sent({leaf, bad}).served("http://pki.test/ca1", {renewed.certificate()});
    expect_renewed(building.verdict());
}

TEST_F(DistrustOfAnIssuer, InTheStoreAsksForAnotherCertificateOfIt) {
    building.sent({leaf}).stored(bad).served("http://pki.test/ca1", {renewed.certificate()});
    expect_renewed(building.verdict());
}

TEST_F(DistrustOfAnIssuer, ThatIsServedBesideTheOtherIsNoHindrance) {
    building.sent({leaf}).served("http://pki.test/ca1", {bad.certificate(), renewed.certificate()});
    expect_renewed(building.verdict());
}

TEST_F(DistrustOfAnIssuer, RefusesWhenThereIsNoOther) {
    building.sent({leaf, bad}).served("http://pki.test/ca1", {bad.certificate()});
    const auto verdict = building.verdict();
    EXPECT_FALSE(verdict.accepted());
    EXPECT_EQ(verdict.failure.reason, Reason::revoked);
    EXPECT_EQ(verdict.failure.depth, 1);
    EXPECT_EQ(verdict.failure.detail,
              "the intermediate CA 1 is on the list of certificates that must not be used");
}

TEST_F(DistrustOfAnIssuer, ButNotOfTheServersOwnAsksForAnything) {
    DistrustList list;
    list.fingerprints.insert(leaf.certificate()->sha256());
    building.request.distrust = std::make_shared<const Distrust>(list);
    building.sent({leaf}).served("http://pki.test/ca1", {renewed.certificate()});
    EXPECT_EQ(building.verdict().failure.reason, Reason::revoked);
    EXPECT_TRUE(building.asked.empty());
}

}  // namespace
}  // namespace chainmend::certs
