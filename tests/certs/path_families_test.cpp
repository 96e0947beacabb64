#include <gtest/gtest.h>

#include "tests/support/forge.h"
#include "tests/support/path_building.h"

// Families of graphs in which builders that do not go back, or that exclude by hints, go wrong. Each draws
// its chain.

namespace chainmend::test {
namespace {

using namespace certs;
using std::chrono::days;

CertificateSpec named_like_ca() {
    CertificateSpec spec;
    spec.common_name = "CA";
    spec.ca = true;
    return spec;
}

CertificateSpec expired() {
    CertificateSpec spec = named_like_ca();
    spec.not_before = noon() - days{100};
    spec.not_after = noon() - days{3};
    return spec;
}

/// A way to spoil an intermediate, and what it is called when nothing better is there.
struct Spoiled {
    const char* name;
    CertificateSpec spec;
    Reason reason;
    bool forged = false;
};

std::vector<Spoiled> spoiled_ways() {
    std::vector<Spoiled> ways;
    const auto add = [&](const char* name, Reason reason, auto bend) {
        Spoiled way{name, named_like_ca(), reason};
        bend(way.spec);
        ways.push_back(way);
    };
    add("Expired", Reason::expired, [](auto& spec) { spec = expired(); });
    add("NotYetValid", Reason::not_yet_valid, [](auto& spec) { spec.not_before = noon() + days{1}; });
    add("ForClientsOnly", Reason::bad_eku, [](auto& spec) { spec.extended_key_usage = "clientAuth"; });
    add("NamesExcluded", Reason::name_constraint,
        [](auto& spec) { spec.name_constraints = "critical,excluded;DNS:leaf.test"; });
    add("NamesNotPermitted", Reason::name_constraint,
        [](auto& spec) { spec.name_constraints = "critical,permitted;DNS:other.test"; });
    add("NotACa", Reason::not_a_ca, [](auto& spec) {
        spec.ca = false;
        spec.san_is_common_name = false;
        spec.key_usage = "critical,keyCertSign";
    });
    add("WithoutBasicConstraints", Reason::not_a_ca, [](auto& spec) { spec.basic_constraints = false; });
    add("WithoutCertSign", Reason::bad_key_usage, [](auto& spec) { spec.key_usage = "critical,cRLSign"; });
    add("UnknownCriticalExtension", Reason::unknown_critical_extension, [](auto& spec) {
        spec.extensions = {{"1.2.3.4", "critical,DER:0500"}};
    });
    add("RequiresAPolicy", Reason::policy, [](auto& spec) {
        spec.extensions = {{"policyConstraints", "critical,requireExplicitPolicy:0"}};
    });
    add("HasAPolicyTwice", Reason::policy, [](auto& spec) {
        spec.extensions = {{"certificatePolicies", "DER:300e300506032a0304300506032a0304"}};
    });
    add("HasAnExtensionTwice", Reason::malformed_certificate, [](auto& spec) {
        spec.extensions = {{"1.2.3.4", "DER:0500"}, {"1.2.3.4", "DER:0500"}};
    });
    add("Version1", Reason::not_a_ca, [](auto& spec) { spec.version = 0; });
    add("Sha1", Reason::weak_signature, [](auto& spec) { spec.digest = "SHA1"; });
    ways.push_back({"Forged", named_like_ca(), Reason::bad_signature, true});
    return ways;
}

class SpoiledTwin : public testing::TestWithParam<Spoiled> {
  protected:
    static CertificatePtr spoiled_by(const Identity& issuer, const Identity& twin) {
        const auto made = issuer.issue(GetParam().spec, twin.key()).certificate();
        return GetParam().forged ? with_broken_signature(*made) : made;
    }
    const Identity root = Identity::root("Root");
    const Identity ca = root.intermediate("CA");
    PathBuilding building;
};

// leaf.test <- CA (spoiled) <- Root
//           <- CA (good)    <- Root          both sent, in either order
TEST_P(SpoiledTwin, DoesNotHideTheGoodOneNextToIt) {
    const auto leaf = ca.leaf("leaf.test").certificate();
    const auto bad = spoiled_by(root, ca);
    building.trust({root});
    EXPECT_TRUE(building.sent({leaf, bad, ca.certificate()}).verdict().accepted());
    EXPECT_TRUE(building.sent({leaf, ca.certificate(), bad}).verdict().accepted());
    const auto refused = building.sent({leaf, bad}).verdict();
    EXPECT_EQ(refused.failure.reason, GetParam().reason) << refused.failure.detail;
}

// leaf.test <- Low <- CA (spoiled) <- Root
//                  <- CA (good)    <- Root    the dead end is two levels up
TEST_P(SpoiledTwin, DoesNotHideTheGoodOneSeveralLevelsUp) {
    const auto low = ca.intermediate("Low");
    const auto lower = low.intermediate("Lower");
    const auto leaf = lower.leaf("leaf.test");
    const auto verdict = building.trust({root})
                             .sent({leaf.certificate(), lower.certificate(), low.certificate(),
                                    spoiled_by(root, ca), ca.certificate()})
                             .verdict();
    EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
}

// leaf.test <- CA (spoiled, sent) <- Root
//           <- CA (good, from its URL) <- Root
TEST_P(SpoiledTwin, IsRepairedLikeAMissingOne) {
    CertificateSpec spec;
    spec.ca_issuers = {"http://pki.test/ca.der"};
    const auto leaf = ca.leaf("leaf.test", spec).certificate();
    building.trust({root}).served("http://pki.test/ca.der", {ca.certificate()});
    const auto verdict = building.sent({leaf, spoiled_by(root, ca)}).verdict();
    ASSERT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(verdict.path[1].source, Source::aia);
    EXPECT_EQ(verdict.superfluous.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Families, SpoiledTwin, testing::ValuesIn(spoiled_ways()),
                         [](const auto& way) { return std::string(way.param.name); });

class PathFamilies : public testing::Test {
  protected:
    PathBuilding building;
};

TEST_F(PathFamilies, TakesTheCrossSignToTheRootThatIsTrusted) {
    // leaf.test <- CA <- New Root (self-signed, not trusted)
    //                 <- New Root (by Old Root) <- Old Root (trusted)
    const auto old_root = Identity::root("Old Root");
    const auto new_root = Identity::root("New Root");
    const auto cross = old_root.cross_sign(new_root, {});
    const auto ca = new_root.intermediate("CA");
    const auto leaf = ca.leaf("leaf.test");
    building.trust({old_root});
    EXPECT_EQ(drawn(building.sent({leaf, ca, new_root, cross}).verdict()),
              "leaf.test <- CA <- New Root <- Old Root");
    EXPECT_TRUE(building.sent({leaf, ca, cross, new_root}).verdict().accepted());
}

TEST_F(PathFamilies, StopsAtTheNewRootWhenTheOldOneHasExpired) {
    // leaf.test <- CA <- New Root (by Old Root, sent) <- Old Root (trusted, expired)
    //                 <- New Root (trusted)
    CertificateSpec past;
    past.not_before = noon() - days{100};
    past.not_after = noon() - days{1};
    const auto old_root = Identity::root("Old Root", past);
    const auto new_root = Identity::root("New Root");
    const auto cross = old_root.cross_sign(new_root, {});
    const auto ca = new_root.intermediate("CA");
    const auto leaf = ca.leaf("leaf.test");
    const auto verdict = building.trust({old_root, new_root}).sent({leaf, ca, cross}).verdict();
    ASSERT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(verdict.how, How::as_sent);
    EXPECT_EQ(drawn(verdict), "leaf.test <- CA <- New Root");
}

TEST_F(PathFamilies, TellsOfTheExpiredRootWhenItIsTheOnlyOne) {
    CertificateSpec past;
    past.not_before = noon() - days{100};
    past.not_after = noon() - days{1};
    const auto root = Identity::root("Root", past);
    const auto ca = root.intermediate("CA");
    const auto verdict = building.trust({root}).sent({ca.leaf("leaf.test"), ca}).verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::expired);
    EXPECT_EQ(verdict.failure.depth, 2);
}

TEST_F(PathFamilies, CallsItAnAlternatePathWhenTheSentOneLedToAnUntrustedRoot) {
    // sent:  leaf.test <- CA (by Wrong Root) <- Wrong Root
    // store: leaf.test <- CA (by Root) <- Root (trusted)
    const auto root = Identity::root("Root");
    const auto wrong = Identity::root("Wrong Root");
    const auto ca = wrong.intermediate("CA");
    const auto verdict = building.trust({root})
                             .sent({ca.leaf("leaf.test"), ca, wrong})
                             .stored(root.cross_sign(ca, {}))
                             .verdict();
    ASSERT_TRUE(verdict.accepted());
    EXPECT_TRUE(verdict.how == How::alternate_path || verdict.attempts.empty());
    EXPECT_EQ(verdict.superfluous.size(), 2u);
}

TEST_F(PathFamilies, FindsTheRekeyedAndTheRenewedRoot) {
    // leaf.test <- Root; trusted: Root (another key, newer) and Root (same key, renewed)
    const auto root = Identity::root("Root");
    CertificateSpec spec = named_like_ca();
    spec.common_name = "Root";
    const auto renewed = Identity::self_signed(spec, root.key());
    spec.not_before = noon() - std::chrono::hours{1};
    const auto rekeyed = Identity::self_signed(spec);
    building.trust({rekeyed, renewed});
    EXPECT_TRUE(building.sent({root.leaf("leaf.test")}).verdict().accepted());
    EXPECT_TRUE(building.sent({root.leaf("leaf.test"), root}).verdict().accepted());
}

TEST_F(PathFamilies, FollowsASelfIssuedRollover) {
    // leaf.test <- Root (new key) <- Root (new key, signed by the old one) <- Root (old key, trusted)
    const auto old_root = Identity::root("Root");
    const auto rollover = old_root.intermediate("Root");
    const auto verdict = building.trust({old_root}).sent({rollover.leaf("leaf.test"), rollover}).verdict();
    EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
}

TEST_F(PathFamilies, IsNotMisledByKeyIds) {
    // leaf.test asks for key id AA; the stranger CA has it, the true one has BB
    const auto root = Identity::root("Root");
    CertificateSpec spec;
    spec.subject_key_id_hex = "bb";
    const auto ca = root.intermediate("CA", spec);
    spec.subject_key_id_hex = "aa";
    const auto stranger = root.intermediate("CA", spec);
    CertificateSpec leaf_spec;
    leaf_spec.authority_key_id_hex = "aa";
    const auto leaf = ca.leaf("leaf.test", leaf_spec);
    EXPECT_TRUE(building.trust({root}).sent({leaf, stranger, ca}).verdict().accepted());
    EXPECT_TRUE(building.sent({leaf, ca}).verdict().accepted());
}

TEST_F(PathFamilies, ComparesNamesWhateverTheirStringTypeAndCase) {
    // leaf.test names "example ca" (UTF8String); sent: "Example  CA" (PrintableString), the same key
    const auto root = Identity::root("Root");
    const auto as_named = root.intermediate("example ca");
    CertificateSpec spec;
    spec.printable_string_names = true;
    const auto as_sent = root.intermediate("Example  CA", spec, as_named.key());
    EXPECT_TRUE(building.trust({root}).sent({as_named.leaf("leaf.test"), as_sent}).verdict().accepted());
}

TEST_F(PathFamilies, GoesAroundAPathLengthThatIsTooShort) {
    // leaf.test <- Low <- CA (pathlen 0) <- Root
    //                  <- CA (no pathlen) <- Root
    const auto root = Identity::root("Root");
    const auto ca = root.intermediate("CA");
    const auto low = ca.intermediate("Low");
    auto spec = named_like_ca();
    spec.path_length = 0;
    const auto tight = root.issue(spec, ca.key());
    building.trust({root});
    EXPECT_TRUE(building.sent({low.leaf("leaf.test"), low, tight, ca}).verdict().accepted());
    EXPECT_EQ(building.sent({low.leaf("leaf.test"), low, tight}).verdict().failure.reason,
              Reason::path_length);
}

TEST_F(PathFamilies, GoesAroundATwinThatIsRevoked) {
    // leaf.test <- CA (revoked)  <- Root
    //           <- CA (reissued) <- Root
    const auto root = Identity::root("Root");
    const auto ca = root.intermediate("CA");
    CertificateSpec spec = named_like_ca();
    spec.serial_hex = "2222";
    const auto twin = root.issue(spec, ca.key());
    const auto as_forged = [](const Identity& identity) {
        return Forged{identity.certificate(), {identity.key()->evp_pkey(), [](EVP_PKEY*) {}}};
    };
    CrlDraft revoking;
    revoking.revoked = {"2222"};
    building.request.crls = {forge_crl(revoking, as_forged(root)), forge_crl({}, as_forged(ca))};
    building.trust({root});
    EXPECT_TRUE(building.sent({ca.leaf("leaf.test"), twin, ca}).verdict().accepted());
    EXPECT_TRUE(building.sent({ca.leaf("leaf.test"), ca, twin}).verdict().accepted());
    const auto refused = building.sent({ca.leaf("leaf.test"), twin}).verdict();
    EXPECT_EQ(refused.failure.reason, Reason::revoked);
    EXPECT_EQ(refused.failure.depth, 1);
}

TEST_F(PathFamilies, IsNotMisledByKeyIdsSeveralLevelsUp) {
    // leaf.test <- Low (asks for key id AA) <- CA (BB) <- Root
    //                                       <- CA (AA, another key) <- Elsewhere
    const auto root = Identity::root("Root");
    CertificateSpec spec;
    spec.subject_key_id_hex = "bb";
    const auto ca = root.intermediate("CA", spec);
    spec.subject_key_id_hex = "aa";
    const auto stranger = Identity::root("Elsewhere").intermediate("CA", spec);
    CertificateSpec low_spec;
    low_spec.authority_key_id_hex = "aa";
    const auto low = ca.intermediate("Low", low_spec);
    const auto verdict = building.trust({root}).sent({low.leaf("leaf.test"), low, stranger, ca}).verdict();
    EXPECT_EQ(drawn(verdict), "leaf.test <- Low <- CA <- Root");
    EXPECT_TRUE(verdict.accepted());
}

TEST_F(PathFamilies, TakesTheRenewedRootWhenTheOldOneOfTheSameKeyHasExpired) {
    // leaf.test <- CA <- Root (expired) and Root (same key, renewed), both trusted
    CertificateSpec past;
    past.not_before = noon() - days{100};
    past.not_after = noon() - days{1};
    const auto old_root = Identity::root("Root", past);
    CertificateSpec spec = named_like_ca();
    spec.common_name = "Root";
    const auto renewed = Identity::self_signed(spec, old_root.key());
    const auto ca = old_root.intermediate("CA");
    for (const auto& trusted : {std::vector{old_root, renewed}, std::vector{renewed, old_root}}) {
        PathBuilding one;
        const auto verdict = one.trust(trusted).sent({ca.leaf("leaf.test"), ca, old_root}).verdict();
        EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
        EXPECT_EQ(verdict.path.back().certificate->sha256(), renewed.certificate()->sha256());
    }
}

TEST_F(PathFamilies, TakesTheShorterWayWhenTheLongerBreaksMaxDepth) {
    // leaf.test <- A <- B (by C) <- C <- Root
    //                <- B (by Root)   <- Root; two intermediates are allowed
    const auto root = Identity::root("Root");
    const auto c = root.intermediate("C");
    const auto b = c.intermediate("B");
    const auto a = b.intermediate("A");
    const auto leaf = a.leaf("leaf.test");
    const auto shortcut = root.cross_sign(b, {});
    building.trust({root}).request.max_depth = 2;
    EXPECT_TRUE(building.sent({leaf, a, b, c, shortcut}).verdict().accepted());
    EXPECT_EQ(building.sent({leaf, a, b, c}).verdict().failure.reason, Reason::max_depth);
}

TEST_F(PathFamilies, AnIntermediateThatIsAnAnchorEndsThePath) {
    // leaf.test <- CA (trusted) <- Root (unknown)
    const auto root = Identity::root("Root");
    const auto ca = root.intermediate("CA");
    const auto verdict = building.trust({ca}).sent({ca.leaf("leaf.test"), ca, root}).verdict();
    ASSERT_TRUE(verdict.accepted());
    EXPECT_EQ(drawn(verdict), "leaf.test <- CA");
    EXPECT_EQ(verdict.how, How::as_sent);
}

TEST_F(PathFamilies, ATrustedLeafIsNoAnchor) {
    const auto leaf = Identity::self_signed({});
    const auto verdict = building.trust({leaf}).sent({leaf}).verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::leaf_as_anchor);
}

TEST_F(PathFamilies, ALoopEnds) {
    // leaf.test <- A <- B <- A ...
    const auto a = Identity::root("A");
    const auto b = Identity::root("B");
    const auto a_by_b = b.cross_sign(a, {});
    const auto b_by_a = a.cross_sign(b, {});
    const auto verdict =
        building.trust({Identity::root("Root")}).sent({a.leaf("leaf.test"), a_by_b, b_by_a}).verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::issuer_not_found);
    EXPECT_LT(verdict.stats.nodes, 5);
}

}  // namespace
}  // namespace chainmend::test
