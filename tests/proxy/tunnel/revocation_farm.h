#pragma once

#include <filesystem>

#include "proxy/fetch/revocation_search.h"
#include "tests/proxy/tunnel/proxy_fixture.h"
#include "tests/support/revocation.h"

namespace chainmend::test {

/// OCSP responders and revocation lists on loopback, and the running proxy.
///
///     Root  <-  CA 1  <-  leaf.test       CA 1 and the leaf name responder and list at `issuers`
class RevocationFarm : public ProxyTest {
  protected:
    using Revocation = config::Revocation;

    void SetUp() override {
        root = Identity::root("Test Root");
        CertificateSpec spec;
        spec.ocsp = {issuers.url("/root-ocsp")};
        spec.crl_urls = {issuers.url("/root.crl")};
        ca1 = root.intermediate("Test CA 1", spec);
    }

    /// A leaf that names these of the farm.
    Identity farmed(bool ocsp = true, bool crl = false, CertificateSpec spec = {}) const {
        if (ocsp) spec.ocsp = {issuers.url("/ocsp")};
        if (crl) spec.crl_urls = {issuers.url("/ca1.crl")};
        return ca1.leaf("leaf.test", std::move(spec));
    }
    OriginOptions sending(const Identity& end_entity, Bytes staple = {}) const {
        auto options = OriginOptions::of(end_entity, {ca1.certificate()});
        options.staple = std::move(staple);
        return options;
    }
    static IssuerAnswer answer(Bytes body) {
        IssuerAnswer made;
        made.content_type = "application/ocsp-response";
        made.body = std::move(body);
        return made;
    }
    void serve_ocsp(IssuerAnswer made) {
        issuers.serve_below("/ocsp/", [made](const std::string&) { return made; });
    }
    void serve_list(const std::string& path, const Identity& issuer, std::vector<std::string> revoked = {},
                    const CrlDraft& base = {}) {
        CrlDraft draft = base;
        draft.revoked = std::move(revoked);
        issuers.serve(path, answer(der_of(*forge_crl(draft, as_forged(issuer)))));
    }
    /// CA 1 is fine.
    void serve_root_list() { serve_list("/root.crl", root); }

    std::string status_in(Revocation mode, const Origin& origin, const RunningProxy::Adjust& more = {}) {
        start([&](config::Settings& settings) {
            settings.verify.revocation = mode;
            settings.repair.budget = settings.egress.timeout =
                std::chrono::milliseconds{30'000};  // a loaded machine
            if (more) more(settings);
        });
        return status_of(origin);
    }
    void expect_accepted(Revocation mode, const Origin& origin) {
        const auto status = status_in(mode, origin);
        EXPECT_NE(status.find(" 200 "), std::string::npos) << status;
    }
    void expect_refused(Revocation mode, const Origin& origin, const std::string& code) {
        const auto status = status_in(mode, origin);
        EXPECT_NE(status.find(" 502 chainmend " + code + ":"), std::string::npos) << status;
    }
    /// What was told before and kept; ends the proxy.
    void forget() {
        proxy.reset();
        std::filesystem::remove_all(directory / "revocation");
    }
    /// The latest decision's findings, by depth.
    nlohmann::json revocation() { return last_decision()["chainmend"]["revocation"]; }
};

}  // namespace chainmend::test
