#include "certs/pkcs12_trust_store.h"

#include <gtest/gtest.h>
#include <openssl/pkcs12.h>

#include "certs/openssl_ptr.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using Pkcs12Ptr = certs::OpensslPtr<PKCS12, PKCS12_free>;

Pkcs12Ptr decoded(const Bytes& bytes) {
    const unsigned char* at = bytes.data();
    return Pkcs12Ptr(d2i_PKCS12(nullptr, &at, static_cast<long>(bytes.size())));
}

/// The bags of an unencrypted store.
struct Bags {
    explicit Bags(const Pkcs12Ptr& store) : safes(PKCS12_unpack_authsafes(store.get())) {
        bags = PKCS12_unpack_p7data(sk_PKCS7_value(safes, 0));
    }
    ~Bags() {
        sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
        sk_PKCS7_pop_free(safes, PKCS7_free);
    }
    STACK_OF(PKCS7) * safes;
    STACK_OF(PKCS12_SAFEBAG) * bags = nullptr;
};

TEST(Pkcs12TrustStore, HoldsEachCertificateMarkedAsTrustedUnderANameOfItsOwn) {
    const auto first = Identity::root("Same Name");
    const auto second = Identity::root("Same Name");
    const auto bytes = certs::pkcs12_trust_store({first.certificate(), second.certificate()}, "changeit");
    ASSERT_TRUE(bytes);
    const auto store = decoded(*bytes);
    ASSERT_TRUE(store);
    EXPECT_EQ(PKCS12_verify_mac(store.get(), "changeit", -1), 1);
    EXPECT_EQ(PKCS12_verify_mac(store.get(), "another", -1), 0);

    const Bags bags(store);
    ASSERT_EQ(sk_PKCS12_SAFEBAG_num(bags.bags), 2);
    std::vector<std::string> names;
    for (int i = 0; i < 2; ++i) {
        const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags.bags, i);
        char* name = PKCS12_get_friendlyname(const_cast<PKCS12_SAFEBAG*>(bag));
        ASSERT_NE(name, nullptr);
        names.emplace_back(name);
        OPENSSL_free(name);
        ASN1_OBJECT* trusted = OBJ_txt2obj("2.16.840.1.113894.746875.1.1", 1);
        const auto* attributes = PKCS12_SAFEBAG_get0_attrs(bag);
        const int at = X509at_get_attr_by_OBJ(attributes, trusted, -1);
        ASN1_OBJECT_free(trusted);
        ASSERT_GE(at, 0);
        const ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(X509at_get_attr(attributes, at), 0);
        ASSERT_EQ(value->type, V_ASN1_OBJECT);
        EXPECT_EQ(OBJ_obj2nid(value->value.object), NID_anyExtendedKeyUsage);
    }
    EXPECT_NE(names[0], names[1]);
    EXPECT_EQ(names[0].find("Same Name ["), 0U);
}

}  // namespace
}  // namespace chainmend::test
