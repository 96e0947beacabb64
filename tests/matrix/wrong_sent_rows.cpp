#include "tests/matrix/scenario.h"

namespace chainmend::test {
namespace {

using std::chrono::days;
const Lines mended = {L, "CA aia /ca", R};

CertificateSpec expired() {
    CertificateSpec spec;
    spec.not_before = noon() - days{400};
    spec.not_after = noon() - days{1};
    return spec;
}

/// sent: leaf, `bad` (which is no use)      the CA is at the leaf's URL
Scenario instead(const std::string& name, std::function<Identity(Stage&)> bad, Expectation expected) {
    return {name,
            [bad](Stage& s) {
                s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
                s.send(s.leaf(s.ca, {"/ca"}), {bad(s)});
            },
            std::move(expected)};
}

Identity resigned(Stage& s, CertificateSpec spec) {
    return s.root.intermediate("CA", std::move(spec), s.ca.key());
}

CertificateSpec with_key_usage(const std::string& usage) {
    CertificateSpec spec;
    spec.key_usage = usage;
    return spec;
}

}  // namespace

Scenarios wrong_sent_rows() {
    const auto fetched = repaired(mended, {{"/ca", 1}});
    return {
        instead(
            "Unrelated", [](Stage& s) { return s.root.intermediate("Other CA"); }, fetched),
        instead(
            "ANamesakeWithAnotherKey", [](Stage& s) { return s.root.intermediate("CA"); }, fetched),
        instead(
            "AnotherKeyUnderTheRightKeyId",
            [](Stage& s) {
                CertificateSpec spec;
                spec.subject_key_id_hex = to_hex(s.ca.certificate()->subject_key_id());
                return s.root.intermediate("CA", spec);
            },
            fetched),
        instead(
            "TheRoot", [](Stage& s) { return s.root; }, fetched),
        instead(
            "Expired", [](Stage& s) { return resigned(s, expired()); }, fetched),
        instead(
            "NotYetValid",
            [](Stage& s) {
                CertificateSpec spec;
                spec.not_before = noon() + days{1};
                return resigned(s, spec);
            },
            fetched),
        instead(
            "ForClientsOnly",
            [](Stage& s) {
                CertificateSpec spec;
                spec.extended_key_usage = "clientAuth";
                return resigned(s, spec);
            },
            fetched),
        instead(
            "NotACa",
            [](Stage& s) {
                CertificateSpec spec;
                spec.common_name = "CA";
                return s.root.issue(spec, s.ca.key());
            },
            fetched),
        instead(
            "MayNotSignCertificates",
            [](Stage& s) { return resigned(s, with_key_usage("critical,cRLSign")); }, fetched),
        instead(
            "ForOtherNames",
            [](Stage& s) {
                CertificateSpec spec;
                spec.name_constraints = "critical,permitted;DNS:elsewhere.test";
                return resigned(s, spec);
            },
            fetched),
        // leaf <- CA <- Stranger was sent as well as could be, and Stranger is nobody's anchor.
        {"LeadingToAnUntrustedRoot",
         [](Stage& s) {
             s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
             s.send(s.leaf(s.ca, {"/ca"}), {s.stranger.cross_sign(s.ca, {}), s.stranger});
         },
         alternate_path(mended, {{"/ca", 1}})},
        {"LeadingToAnUntrustedRootAndTheStoreKnowsBetter",
         [](Stage& s) {
             s.stored(s.ca);
             s.send(s.leaf(s.ca, {"/ca"}), {s.stranger.cross_sign(s.ca, {}), s.stranger});
         },
         alternate_path({L, "CA store /earlier", R}, {})},
        {"LeadingToAnExpiredRoot",
         [](Stage& s) {
             const auto old = Identity::root("Old Root", expired());
             s.trusted(old);
             s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
             s.send(s.leaf(s.ca, {"/ca"}), {old.cross_sign(s.ca, {}), old});
         },
         alternate_path(mended, {{"/ca", 1}})},
        {"LeadingToAnExpiredRootAndTheStoreKnowsBetter",
         [](Stage& s) {
             const auto old = Identity::root("Old Root", expired());
             s.trusted(old);
             s.stored(s.ca);
             s.send(s.leaf(s.ca, {"/ca"}), {old.cross_sign(s.ca, {}), old});
         },
         alternate_path({L, "CA store /earlier", R}, {})},
        // The bad one is two levels up: leaf <- Lower <- CA (expired).
        {"ExpiredAndTheUpperOfTwo",
         [](Stage& s) {
             const auto lower = s.ca.intermediate("Lower", s.pointing_to({"/ca"}));
             s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
             s.send(s.leaf(lower), {lower, resigned(s, expired())});
         },
         repaired({L, "Lower server", "CA aia /ca", R}, {{"/ca", 1}})},
        // Nothing better is to be had.
        {"ExpiredAndTheIssuerServerHasTheSame",
         [](Stage& s) {
             const auto old = resigned(s, expired());
             s.issuers.serve("/ca", IssuerAnswer::der(old.certificate()));
             s.send(s.leaf(s.ca, {"/ca"}), {old});
         },
         refused("expired", {L, "CA server"}, {{"/ca", 1}})},
        {"LeadingToAnUntrustedRootAndNothingElse",
         [](Stage& s) {
             const auto ca = s.stranger.cross_sign(s.ca, {});
             s.issuers.serve("/ca", IssuerAnswer::der(ca.certificate()));
             s.send(s.leaf(s.ca, {"/ca"}), {ca, s.stranger});
         },
         refused("untrusted_root", {L, "CA server", "Stranger server"}, {{"/ca", 1}})},
    };
}

}  // namespace chainmend::test
