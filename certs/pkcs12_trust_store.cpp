#include "certs/pkcs12_trust_store.h"

#include <openssl/objects.h>
#include <openssl/pkcs12.h>

#include "certs/openssl_error.h"
#include "certs/openssl_ptr.h"

namespace chainmend::certs {
namespace {

constexpr const char* trusted_key_usage = "2.16.840.1.113894.746875.1.1";

void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags) {
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}
void free_safes(STACK_OF(PKCS7) * safes) {
    sk_PKCS7_pop_free(safes, PKCS7_free);
}
using BagsPtr = OpensslPtr<STACK_OF(PKCS12_SAFEBAG), free_bags>;
using SafesPtr = OpensslPtr<STACK_OF(PKCS7), free_safes>;
using Pkcs12Ptr = OpensslPtr<PKCS12, PKCS12_free>;

Error failed() {
    return {ErrorCode::environment, "can not write a PKCS#12 trust store: " + take_openssl_error()};
}

/// Java compares names without regard to case.
std::string name_of(const Certificate& certificate) {
    return certificate.display_name() + " [" + short_fingerprint(certificate) + "]";
}

bool add_trusted(STACK_OF(PKCS12_SAFEBAG) * *bags, const Certificate& certificate) {
    PKCS12_SAFEBAG* bag = PKCS12_add_cert(bags, certificate.x509());  // belongs to `bags`
    if (bag == nullptr) return false;
    const std::string name = name_of(certificate);
    // With the length -1 the value is not octets but the object itself, which is copied.
    const auto* any_usage = reinterpret_cast<const unsigned char*>(OBJ_nid2obj(NID_anyExtendedKeyUsage));
    return PKCS12_add_friendlyname_utf8(bag, name.data(), static_cast<int>(name.size())) == 1 &&
           PKCS12_add1_attr_by_txt(bag, trusted_key_usage, V_ASN1_OBJECT, any_usage, -1) == 1;
}

}  // namespace

Result<Bytes> pkcs12_trust_store(const std::vector<CertificatePtr>& certificates,
                                 const std::string& password) {
    STACK_OF(PKCS12_SAFEBAG)* stack = nullptr;
    bool good = true;
    for (const auto& certificate : certificates)
        good = good && add_trusted(&stack, *certificate);
    const BagsPtr bags(stack);
    constexpr int not_encrypted = -1;
    STACK_OF(PKCS7)* contents = nullptr;
    good = good && PKCS12_add_safe(&contents, bags.get(), not_encrypted, 0, nullptr) == 1;
    const SafesPtr safes(contents);
    const Pkcs12Ptr store(good ? PKCS12_add_safes(safes.get(), 0) : nullptr);
    if (!store || PKCS12_set_mac(store.get(), password.data(), static_cast<int>(password.size()), nullptr, 0,
                                 PKCS12_DEFAULT_ITER, EVP_sha1()) != 1) {
        return failed();
    }
    const int size = i2d_PKCS12(store.get(), nullptr);
    if (size <= 0) return failed();
    Bytes bytes(static_cast<std::size_t>(size));
    unsigned char* end = bytes.data();
    i2d_PKCS12(store.get(), &end);
    return bytes;
}

}  // namespace chainmend::certs
