#include "certs/certificate_file.h"

#include <gtest/gtest.h>

#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using namespace certs;

class CertificateFileTest : public testing::Test {
  protected:
    const Identity root = Identity::root("Example CA");
    const Identity leaf = root.leaf("leaf.test");

    static std::string relabelled(std::string pem, const std::string& label) {
        for (std::size_t at = 0; (at = pem.find("CERTIFICATE-----", at)) != std::string::npos;
             at += label.size()) {
            pem.replace(at, std::string_view("CERTIFICATE").size(), label);
        }
        return pem;
    }
};

TEST_F(CertificateFileTest, ReadsPemWithTextAroundAndCrlf) {
    std::string text = "Subject: something\n" + leaf.pem() + "\n# comment\n" + root.pem() + "trailing";
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
        text.replace(at, 1, "\r\n");
    const auto file = read_certificates(as_bytes(text));
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(file->format, CertificateFormat::pem);
    ASSERT_EQ(file->certificates.size(), 2u);
    EXPECT_EQ(file->certificates[0]->sha256(), leaf.certificate()->sha256());
    EXPECT_EQ(file->certificates[1]->sha256(), root.certificate()->sha256());
    EXPECT_TRUE(file->problems.empty());
}

TEST_F(CertificateFileTest, ReadsDerAndPkcs7ByContent) {
    const auto der = read_certificates(leaf.certificate()->der());
    ASSERT_TRUE(der.ok());
    EXPECT_EQ(der->format, CertificateFormat::der);
    const auto bag = read_certificates(pkcs7({leaf.certificate(), root.certificate()}));
    ASSERT_TRUE(bag.ok());
    EXPECT_EQ(bag->format, CertificateFormat::pkcs7);
    EXPECT_EQ(bag->certificates.size(), 2u);
}

// "openssl storeutl -certs" begins so, and the digit 0 is the octet that DER begins with.
TEST_F(CertificateFileTest, ReadsPemBehindTextThatBeginsWithAZero) {
    const auto file = read_certificates(as_bytes("0: Certificate\n" + leaf.pem()));
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ(file->format, CertificateFormat::pem);
    ASSERT_EQ(file->certificates.size(), 1u);
    EXPECT_EQ(file->certificates[0]->sha256(), leaf.certificate()->sha256());
    EXPECT_NE(read_certificates(as_bytes("0: nothing")).error().message.find("in DER"), std::string::npos);
}

TEST_F(CertificateFileTest, ReadsOtherLabelsAndPassesOverKeys) {
    const auto file = read_certificates(as_bytes(leaf.key_pem() + relabelled(leaf.pem(), "X509 CERTIFICATE") +
                                                 relabelled(root.pem(), "TRUSTED CERTIFICATE")));
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(file->certificates.size(), 2u);
    EXPECT_TRUE(file->problems.empty());
}

TEST_F(CertificateFileTest, SaysWhereADamagedBlockStandsAndKeepsTheOthers) {
    std::string damaged = leaf.pem();
    damaged[100] = '!';
    const auto file = read_certificates(as_bytes("# a comment\n" + damaged + root.pem()));
    ASSERT_TRUE(file.ok());
    ASSERT_EQ(file->certificates.size(), 1u);
    ASSERT_EQ(file->problems.size(), 1u);
    EXPECT_EQ(file->problems[0], "block 1, line 2: not base64");
}

TEST_F(CertificateFileTest, KeepsTheBlockBehindOneThatIsBrokenOff) {
    const auto file = read_certificates(as_bytes(leaf.pem().substr(0, 200) + "\n" + root.pem()));
    ASSERT_TRUE(file.ok());
    ASSERT_EQ(file->certificates.size(), 1u);
    EXPECT_EQ(file->certificates[0]->sha256(), root.certificate()->sha256());
    EXPECT_EQ(file->problems.size(), 1u);
}

TEST_F(CertificateFileTest, SaysWhatThereIsInsteadOfACertificate) {
    const auto reason = [](std::string_view text) {
        const auto file = read_certificates(as_bytes(text));
        return file.ok() ? "ok" : file.error().message;
    };
    EXPECT_EQ(reason(""), "empty");
    EXPECT_EQ(reason(" \r\n"), "empty");
    EXPECT_EQ(reason("<html></html>"), "HTML or XML, not a certificate");
    EXPECT_EQ(reason("\x1f\x8b\x08 and so on"), "compressed with gzip, not a certificate");
    EXPECT_EQ(reason("garbage"), "no certificate in it: neither PEM nor DER nor PKCS#7");
    EXPECT_EQ(reason(leaf.key_pem()), "no certificate in it, only \"PRIVATE KEY\"");
    EXPECT_NE(reason("0\x82\x01").find("neither a certificate nor PKCS#7"), std::string::npos);
    EXPECT_NE(reason("-----BEGIN CERTIFICATE-----\n").find("END line is missing"), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
