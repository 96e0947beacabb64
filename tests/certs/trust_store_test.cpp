#include "certs/trust_store.h"

#include <gtest/gtest.h>

#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using namespace certs;

TEST(TrustStoreBuilder, SortsAnchorsIntermediatesAndEndEntities) {
    const auto root = Identity::root("Example Root");
    const auto intermediate = root.intermediate("Example CA");
    const auto leaf = intermediate.leaf("leaf.test");
    TrustStoreBuilder builder;
    EXPECT_EQ(builder.add(root.certificate(), "roots.pem"), TrustPlacement::anchor);
    EXPECT_EQ(builder.add(root.certificate(), "again.pem"), TrustPlacement::duplicate);
    EXPECT_EQ(builder.add(intermediate.certificate(), "roots.pem"), TrustPlacement::intermediate);
    EXPECT_EQ(builder.add(leaf.certificate(), "roots.pem"), TrustPlacement::end_entity);
    ASSERT_EQ(builder.intermediates().size(), 1u);
    ASSERT_EQ(builder.end_entities().size(), 1u);
    EXPECT_EQ(builder.end_entities()[0].origin, "roots.pem");
    const auto store = std::move(builder).build();
    ASSERT_EQ(store->anchors().size(), 1u);
    EXPECT_EQ(store->anchors()[0].origin, "roots.pem");
}

TEST(TrustStoreBuilder, TakesIntermediatesAsAnchorsWhenToldTo) {
    const auto intermediate = Identity::root("Example Root").intermediate("Example CA");
    TrustStoreBuilder builder(true);
    EXPECT_EQ(builder.add(intermediate.certificate(), ""), TrustPlacement::anchor);
    EXPECT_EQ(builder.add(intermediate.leaf("leaf.test").certificate(), ""), TrustPlacement::end_entity);
}

TEST(TrustStoreBuilder, NeverTakesASelfSignedEndEntity) {
    CertificateSpec spec;
    for (const bool with_constraints : {true, false}) {
        spec.basic_constraints = with_constraints;
        TrustStoreBuilder builder(true);
        EXPECT_EQ(builder.add(Identity::self_signed(spec).certificate(), ""), TrustPlacement::end_entity);
    }
}

TEST(TrustStoreBuilder, TakesASelfSignedVersionOneCertificate) {
    CertificateSpec spec;
    spec.version = 0;
    TrustStoreBuilder builder;
    EXPECT_EQ(builder.add(Identity::self_signed(spec).certificate(), ""), TrustPlacement::anchor);
}

TEST(TrustStore, FindsIssuersByNameWhateverTheStringType) {
    // leaf <- "example root" as UTF8String; the anchor says "Example  Root" as PrintableString
    CertificateSpec spec;
    spec.printable_string_names = true;
    const auto anchor = Identity::root("Example  Root", spec);
    const auto namesake = Identity::root("example root");
    const auto store = std::make_shared<const TrustStore>(std::vector<Anchor>{{anchor.certificate(), ""}});
    EXPECT_EQ(store->issuers_of(*namesake.leaf("leaf.test").certificate()).size(), 1u);
    EXPECT_TRUE(store->issuers_of(*Identity::root("Other").certificate()).empty());
    EXPECT_NE(store->find(anchor.certificate()->sha256()), nullptr);
    EXPECT_EQ(store->find(namesake.certificate()->sha256()), nullptr);
}

TEST(TrustStore, IsNamedByItsAnchorsWhateverTheirOrder) {
    const auto a = Identity::root("A").certificate();
    const auto b = Identity::root("B").certificate();
    const TrustStore first({{a, ""}, {b, ""}});
    const TrustStore second({{b, "other"}, {a, ""}});
    const TrustStore third({{a, ""}});
    EXPECT_EQ(first.id(), second.id());
    EXPECT_NE(first.id(), third.id());
}

}  // namespace
}  // namespace chainmend::test
