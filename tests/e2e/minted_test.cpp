#include <gtest/gtest.h>

#include "tests/e2e/sites.h"

// What a client receives inside the tunnel, looked at with OpenSSL's own program.
namespace chainmend::test {
namespace {

class Minted : public testing::Test {
  protected:
    /// The first certificate that a client sees for `url`, as PEM.
    std::string received(const std::string& url, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments = {"openssl",
                                              "s_client",
                                              "-proxy",
                                              installation.address(),
                                              "-connect",
                                              authority_of(url),
                                              "-servername",
                                              host_of(url),
                                              "-CAfile",
                                              installation.state("ca/ca.pem"),
                                              "-verify_return_error"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        told = installation.client(std::move(arguments), "Q\n");
        EXPECT_EQ(told.status, 0) << told.err;
        const std::size_t begin = told.out.find("-----BEGIN CERTIFICATE-----");
        const std::string end = "-----END CERTIFICATE-----\n";
        if (begin == std::string::npos) return "";
        return told.out.substr(begin, told.out.find(end, begin) + end.size() - begin);
    }
    static std::string host_of(const std::string& url) {
        const std::string authority = authority_of(url);
        return authority.substr(0, authority.find(':'));
    }
    Outcome openssl(std::vector<std::string> arguments, const std::string& input = "") const {
        arguments.insert(arguments.begin(), "openssl");
        return run({std::move(arguments), {}, installation.home(), input});
    }

    Installation installation;
    Sites sites{installation};
    Outcome told;  ///< of the last s_client
};

TEST_F(Minted, PassesOpensslsStrictRules) {
    const std::string url = sites.incomplete("incomplete.test");
    installation.start();
    const std::string leaf = installation.write("leaf.pem", received(url));
    const Outcome verified = openssl({"verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname",
                                      "incomplete.test", "-CAfile", installation.state("ca/ca.pem"), leaf});
    EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
    EXPECT_NE(told.out.find("Verify return code: 0 (ok)"), std::string::npos) << told.out;
}

TEST_F(Minted, IsForTheVerifiedNameAlone) {
    const std::string url = sites.incomplete("incomplete.test");
    installation.start();
    const Outcome names =
        openssl({"x509", "-noout", "-ext", "subjectAltName,extendedKeyUsage"}, received(url));
    EXPECT_NE(names.out.find("DNS:incomplete.test\n"), std::string::npos) << names.out;
    EXPECT_NE(names.out.find("TLS Web Server Authentication\n"), std::string::npos) << names.out;
}

TEST_F(Minted, EndsNoLaterThanTheServersOwn) {
    const std::string url = sites.complete("complete.test");  // 30 days
    installation.start();
    const std::string leaf = received(url);
    EXPECT_EQ(openssl({"x509", "-noout", "-checkend", std::to_string(29 * 86400)}, leaf).status, 0);
    EXPECT_EQ(openssl({"x509", "-noout", "-checkend", std::to_string(31 * 86400)}, leaf).status, 1);
}

TEST_F(Minted, TheSecondTunnelGetsTheSameCertificate) {
    const std::string url = sites.complete("complete.test");
    installation.start();
    const std::string first = received(url);
    EXPECT_EQ(received(url), first);
}

TEST_F(Minted, ServesAClientWithoutEcdsaAnRsaCertificate) {
    const std::string url = sites.complete("complete.test");
    installation.start();
    const std::string leaf = received(
        url, {"-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-sigalgs", "RSA-PSS+SHA256:RSA+SHA256"});
    const Outcome text = openssl({"x509", "-noout", "-text"}, leaf);
    EXPECT_NE(text.out.find("Public-Key: (2048 bit)"), std::string::npos) << text.out;
}

TEST_F(Minted, AClientThatDoesNotTrustTheCaIsTold) {
    const std::string url = sites.complete("complete.test");
    installation.start();
    const Outcome outcome = installation.client({"curl", "-sS", "--cacert", sites.root_file(), url});
    EXPECT_EQ(outcome.status, 60) << outcome.err;
}

}  // namespace
}  // namespace chainmend::test
