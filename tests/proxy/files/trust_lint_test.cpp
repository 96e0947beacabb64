#include "proxy/files/trust_lint.h"

#include <gtest/gtest.h>

#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

using std::chrono::days;
using test::Identity;
using test::noon;

std::vector<std::string> codes_for(const std::string& pem, Time now = noon(), bool intermediates = false) {
    const test::TemporaryDirectory directory;
    config::TrustSettings settings;
    settings.system = false;
    settings.intermediates_as_anchors = intermediates;
    settings.files = {directory.write("trust.pem", pem).string()};
    std::vector<std::string> codes;
    for (const auto& finding : lint_trust(load_trust(settings, now, {}), now))
        codes.push_back(finding.code);
    return codes;
}

using Codes = std::vector<std::string>;

TEST(TrustLint, HasNothingToSayAboutAGoodRoot) {
    EXPECT_EQ(codes_for(Identity::root("Root").pem()), Codes{});
}

TEST(TrustLint, FindsEndEntityCertificates) {
    const auto root = Identity::root("Root");
    EXPECT_EQ(codes_for(root.pem() + root.leaf("www.corp").pem()), Codes{"problem"});
}

TEST(TrustLint, FindsWhatIsOrWillSoonBeExpired) {
    const auto root = Identity::root("Root");
    const auto ends = *root.certificate()->not_after();
    EXPECT_EQ(codes_for(root.pem(), ends - days{10}), Codes{"expires_soon"});
    EXPECT_EQ(codes_for(root.pem(), ends + days{10}), (Codes{"note", "expired"}));
    EXPECT_EQ(codes_for(root.pem(), *root.certificate()->not_before() - days{1}), Codes{"not_yet_valid"});
}

TEST(TrustLint, FindsDuplicatesAndAnchorsThatAreNotSelfSigned) {
    const auto root = Identity::root("Root");
    EXPECT_EQ(codes_for(root.pem() + root.pem()), Codes{"duplicate"});
    EXPECT_EQ(codes_for(root.pem() + root.intermediate("CA 1").pem(), noon(), true),
              Codes{"not_self_signed"});
}

}  // namespace
}  // namespace chainmend::proxy
