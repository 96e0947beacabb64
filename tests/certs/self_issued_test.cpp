// A CA that changes its key, and its lists: NIST's PKITS sections 4.5 and 4.4.19 to 4.4.21.
#include "tests/certs/revocable_chain.h"

namespace chainmend::test {
namespace {

using namespace certs;
using enum Reason;

/// The CA has a first key, certified by the root, and a second one; each is certified by the other too.
class SelfIssued : public RevocableChain {
  protected:
    static Draft key(int number, const char* serial) {
        Draft draft = ca_draft("/O=Test/CN=CA", number);
        draft.serial_hex = serial;
        return draft;
    }
    /// With a key id, so that it can be told which key signed it.
    static CrlPtr list(const Forged& signer, CrlDraft draft = {}) {
        draft.extensions.emplace_back("authorityKeyIdentifier", "keyid");
        return forge_crl(draft, signer);
    }
    static CrlDraft revoking(const char* serial) {
        CrlDraft draft;
        draft.revoked = {serial};
        return draft;
    }
};

// root -> CA (new key) -> CA (old key, self-issued) -> leaf; the lists are signed with the new key
TEST_F(SelfIssued, OldKeyUnderTheNewOne) {
    const Forged now = forge(key(2, "02"), &root_);
    const Forged old = forge(key(3, "03"), &now);
    const Forged leaf = forge(leaf_draft_, &old);
    const std::vector<CertificatePtr> path{leaf.certificate, old.certificate, now.certificate,
                                           root_.certificate};
    EXPECT_EQ(judge(path, {root_crl(), list(now)}).reason, ok);
    EXPECT_EQ(judge(path, {root_crl(), list(now, revoking("1EAF"))}).reason, revoked);
    EXPECT_EQ(judge(path, {root_crl(), list(now, revoking("03"))}).depth, 1);
}

// root -> CA (old key) -> CA (new key, self-issued) -> leaf; each key has a list
TEST_F(SelfIssued, NewKeyUnderTheOldOne) {
    const Forged old = forge(key(2, "02"), &root_);
    const Forged now = forge(key(3, "03"), &old);
    const Forged leaf = forge(leaf_draft_, &now);
    const std::vector<CertificatePtr> path{leaf.certificate, now.certificate, old.certificate,
                                           root_.certificate};
    EXPECT_EQ(judge(path, {root_crl(), list(old), list(now)}).reason, ok);
    EXPECT_EQ(judge(path, {root_crl(), list(old), list(now, revoking("1EAF"))}).reason, revoked);
    EXPECT_EQ(judge(path, {root_crl(), list(old, revoking("03")), list(now)}).reason, revoked);
    EXPECT_EQ(judge(path, {root_crl(), list(old, revoking("03")), list(now)}).depth, 1);
}

// root -> CA -> leaf
//            -> CA (self-issued, for lists only), which signs the list of the leaf; one by the CA covers it
TEST_F(SelfIssued, KeyForListsOnly) {
    Draft draft = key(3, "03");
    draft.set("basicConstraints", "critical,CA:FALSE").set("keyUsage", "critical,cRLSign");
    draft.sections =
        "[for_keys]\nfullname=URI:http://crl.test/keys\n[for_leaves]\nfullname=URI:http://crl.test/leaves\n";
    draft.add("crlDistributionPoints", "for_keys");
    leaf_draft_.sections = draft.sections;
    leaf_draft_.add("crlDistributionPoints", "for_leaves");
    issue();
    const Forged signer = forge(draft, &ca_);
    crl_issuers_ = {signer.certificate};
    const auto scoped = [&](const char* section, CrlDraft list) {
        list.sections = draft.sections;
        list.extensions.emplace_back("issuingDistributionPoint", std::string("critical,@") + section);
        return list;
    };
    const CrlPtr for_keys = list(ca_, scoped("for_keys", {}));
    EXPECT_EQ(judge({root_crl(), for_keys, list(signer, scoped("for_leaves", {}))}).reason, ok);
    EXPECT_EQ(judge({root_crl(), for_keys, list(signer, scoped("for_leaves", revoking("1EAF")))}).reason,
              revoked);
    const CrlPtr key_is_revoked = list(ca_, scoped("for_keys", revoking("03")));
    EXPECT_EQ(judge({root_crl(), key_is_revoked, list(signer, scoped("for_leaves", {}))}).reason,
              revocation_unknown);
    // It signs lists, not certificates.
    const Forged forged_by_it = forge(leaf_draft_, &signer);
    EXPECT_EQ(
        judge({forged_by_it.certificate, signer.certificate, ca_.certificate, root_.certificate}, {}).reason,
        not_a_ca);
}

}  // namespace
}  // namespace chainmend::test
