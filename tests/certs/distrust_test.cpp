#include "certs/distrust.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

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
    for (const auto& [hex, octets] :
         {std::pair<std::string, Bytes>{"7f01", {0x7f, 0x01}}, {"8001", {0x00, 0x80, 0x01}}, {"05", {0x05}}}) {
        test::CertificateSpec spec;
        spec.serial_hex = hex;
        const auto bad = root.intermediate("CA 1", spec);
        DistrustList list;
        list.issuer_and_serial.insert({der_of(X509_get_issuer_name(bad.certificate()->x509())), octets});
        const Distrust distrust(list);
        EXPECT_TRUE(distrust.covers(*bad.certificate())) << hex;
        // The same number under another issuer is somebody else's certificate.
        EXPECT_FALSE(distrust.covers(*test::Identity::root("Other").intermediate("CA 1", spec).certificate())) << hex;
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
    EXPECT_TRUE(distrust.covers(*test::Identity::root("Other").intermediate("CA 1", {}, bad.key()).certificate()));
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

}  // namespace
}  // namespace chainmend::certs
