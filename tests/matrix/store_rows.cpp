#include "tests/matrix/scenario.h"

namespace chainmend::test {
namespace {

using std::chrono::days;
const Lines fetched = {L, "CA aia /ca", R};
const Lines from_store = {L, "CA store /earlier", R};

/// sent: leaf      the CA is at /ca, and `prepare` fills the store
Scenario row(const std::string& name, std::function<void(Stage&)> prepare, Expectation expected) {
    return {name,
            [prepare](Stage& s) {
                prepare(s);
                s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
                s.send(s.leaf(s.ca, {"/ca"}));
            },
            std::move(expected)};
}

Identity namesake(Stage& s) {
    CertificateSpec spec;
    spec.subject_key_id_hex = to_hex(s.ca.certificate()->subject_key_id());
    spec.not_before = noon() - std::chrono::hours{1};  // newer than the real one
    return s.stranger.intermediate("CA", spec);
}

Identity expired(Stage& s) {
    CertificateSpec spec;
    spec.not_before = noon() - days{400};
    spec.not_after = noon() - days{1};
    return s.root.intermediate("CA", spec, s.ca.key());
}

}  // namespace

Scenarios store_rows() {
    return {
        row(
            "HasIt", [](Stage& s) { s.stored(s.ca); }, repaired(from_store, {})),
        row(
            "HasSomethingElse", [](Stage& s) { s.stored(s.root.intermediate("Other CA")); },
            repaired(fetched, {{"/ca", 1}})),
        row(
            "HasAnExpiredOne", [](Stage& s) { s.stored(expired(s)); }, repaired(fetched, {{"/ca", 1}})),
        row(
            "HasAnExpiredAndALiveOne",
            [](Stage& s) {
                s.stored(expired(s));
                s.stored(s.ca);
            },
            repaired(from_store, {})),
        row(
            "HasANamesake", [](Stage& s) { s.stored(namesake(s)); }, repaired(fetched, {{"/ca", 1}})),
        row(
            "HasTwentyNamesakesAndTheRealOne",
            [](Stage& s) {
                for (int i = 0; i < 20; ++i)
                    s.stored(namesake(s), "/poison");
                s.stored(s.ca);
            },
            repaired(from_store, {})),
        row(
            "HasTwentyNamesakes",
            [](Stage& s) {
                for (int i = 0; i < 20; ++i)
                    s.stored(namesake(s), "/poison");
            },
            repaired(fetched, {{"/ca", 1}})),
        row(
            "HasOneByAStranger", [](Stage& s) { s.stored(s.stranger.cross_sign(s.ca, {})); },
            repaired(fetched, {{"/ca", 1}})),
        {"HasTheUpperOfTwo",
         [](Stage& s) {
             const auto lower = s.ca.intermediate("Lower", s.pointing_to({"/gone"}));
             s.stored(s.ca);
             s.issuers.serve("/lower", IssuerAnswer::der(lower.certificate()));
             s.send(s.leaf(lower, {"/lower"}));
         },
         repaired({L, "Lower aia /lower", "CA store /earlier", R}, {{"/lower", 1}})},
        {"HasTheLowerOfTwo",
         [](Stage& s) {
             const auto lower = s.ca.intermediate("Lower", s.pointing_to({"/ca"}));
             s.stored(lower);
             s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
             s.send(s.leaf(lower, {"/gone"}));
         },
         repaired({L, "Lower store /earlier", "CA aia /ca", R}, {{"/ca", 1}})},
        {"HasBoth",
         [](Stage& s) {
             const auto lower = s.ca.intermediate("Lower");
             s.stored(lower, "/lower");
             s.stored(s.ca);
             s.send(s.leaf(lower));
         },
         repaired({L, "Lower store /lower", "CA store /earlier", R}, {})},
        // A CA certificate in the trust file that is not self-signed is material, not an anchor.
        {"HasItFromTheTrustFile",
         [](Stage& s) {
             s.trusted(s.ca);
             s.send(s.leaf(s.ca, {"/ca"}));
         },
         repaired({L, "CA import", R}, {})},
    };
}

}  // namespace chainmend::test
