#include "certs/encoded_certificate.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

#include "tests/support/pki.h"

namespace chainmend::certs {
namespace {

Bytes subject_of(const Certificate& certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_NAME(X509_get_subject_name(certificate.x509()), &der);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

TEST(EncodedCertificate, KnowsItsFingerprintAndItsSubject) {
    const auto root = test::Identity::root("Root");
    const auto leaf = root.leaf("leaf.test");
    for (const auto& certificate : {root.certificate(), leaf.certificate()}) {
        const auto encoded = EncodedCertificate::from_pem("some text\n" + certificate->pem() + "more\n");
        ASSERT_TRUE(encoded) << encoded.error().message;
        EXPECT_EQ(encoded->sha256(), certificate->sha256());
        EXPECT_EQ(Bytes(encoded->subject().begin(), encoded->subject().end()), subject_of(*certificate));
        EXPECT_EQ(encoded->der(), Bytes(certificate->der().begin(), certificate->der().end()));
    }
}

TEST(EncodedCertificate, LooksLikeACaWhenItIsOne) {
    const auto root = test::Identity::root("Root");
    test::CertificateSpec limited;
    limited.path_length = 0;
    test::CertificateSpec plain;
    plain.basic_constraints = false;
    for (const auto& [identity, is_ca] :
         {std::pair{root, true}, std::pair{root.intermediate("CA"), true},
          std::pair{root.intermediate("CA 0", limited), true}, std::pair{root.leaf("leaf.test"), false},
          std::pair{root.leaf("leaf.test", plain), false}}) {
        const auto& certificate = *identity.certificate();
        ASSERT_EQ(certificate.is_ca(), is_ca);
        EXPECT_EQ(EncodedCertificate::from_pem(certificate.pem())->looks_like_ca(), is_ca)
            << certificate.display_name();
    }
}

TEST(EncodedCertificate, NeedsAWholeBlockOfBase64) {
    const std::string pem = test::Identity::root("Root").pem();
    EXPECT_FALSE(EncodedCertificate::from_pem(""));
    EXPECT_FALSE(EncodedCertificate::from_pem(pem.substr(0, pem.size() / 2)));
    EXPECT_FALSE(EncodedCertificate::from_pem("-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n"));
    EXPECT_FALSE(
        EncodedCertificate::from_pem("-----BEGIN CERTIFICATE-----\nMII!\n-----END CERTIFICATE-----\n"));
    EXPECT_FALSE(
        EncodedCertificate::from_pem("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
}

TEST(EncodedCertificate, CutOffOrBentBytesNeverReachBeyondTheEnd) {
    const auto root = test::Identity::root("Root");
    const Bytes der(root.certificate()->der().begin(), root.certificate()->der().end());
    for (std::size_t size = 0; size < der.size(); ++size) {
        EXPECT_FALSE(EncodedCertificate::from_der(Bytes(der.begin(), der.begin() + static_cast<long>(size))));
    }
    // The sanitizers watch this: a length octet turned into every other must stay within the bytes.
    for (std::size_t at = 0; at < 200; ++at) {
        for (const std::uint8_t octet : {0x00, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0xff}) {
            Bytes bent = der;
            bent[at] = octet;
            const auto encoded = EncodedCertificate::from_der(bent);
            if (encoded) {
                EXPECT_LE(encoded->subject().size(), bent.size());
            }
        }
    }
}

}  // namespace
}  // namespace chainmend::certs
