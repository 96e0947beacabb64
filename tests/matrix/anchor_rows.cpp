#include "tests/matrix/scenario.h"

namespace chainmend::test {

// Whatever is sent, fetched or stored is material for paths and never what a path may end in.
Scenarios anchor_rows() {
    return {
        {"AFetchedRoot",
         [](Stage& s) {
             const auto ca = s.stranger.intermediate("CA", s.pointing_to({"/root"}));
             s.issuers.serve("/ca", IssuerAnswer::der(ca.certificate()));
             s.issuers.serve("/root", IssuerAnswer::der(s.stranger.certificate()));
             s.send(s.leaf(ca, {"/ca"}));
         },
         refused("untrusted_root", {L, "CA aia /ca", "Stranger aia /root"}, {{"/ca", 1}, {"/root", 1}})},
        {"ARootInABag",
         [](Stage& s) {
             const auto ca = s.stranger.intermediate("CA");
             s.issuers.serve("/bag", IssuerAnswer::pkcs7({ca.certificate(), s.stranger.certificate()}));
             s.send(s.leaf(ca, {"/bag"}));
         },
         refused("untrusted_root", {L, "CA aia /bag", "Stranger aia /bag"}, {{"/bag", 1}})},
        {"ARootThatSignedTheLeaf",
         [](Stage& s) {
             s.issuers.serve("/root", IssuerAnswer::der(s.stranger.certificate()));
             s.send(s.leaf(s.stranger, {"/root"}));
         },
         refused("untrusted_root", {L, "Stranger aia /root"}, {{"/root", 1}})},
        {"ARootNamedLikeTheAnchor",
         [](Stage& s) {
             const auto fake = Identity::root("Root");
             const auto ca = fake.intermediate("CA");
             s.issuers.serve("/bag", IssuerAnswer::pkcs7({ca.certificate(), fake.certificate()}));
             s.send(s.leaf(ca, {"/bag"}));
         },
         refused("untrusted_root", {L, "CA aia /bag", "Root aia /bag"}, {{"/bag", 1}})},
        {"ARootWithTheAnchorsNameAndKeyId",
         [](Stage& s) {
             CertificateSpec spec;
             spec.subject_key_id_hex = to_hex(s.root.certificate()->subject_key_id());
             const auto fake = Identity::root("Root", spec);
             const auto ca = fake.intermediate("CA");
             s.issuers.serve("/bag", IssuerAnswer::pkcs7({ca.certificate(), fake.certificate()}));
             s.send(s.leaf(ca, {"/bag"}));
         },
         refused("untrusted_root", {L, "CA aia /bag", "Root aia /bag"}, {{"/bag", 1}})},
        {"ASentRoot",
         [](Stage& s) {
             const auto ca = s.stranger.intermediate("CA");
             s.send(s.leaf(ca), {ca, s.stranger});
         },
         refused("untrusted_root", {L, "CA server", "Stranger server"})},
        {"AStoredRoot",
         [](Stage& s) {
             const auto ca = s.stranger.intermediate("CA");
             s.stored(s.stranger, "/root");
             s.send(s.leaf(ca), {ca});
         },
         refused("untrusted_root", {L, "CA server", "Stranger store /root"})},
        {"ASelfSignedLeaf",
         [](Stage& s) {
             auto spec = s.pointing_to({"/self"});
             spec.common_name = Stage::host;
             const auto leaf = Identity::self_signed(spec);
             s.issuers.serve("/self", IssuerAnswer::der(leaf.certificate()));
             s.send(leaf);
         },
         refused("untrusted_root", {L})},
        // The anchor itself, fetched: it is the one in the trust store that counts.
        {"TheAnchorInABag",
         [](Stage& s) {
             s.issuers.serve("/bag", IssuerAnswer::pkcs7({s.root.certificate(), s.ca.certificate()}));
             s.send(s.leaf(s.ca, {"/bag"}));
         },
         repaired({L, "CA aia /bag", R}, {{"/bag", 1}})},
    };
}

}  // namespace chainmend::test
