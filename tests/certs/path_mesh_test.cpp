#include <gtest/gtest.h>

#include "tests/support/path_building.h"

// Graphs that cost builders without bounds their life. What is counted here is work, not time: signatures,
// judged paths, steps.

namespace chainmend::test {
namespace {

using namespace certs;

/// `width` CAs a level, each certified by each of the level above. Level 0 signs the leaf.
class Mesh {
  public:
    Mesh(int width, int levels) {
        for (int level = 0; level < levels; ++level) {
            std::vector<Identity> row;
            for (int i = 0; i < width; ++i)
                row.push_back(Identity::root(std::to_string(level) + "." + std::to_string(i)));
            rows_.push_back(std::move(row));
        }
        sent.push_back(rows_[0][0].leaf("leaf.test").certificate());
        for (std::size_t level = 0; level + 1 < rows_.size(); ++level)
            for (const Identity& low : rows_[level])
                for (const Identity& high : rows_[level + 1])
                    sent.push_back(high.cross_sign(low, {}).certificate());
    }

    const Identity& top(std::size_t i) const { return rows_.back()[i]; }
    const std::vector<Identity>& row(std::size_t level) const { return rows_[level]; }

    std::vector<CertificatePtr> sent;

  private:
    std::vector<std::vector<Identity>> rows_;
};

class PathMesh : public testing::Test {
  protected:
    static void expect_cheap(const Verdict& verdict) {
        EXPECT_LE(verdict.stats.signatures, 600);
        EXPECT_LE(verdict.stats.nodes, 300);
        EXPECT_LE(verdict.stats.paths, 20);
    }
    PathBuilding building;
};

// 3^18 paths, none of which leads anywhere.
TEST_F(PathMesh, WithoutAnExitIsRefusedCheaply) {
    const Mesh mesh(3, 18);
    building.trust({Identity::root("Root")}).sent(mesh.sent).request.max_depth = 30;
    const auto verdict = building.verdict();
    EXPECT_FALSE(verdict.accepted());
    EXPECT_NE(verdict.failure.reason, Reason::build_limit) << verdict.failure.detail;
    expect_cheap(verdict);
}

// 3^18 paths, all of which go through one expired certificate at the top.
TEST_F(PathMesh, WithASpoiledExitIsRefusedCheaply) {
    const Mesh mesh(3, 18);
    const auto root = Identity::root("Root");
    CertificateSpec spec;
    spec.not_before = noon() - std::chrono::days{9};
    spec.not_after = noon() - std::chrono::days{3};
    auto sent = mesh.sent;
    sent.push_back(root.cross_sign(mesh.top(2), spec).certificate());
    building.trust({root}).sent(sent).request.max_depth = 30;
    const auto verdict = building.verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::expired) << verdict.failure.detail;
    expect_cheap(verdict);
}

// 3^18 paths to one anchor that has expired.
TEST_F(PathMesh, UnderAnExpiredAnchorIsRefusedCheaply) {
    const Mesh mesh(3, 18);
    CertificateSpec spec;
    spec.not_before = noon() - std::chrono::days{9};
    spec.not_after = noon() - std::chrono::days{3};
    const auto root = Identity::root("Root", spec);
    auto sent = mesh.sent;
    for (std::size_t i = 0; i < 3; ++i)
        sent.push_back(root.cross_sign(mesh.top(i), {}).certificate());
    building.trust({root}).sent(sent).request.max_depth = 30;
    const auto verdict = building.verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::expired) << verdict.failure.detail;
    expect_cheap(verdict);
}

// One of the three at the top has a certificate of the root.
TEST_F(PathMesh, WithOneExitIsAccepted) {
    const Mesh mesh(3, 18);
    const auto root = Identity::root("Root");
    for (std::size_t exit = 0; exit < 3; ++exit) {
        auto sent = mesh.sent;
        sent.push_back(root.cross_sign(mesh.top(exit), {}).certificate());
        PathBuilding one;
        one.trust({root}).sent(sent).request.max_depth = 30;
        const auto verdict = one.verdict();
        EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
        expect_cheap(verdict);
    }
}

// The exit is half way up, at a certificate that is reached late.
TEST_F(PathMesh, WithAnExitHalfWayUpIsAcceptedWithinMaxDepth) {
    const Mesh mesh(3, 18);
    const auto root = Identity::root("Root");
    auto sent = mesh.sent;
    sent.push_back(root.cross_sign(mesh.row(6)[1], {}).certificate());
    building.trust({root}).sent(sent).request.max_depth = 7;
    const auto verdict = building.verdict();
    EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
    expect_cheap(verdict);
    building.request.max_depth = 6;
    const auto refused = building.verdict();
    EXPECT_EQ(refused.failure.reason, Reason::max_depth) << refused.failure.detail;
    expect_cheap(refused);
}

// One certificate half way up says where the way out is to be had; no path ends there.
TEST_F(PathMesh, WithAnExitToBeFetchedIsRepaired) {
    const Mesh mesh(3, 18);
    const auto root = Identity::root("Root");
    auto sent = mesh.sent;
    CertificateSpec spec;
    spec.ca_issuers = {"http://pki.test/exit.der"};
    sent.push_back(mesh.row(9)[2].cross_sign(mesh.row(8)[2], spec).certificate());
    const auto exit = root.cross_sign(mesh.row(9)[2], {}).certificate();
    building.trust({root}).sent(sent).served("http://pki.test/exit.der", {exit}).request.max_depth = 30;
    const auto verdict = building.verdict();
    EXPECT_TRUE(verdict.accepted()) << verdict.failure.detail;
    EXPECT_EQ(building.asked.size(), 1u);
}

// Every path to the anchor breaks a rule that only whole paths can tell: what one intermediate is named is
// excluded by another.
TEST_F(PathMesh, WithConflictingConstraintsIsBounded) {
    const Mesh mesh(3, 12);
    const auto root = Identity::root("Root");
    auto sent = mesh.sent;
    CertificateSpec spec;
    spec.name_constraints = "critical,excluded;DNS:leaf.test";
    for (std::size_t i = 0; i < 3; ++i)
        sent.push_back(root.cross_sign(mesh.top(i), spec).certificate());
    building.trust({root}).sent(sent).request.max_depth = 30;
    const auto verdict = building.verdict();
    EXPECT_FALSE(verdict.accepted());
    EXPECT_LE(verdict.stats.nodes, 5000);
    EXPECT_LE(verdict.stats.paths, 150);
}

// 100 intermediates in a row.
TEST_F(PathMesh, ALongChainIsTooLongUnlessAllowed) {
    const auto root = Identity::root("Root");
    std::vector<Identity> chain{root};
    for (int i = 0; i < 100; ++i)
        chain.push_back(chain.back().intermediate("CA " + std::to_string(i)));
    std::vector<CertificatePtr> sent{chain.back().leaf("leaf.test").certificate()};
    for (std::size_t i = chain.size(); i-- > 1;)
        sent.push_back(chain[i].certificate());
    const auto refused = building.trust({root}).sent(sent).verdict();
    EXPECT_EQ(refused.failure.reason, Reason::max_depth);
    EXPECT_LE(refused.stats.signatures, 20);
    building.request.max_depth = 100;
    EXPECT_TRUE(building.verdict().accepted());
}

// 200 certificates with the issuer's name, one of which is it.
TEST_F(PathMesh, ManyNamesakesCostASignatureEach) {
    const auto root = Identity::root("Root");
    const auto ca = root.intermediate("CA");
    std::vector<CertificatePtr> sent{ca.leaf("leaf.test").certificate()};
    for (int i = 0; i < 60; ++i)
        sent.push_back(root.intermediate("CA").certificate());
    sent.push_back(ca.certificate());
    const auto verdict = building.trust({root}).sent(sent).verdict();
    EXPECT_TRUE(verdict.accepted());
    EXPECT_LE(verdict.stats.signatures, 70);
}

// 100 certificates of one name and one key: each could have issued each.
TEST_F(PathMesh, OneCaWithAHundredCertificatesIsOneCa) {
    const auto ca = Identity::root("CA");
    CertificateSpec spec;
    spec.key_ids = false;
    std::vector<CertificatePtr> sent{ca.leaf("leaf.test", spec).certificate()};
    for (int i = 0; i < 100; ++i)
        sent.push_back(ca.cross_sign(ca, spec).certificate());
    const auto verdict = building.trust({Identity::root("CA")}).sent(sent).verdict();
    EXPECT_EQ(verdict.failure.reason, Reason::untrusted_root) << verdict.failure.detail;
    EXPECT_LE(verdict.stats.nodes, 30);
    EXPECT_LE(verdict.stats.signatures, 210);
}

}  // namespace
}  // namespace chainmend::test
