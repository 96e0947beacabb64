// RFC 6960, and RFC 7633's demand for a staple.
//
//     root -> ca -> leaf, with a response about the leaf
//             ca -> responder
#include "certs/ocsp_judgement.h"

#include <gtest/gtest.h>

#include "certs/path_validator.h"
#include "tests/support/forge_ocsp.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using namespace certs;
using enum Reason;
using std::chrono::days;
using std::chrono::seconds;

class Staple : public testing::Test {
  protected:
    void demand() {
        leaf_draft_.add("tlsfeature", "status_request");
        leaf_ = forge(leaf_draft_, &ca_);
    }

    Bytes by_ca(const OcspDraft& draft = {}) const {
        return forge_ocsp(draft, *leaf_.certificate, *ca_.certificate, *ca_.certificate, ca_.key.get());
    }
    Bytes by(const Forged& signer, const OcspDraft& draft = {}) const {
        return forge_ocsp(draft, *leaf_.certificate, *ca_.certificate, *signer.certificate, signer.key.get());
    }
    static Draft responder_draft() {
        Draft draft = leaf_draft("ocsp.test");
        draft.key = forged_key(KeyKind::p256, 55);
        return draft.set("extendedKeyUsage", "OCSPSigning");
    }

    PathJudgement judgement(const Bytes& staple) const {
        VerifyRequest request;
        request.at = noon();
        request.staple_was_asked_for = asked_for_;
        if (!staple.empty()) request.staple = std::make_shared<const Bytes>(staple);
        return judge_path({leaf_.certificate, ca_.certificate, root_.certificate}, request);
    }
    Reason reason(const Bytes& staple) const { return judgement(staple).failure.reason; }

    Draft leaf_draft_ = leaf_draft("shop.test");
    const Forged root_ = forge(root_draft("/O=Test/CN=Root"));
    const Forged ca_ = forge(ca_draft("/O=Test/CN=CA", 2), &root_);
    Forged leaf_ = forge(leaf_draft_, &ca_);
    bool asked_for_ = true;
};

TEST_F(Staple, ThatSaysGoodIsAccepted) {
    EXPECT_EQ(reason(by_ca()), ok) << judgement(by_ca()).failure.detail;
    EXPECT_EQ(reason({}), ok);
    OcspDraft draft;
    draft.certificate_hash = "SHA256";
    EXPECT_EQ(reason(by_ca(draft)), ok);
}

TEST_F(Staple, ThatSaysRevokedIsRevoked) {
    OcspDraft draft;
    draft.status = OcspDraft::Status::revoked;
    EXPECT_EQ(reason(by_ca(draft)), revoked);
    EXPECT_EQ(judgement(by_ca(draft)).failure.depth, 0);
}

TEST_F(Staple, ThatIsNotOfNowOrDoesNotKnowTellsNothing) {
    OcspDraft unknown;
    unknown.status = OcspDraft::Status::unknown;
    EXPECT_EQ(reason(by_ca(unknown)), revocation_unknown);
    OcspDraft old;
    old.next_update = noon() - seconds{1};
    EXPECT_EQ(reason(by_ca(old)), revocation_unknown);
    OcspDraft future;
    future.this_update = noon() + ocsp_clock_skew + seconds{1};
    EXPECT_EQ(reason(by_ca(future)), revocation_unknown);
    OcspDraft endless;
    endless.has_next_update = false;
    endless.this_update = noon() - ocsp_without_end - seconds{1};
    EXPECT_EQ(reason(by_ca(endless)), revocation_unknown);
    OcspDraft just;
    just.this_update = just.next_update = noon();
    EXPECT_EQ(reason(by_ca(just)), ok);
}

TEST_F(Staple, AboutAnotherCertificateTellsNothing) {
    Draft other = leaf_draft("other.test");
    other.serial_hex = "77";
    const Forged forged = forge(other, &ca_);
    EXPECT_EQ(reason(forge_ocsp({}, *forged.certificate, *ca_.certificate, *ca_.certificate, ca_.key.get())),
              revocation_unknown);
    // The same number of another issuer.
    EXPECT_EQ(reason(forge_ocsp({}, *leaf_.certificate, *root_.certificate, *ca_.certificate, ca_.key.get())),
              revocation_unknown);
}

TEST_F(Staple, MayBeSignedByAResponderThatTheIssuerCertifiedForIt) {
    const Forged responder = forge(responder_draft(), &ca_);
    EXPECT_EQ(reason(by(responder)), ok) << judgement(by(responder)).failure.detail;
    OcspDraft bare;
    bare.certificate_included = false;
    EXPECT_EQ(reason(by(responder, bare)), revocation_unknown);
}

TEST_F(Staple, ByAnybodyElseTellsNothing) {
    const auto expect_unknown = [&](const Draft& draft, const Forged& issuer) {
        EXPECT_EQ(reason(by(forge(draft, &issuer))), revocation_unknown);
    };
    expect_unknown(responder_draft(), root_);  // certified by another CA
    expect_unknown(responder_draft().set("extendedKeyUsage", "serverAuth"), ca_);
    expect_unknown(responder_draft().drop("extendedKeyUsage"), ca_);
    Draft expired_one = responder_draft();
    expired_one.not_after = noon() - days{1};
    expect_unknown(expired_one, ca_);
    Draft sha1 = responder_draft();
    sha1.digest = "SHA1";
    expect_unknown(sha1, ca_);
    EXPECT_EQ(reason(by(leaf_)), revocation_unknown);  // by itself
    const Forged impostor = forge(ca_draft("/O=Test/CN=CA", 9), &root_);
    EXPECT_EQ(reason(by(impostor)), revocation_unknown);  // the name, not the key
}

TEST_F(Staple, WithABadOrWeakSignatureTellsNothing) {
    OcspDraft bare;
    bare.certificate_included = false;  // so that the signature stands last
    Bytes broken = by_ca(bare);
    broken.back() ^= 1;
    EXPECT_EQ(reason(broken), revocation_unknown);
    OcspDraft weak;
    weak.digest = "SHA1";
    EXPECT_EQ(reason(by_ca(weak)), revocation_unknown);
}

TEST_F(Staple, ThatIsDemandedAndMissingIsRequired) {
    demand();
    EXPECT_EQ(reason({}), staple_required);
    EXPECT_EQ(reason(by_ca()), ok);
    OcspDraft old;
    old.next_update = noon() - seconds{1};
    EXPECT_EQ(reason(by_ca(old)), staple_required);
    asked_for_ = false;  // certificates in a file: who knows what the server staples
    const auto unasked = judgement({});
    EXPECT_TRUE(unasked.ok());
    ASSERT_EQ(unasked.warnings.size(), 1U);
    EXPECT_EQ(unasked.warnings[0].code, "staple_required");
}

TEST(OcspResponses, AreReadFromDerThatHoldsAnAnswer) {
    EXPECT_FALSE(check_ocsp_response({}).ok());
    EXPECT_FALSE(check_ocsp_response(as_bytes("no response")).ok());
    EXPECT_FALSE(check_ocsp_response(Bytes(max_ocsp_bytes + 1, 0x30)).ok());
    const auto later = check_ocsp_response(forge_ocsp_without_answer());
    ASSERT_FALSE(later.ok());
    EXPECT_NE(later.error().message.find("trylater"), std::string::npos) << later.error().message;
}

}  // namespace
}  // namespace chainmend::test
