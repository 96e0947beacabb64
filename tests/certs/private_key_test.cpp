#include "certs/private_key.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

namespace chainmend::test {
namespace {

using namespace certs;

TEST(PrivateKey, SurvivesItsOwnPem) {
    for (const KeyType type : {KeyType::ecdsa_p256, KeyType::rsa2048}) {
        const auto key = PrivateKey::make(type);
        ASSERT_TRUE(key.ok()) << to_string(type);
        const auto pem = (*key)->pem();
        ASSERT_TRUE(pem.ok());
        EXPECT_EQ(pem->substr(0, 28), "-----BEGIN PRIVATE KEY-----\n");
        const auto again = PrivateKey::from_pem(as_bytes(*pem));
        ASSERT_TRUE(again.ok());
        EXPECT_EQ(EVP_PKEY_eq((*key)->evp_pkey(), (*again)->evp_pkey()), 1);
    }
}

TEST(PrivateKey, RefusesWhatIsNoKeyWithoutAskingForAPassphrase) {
    EXPECT_FALSE(PrivateKey::from_pem(as_bytes("")).ok());
    EXPECT_FALSE(
        PrivateKey::from_pem(as_bytes("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
            .ok());
}

}  // namespace
}  // namespace chainmend::test
