// OCSP responses (RFC 6960), good and in every way that is not.
//
//     Root  <-  CA  <-  leaf.test         Responder below CA

#include "certs/ocsp_judgement.h"

#include <gtest/gtest.h>

#include "tests/support/revocation.h"

namespace chainmend::certs {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::forge_response;
using test::Identity;
using test::noon;
using test::responder_spec;
using test::ResponseDraft;

class OcspJudgement : public ::testing::Test {
  protected:
    RevocationFinding judge(const Bytes& response, Bytes nonce = {},
                            Profile profile = Profile::default_) const {
        return judge_ocsp(response,
                          {leaf.certificate(), ca.certificate(), noon(), profile, std::move(nonce)});
    }
    RevocationFinding judge(const ResponseDraft& draft) const {
        return judge(forge_response(*leaf.certificate(), ca, draft));
    }
    void expect_unknown(const RevocationFinding& finding, const std::string& words) const {
        EXPECT_EQ(finding.status, RevocationStatus::unknown);
        EXPECT_NE(finding.detail.find(words), std::string::npos) << finding.detail;
    }

    Identity root = Identity::root("Root");
    Identity ca = root.intermediate("CA");
    Identity leaf = ca.leaf("leaf.test");
};

TEST_F(OcspJudgement, OfTheIssuerSaysGood) {
    for (const bool by_key : {false, true}) {
        ResponseDraft draft;
        draft.by_key = by_key;
        const auto finding = judge(draft);
        EXPECT_EQ(finding.status, RevocationStatus::good) << finding.detail;
        EXPECT_EQ(finding.this_update, noon() - hours{1});
        EXPECT_EQ(finding.next_update, noon() + hours{24});
    }
}

TEST_F(OcspJudgement, SaysRevokedAndSince) {
    ResponseDraft draft;
    draft.status = ResponseDraft::Status::revoked;
    const auto finding = judge(draft);
    EXPECT_EQ(finding.status, RevocationStatus::revoked);
    EXPECT_EQ(finding.revoked_at, noon() - hours{25});
    EXPECT_NE(finding.detail.find("keyCompromise"), std::string::npos) << finding.detail;
}

TEST_F(OcspJudgement, MayNameTheCertificateUnderAnyStrongHash) {
    ResponseDraft draft;
    draft.id_digest = "SHA256";
    EXPECT_EQ(judge(draft).status, RevocationStatus::good);
    draft.id_digest = "MD5";
    expect_unknown(judge(draft), "about another certificate");
}

TEST_F(OcspJudgement, AboutAnotherSerialNumberSaysNothing) {
    const auto other = ca.leaf("leaf.test");
    expect_unknown(judge(forge_response(*other.certificate(), ca)), "about another certificate");
}

TEST_F(OcspJudgement, AboutTheSameSerialNumberOfAnotherIssuerSaysNothing) {
    const auto other_ca = root.intermediate("CA");  // the same name, another key
    test::CertificateSpec spec;
    spec.serial_hex = leaf.certificate()->serial();
    const auto twin = other_ca.leaf("leaf.test", spec);
    expect_unknown(judge(forge_response(*twin.certificate(), other_ca)), "about another certificate");
}

TEST_F(OcspJudgement, ThatTheResponderDoesNotKnowOrErrsSaysNothing) {
    ResponseDraft draft;
    draft.status = ResponseDraft::Status::unknown;
    expect_unknown(judge(draft), "does not know");
    expect_unknown(judge(test::ocsp_error(3)), "trylater");
    expect_unknown(judge(test::ocsp_error(6)), "unauthorized");
}

TEST_F(OcspJudgement, IsTimelyToTheSecondAtItsEndAndWithinTheSkewAtItsBegin) {
    ResponseDraft draft;
    draft.next_update = noon();
    EXPECT_EQ(judge(draft).status, RevocationStatus::good);
    draft.next_update = noon() - seconds{1};
    expect_unknown(judge(draft), "out of date");
    draft = {};
    draft.this_update = noon() + ocsp_clock_skew;
    EXPECT_EQ(judge(draft).status, RevocationStatus::good);
    draft.this_update += seconds{1};
    expect_unknown(judge(draft), "from the future");
}

TEST_F(OcspJudgement, WithoutAnEndIsBelievedForAnHour) {
    ResponseDraft draft;
    draft.has_next_update = false;
    EXPECT_EQ(judge(draft).status, RevocationStatus::good);
    draft.this_update -= seconds{1};
    expect_unknown(judge(draft), "out of date");
}

TEST_F(OcspJudgement, ForgedUnsignedOrWeaklySignedSaysNothing) {
    ResponseDraft draft;
    draft.break_signature = true;
    expect_unknown(judge(draft), "signature");
    const auto stranger = Identity::root("CA");  // the issuer's name, another key
    draft = {};
    draft.signer = &stranger;
    expect_unknown(judge(draft), "signature");
    draft = {};
    draft.digest = "SHA1";
    expect_unknown(judge(draft), "weak");
    EXPECT_EQ(judge(forge_response(*leaf.certificate(), ca, draft), {}, Profile::compat).status,
              RevocationStatus::good);
}

TEST_F(OcspJudgement, MayBeSignedByADelegateOfTheIssuer) {
    const auto responder = ca.issue(responder_spec());
    ResponseDraft draft;
    draft.signer = &responder;
    EXPECT_EQ(judge(draft).status, RevocationStatus::good) << judge(draft).detail;
}

TEST_F(OcspJudgement, NeedsTheDelegationItself) {
    const auto judged = [&](const Identity& responder) {
        ResponseDraft draft;
        draft.signer = &responder;
        return judge(draft);
    };
    auto spec = responder_spec();
    spec.extended_key_usage = "serverAuth";
    expect_unknown(judged(ca.issue(spec)), "not for signing OCSP");
    spec.extended_key_usage = "anyExtendedKeyUsage";
    expect_unknown(judged(ca.issue(spec)), "not for signing OCSP");
    spec.extended_key_usage = "none";
    expect_unknown(judged(ca.issue(spec)), "not for signing OCSP");
    expect_unknown(judged(root.issue(responder_spec())), "not issued by the issuer");
    const auto impostor = Identity::root("CA");
    expect_unknown(judged(impostor.issue(responder_spec())), "not issued by the issuer");
    spec = responder_spec();
    spec.not_after = noon() - seconds{1};
    expect_unknown(judged(ca.issue(spec)), "not valid at this time");
}

TEST_F(OcspJudgement, WithACriticalExtensionThatNobodyKnowsSaysNothing) {
    ResponseDraft draft;
    draft.critical_extension = true;
    expect_unknown(judge(draft), "critical extension");
}

TEST_F(OcspJudgement, WithoutAReadableTimeSaysNothing) {
    ResponseDraft draft;
    draft.unreadable_time = true;
    expect_unknown(judge(draft), "time");
}

// Nobody could tell whether such a responder has been revoked: it may condemn, not acquit.
TEST_F(OcspJudgement, OfADelegateThatIsToBeCheckedItselfCountsOnlyAgainstTheCertificate) {
    auto spec = responder_spec();
    spec.extensions.clear();
    spec.crl_urls = {"http://pki.test/ca.crl"};
    const auto responder = ca.issue(spec);
    ResponseDraft draft;
    draft.signer = &responder;
    expect_unknown(judge(draft), "ocsp-nocheck");
    draft.status = ResponseDraft::Status::revoked;
    EXPECT_EQ(judge(draft).status, RevocationStatus::revoked);
}

TEST_F(OcspJudgement, RepeatsTheNonceThatWasSent) {
    const Bytes sent(16, 7);
    ResponseDraft draft;
    draft.nonce = sent;
    EXPECT_EQ(judge(forge_response(*leaf.certificate(), ca, draft), sent).status, RevocationStatus::good);
    EXPECT_EQ(judge(draft).status, RevocationStatus::good);  // none was sent
    draft.nonce = Bytes(16, 8);
    expect_unknown(judge(forge_response(*leaf.certificate(), ca, draft), sent), "nonce");
    expect_unknown(judge(forge_response(*leaf.certificate(), ca), sent), "nonce");
}

TEST_F(OcspJudgement, HugeCutShortOrNonsenseSaysNothing) {
    const auto good = forge_response(*leaf.certificate(), ca);
    expect_unknown(judge(Bytes(max_ocsp_bytes + 1, 0x30)), "larger");
    expect_unknown(judge(Bytes{}), "no OCSP response");
    for (std::size_t size = 0; size < good.size(); size += 7)
        EXPECT_EQ(judge(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))).status,
                  RevocationStatus::unknown);
    auto longer = good;
    longer.push_back(0);
    expect_unknown(judge(longer), "no OCSP response");
}

// Whatever octet is changed: never "good" by another signature, never a crash.
TEST_F(OcspJudgement, WithAnyOctetChangedNeverSaysGoodUnlessItIsOutsideWhatIsSigned) {
    const auto good = forge_response(*leaf.certificate(), ca);
    int still_good = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto changed = good;
        changed[i] ^= 0x01;
        still_good += judge(changed).status == RevocationStatus::good ? 1 : 0;
    }
    // The outer status and types are not signed, but each of their octets matters.
    EXPECT_EQ(still_good, 0);
}

TEST_F(OcspJudgement, TellsWhenItEndsToWhoeverKeepsIt) {
    EXPECT_EQ(ocsp_next_update(forge_response(*leaf.certificate(), ca)), noon() + hours{24});
    EXPECT_EQ(ocsp_next_update(Bytes{1, 2, 3}), std::nullopt);
}

TEST_F(OcspJudgement, AsksForOneCertificate) {
    const auto plain = ocsp_request(*leaf.certificate(), *ca.certificate(), {});
    const auto with_nonce = ocsp_request(*leaf.certificate(), *ca.certificate(), Bytes(16, 7));
    ASSERT_TRUE(plain.ok() && with_nonce.ok());
    // RFC 5019 section 5: a request that fits into 255 octets of URL can be cached.
    EXPECT_LT(plain->size() * 4 / 3, 200u);
    EXPECT_GT(with_nonce->size(), plain->size() + 16);
}

}  // namespace
}  // namespace chainmend::certs
