// RFC 6960, and RFC 7633's demand for a staple.
//
//     root -> ca -> leaf, with a response about the leaf
//             ca -> responder
#include "certs/ocsp_judgement.h"

#include <gtest/gtest.h>

#include "certs/path_validator.h"
#include "tests/support/revocation.h"

namespace chainmend::test {
namespace {

using namespace certs;
using enum Reason;
using std::chrono::seconds;

class Staple : public testing::Test {
  protected:
    void demand() {
        CertificateSpec spec;
        spec.extensions = {{"tlsfeature", "status_request"}};
        leaf_ = ca_.leaf("shop.test", spec);
    }

    Bytes by_ca(const ResponseDraft& draft = {}) const {
        return forge_response(*leaf_.certificate(), ca_, draft);
    }
    Bytes by(const Identity& signer, ResponseDraft draft = {}) const {
        draft.signer = &signer;
        return by_ca(draft);
    }

    PathJudgement judgement(const Bytes& staple, const std::vector<CrlPtr>& crls = {}) const {
        VerifyRequest request;
        request.at = noon();
        request.crls.assign(crls.begin(), crls.end());
        if (!staple.empty()) request.staple = std::make_shared<const Bytes>(staple);
        return judge_path({leaf_.certificate(), ca_.certificate(), root_.certificate()}, request);
    }
    Reason reason(const Bytes& staple) const { return judgement(staple).failure.reason; }

    const Identity root_ = Identity::root("Root");
    const Identity ca_ = root_.intermediate("CA");
    Identity leaf_ = ca_.leaf("shop.test");
};

TEST_F(Staple, ThatSaysGoodIsAccepted) {
    EXPECT_EQ(reason(by_ca()), ok) << judgement(by_ca()).failure.detail;
    EXPECT_EQ(reason({}), ok);
    ResponseDraft draft;
    draft.id_digest = "SHA256";
    EXPECT_EQ(reason(by_ca(draft)), ok);
}

TEST_F(Staple, ThatSaysRevokedIsRevoked) {
    ResponseDraft draft;
    draft.status = ResponseDraft::Status::revoked;
    EXPECT_EQ(reason(by_ca(draft)), revoked);
    EXPECT_EQ(judgement(by_ca(draft)).failure.depth, 0);
}

TEST_F(Staple, ThatIsNotOfNowOrDoesNotKnowTellsNothing) {
    ResponseDraft unknown;
    unknown.status = ResponseDraft::Status::unknown;
    EXPECT_EQ(reason(by_ca(unknown)), revocation_unknown);
    ResponseDraft old;
    old.next_update = noon() - seconds{1};
    EXPECT_EQ(reason(by_ca(old)), revocation_unknown);
    ResponseDraft future;
    future.this_update = noon() + ocsp_clock_skew + seconds{1};
    EXPECT_EQ(reason(by_ca(future)), revocation_unknown);
    ResponseDraft endless;
    endless.has_next_update = false;
    endless.this_update = noon() - ocsp_without_end - seconds{1};
    EXPECT_EQ(reason(by_ca(endless)), revocation_unknown);
    ResponseDraft just;
    just.this_update = just.next_update = noon();
    EXPECT_EQ(reason(by_ca(just)), ok);
}

TEST_F(Staple, AboutAnotherCertificateTellsNothing) {
    const Identity other = ca_.leaf("other.test");
    EXPECT_EQ(reason(forge_response(*other.certificate(), ca_)), revocation_unknown);
    // The same number of another issuer.
    ResponseDraft by_the_issuer;
    by_the_issuer.signer = &ca_;
    EXPECT_EQ(reason(forge_response(*leaf_.certificate(), root_, by_the_issuer)), revocation_unknown);
}

TEST_F(Staple, MayBeSignedByAResponderThatTheIssuerCertifiedForIt) {
    const Identity responder = ca_.issue(responder_spec());
    EXPECT_EQ(reason(by(responder)), ok) << judgement(by(responder)).failure.detail;
    ResponseDraft bare;
    bare.without_certificates = true;
    EXPECT_EQ(reason(by(responder, bare)), revocation_unknown);
}

TEST_F(Staple, ByAnybodyElseTellsNothing) {
    const auto expect_unknown = [&](const CertificateSpec& spec, const Identity& issuer) {
        EXPECT_EQ(reason(by(issuer.issue(spec))), revocation_unknown);
    };
    expect_unknown(responder_spec(), root_);  // certified by another CA
    CertificateSpec server = responder_spec();
    server.extended_key_usage = "serverAuth";
    expect_unknown(server, ca_);
    CertificateSpec anything = responder_spec();
    anything.extended_key_usage = "none";
    expect_unknown(anything, ca_);
    CertificateSpec expired_one = responder_spec();
    expired_one.not_after = noon() - seconds{1};
    expect_unknown(expired_one, ca_);
    CertificateSpec sha1 = responder_spec();
    sha1.digest = "SHA1";
    expect_unknown(sha1, ca_);
    EXPECT_EQ(reason(by(leaf_)), revocation_unknown);                     // by itself
    EXPECT_EQ(reason(by(root_.intermediate("CA"))), revocation_unknown);  // the name, not the key
}

TEST_F(Staple, WithABadOrWeakSignatureTellsNothing) {
    ResponseDraft broken;
    broken.break_signature = true;
    EXPECT_EQ(reason(by_ca(broken)), revocation_unknown);
    ResponseDraft weak;
    weak.digest = "SHA1";
    EXPECT_EQ(reason(by_ca(weak)), revocation_unknown);
}

TEST_F(Staple, ThatIsDemandedAndNoUseIsRequired) {
    demand();
    EXPECT_EQ(reason(by_ca()), ok);
    ResponseDraft old;
    old.next_update = noon() - seconds{1};
    EXPECT_EQ(reason(by_ca(old)), staple_required);
    // Certificates in a file: who knows what the server staples.
    const auto unasked = judgement({});
    EXPECT_TRUE(unasked.ok());
    ASSERT_EQ(unasked.warnings.size(), 1U);
    EXPECT_EQ(unasked.warnings[0].code, "staple_required");
}

// The leaf is known to be good by its response, the CA by a list: together they tell enough.
TEST_F(Staple, AndAListTellOfOneCertificateEach) {
    CrlDraft revoking;
    revoking.revoked = {ca_.certificate()->serial()};
    const auto list = forge_crl({}, as_forged(root_));
    EXPECT_TRUE(judgement(by_ca(), {list}).ok()) << judgement(by_ca(), {list}).failure.detail;
    EXPECT_EQ(judgement({}, {list}).failure.reason, revocation_unknown);
    EXPECT_EQ(judgement(by_ca(), {forge_crl(revoking, as_forged(root_))}).failure.reason, revoked);
    EXPECT_EQ(judgement(by_ca(), {forge_crl({}, as_forged(ca_))}).failure.depth, 1);
}

TEST(OcspResponses, AreReadFromDerThatHoldsAnAnswer) {
    EXPECT_FALSE(check_ocsp_response({}).ok());
    EXPECT_FALSE(check_ocsp_response(as_bytes("no response")).ok());
    EXPECT_FALSE(check_ocsp_response(Bytes(max_ocsp_bytes + 1, 0x30)).ok());
    const auto later = check_ocsp_response(ocsp_error(3));
    ASSERT_FALSE(later.ok());
    EXPECT_NE(later.error().message.find("trylater"), std::string::npos) << later.error().message;
}

}  // namespace
}  // namespace chainmend::test
