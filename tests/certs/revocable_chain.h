#pragma once

#include <gtest/gtest.h>

#include "certs/crl.h"
#include "certs/path_validator.h"
#include "tests/support/forge.h"
#include "tests/support/pki.h"

namespace chainmend::test {

/// root -> ca -> leaf, to be judged with revocation lists. A test bends the drafts and calls issue() again.
class RevocableChain : public testing::Test {
  protected:
    RevocableChain() {
        ca_draft_.serial_hex = "CA01";
        leaf_draft_.serial_hex = "1EAF";
    }

    void SetUp() override { issue(); }

    void issue() {
        root_ = forge(root_draft("/O=Test/CN=Root"));
        ca_ = forge(ca_draft_, &root_);
        leaf_ = forge(leaf_draft_, &ca_);
    }

    certs::Failure judge(std::vector<certs::CrlPtr> crls,
                         certs::Profile profile = certs::Profile::default_) const {
        return judge({leaf_.certificate, ca_.certificate, root_.certificate}, std::move(crls), profile);
    }
    certs::Failure judge(const std::vector<certs::CertificatePtr>& path, std::vector<certs::CrlPtr> crls,
                         certs::Profile profile = certs::Profile::default_) const {
        certs::VerifyRequest request;
        request.at = noon();
        request.profile = profile;
        request.crls.assign(crls.begin(), crls.end());
        request.crl_issuers = crl_issuers_;
        return judge_path(path, request).failure;
    }

    certs::CrlPtr root_crl(const CrlDraft& draft = {}) const { return forge_crl(draft, root_); }
    certs::CrlPtr ca_crl(const CrlDraft& draft = {}) const { return forge_crl(draft, ca_); }

    Draft ca_draft_ = ca_draft("/O=Test/CN=CA", 2);
    Draft leaf_draft_ = leaf_draft("shop.test");
    Forged root_, ca_, leaf_;
    std::vector<certs::CertificatePtr> crl_issuers_;
};

}  // namespace chainmend::test
