#include "certs/signing_ca.h"

#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <optional>

#include "certs/ca_extensions.h"
#include "certs/certificate_file.h"

namespace chainmend::certs {
namespace {

/// Clocks of clients are often a little behind.
constexpr std::chrono::hours lead_in{1};

Error unusable(const std::string& message) {
    return Error{ErrorCode::signing_ca, message};
}

/// What makes this certificate unfit for signing, nothing when it is fit. How it fits its key is asked
/// elsewhere.
std::optional<std::string> unfitness(const Certificate& certificate, Time now) {
    const auto begins = certificate.not_before();
    const auto ends = certificate.not_after();
    if (!certificate.is_ca()) return "it is not a CA certificate (basicConstraints CA:TRUE is missing)";
    // Without a keyUsage extension this is all bits set.
    if ((X509_get_key_usage(certificate.x509()) & KU_KEY_CERT_SIGN) == 0)
        return "its keyUsage lacks keyCertSign";
    if (certificate.subject_key_id().empty()) {
        return "it has no subject key identifier, without which Python 3.13 and later refuse what it signs";
    }
    if (!begins || !ends) return "its validity is unreadable";
    if (now < *begins) return "it is not valid before " + to_rfc3339(*begins) + "; is the clock right?";
    if (now > *ends) return "it expired on " + to_date(*ends);
    return std::nullopt;
}

bool signed_by(const Certificate& child, const Certificate& issuer) {
    EVP_PKEY* key = X509_get0_pubkey(issuer.x509());
    return key != nullptr && X509_verify(child.x509(), key) == 1;
}

/// A flipped bit in the private half goes unnoticed by X509_check_private_key, which compares public halves;
/// so the key has to sign something that the certificate then verifies.
bool key_signs_for(const PrivateKey& key, const Certificate& certificate) {
    constexpr std::string_view text = "chainmend";
    EVP_PKEY* public_key = X509_get0_pubkey(certificate.x509());
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::uint8_t signature[1024];  // RSA-8192
    std::size_t size = sizeof signature;
    bool good = context != nullptr && public_key != nullptr &&
                X509_check_private_key(certificate.x509(), key.evp_pkey()) == 1 &&
                EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key.evp_pkey()) == 1 &&
                EVP_DigestSign(context, signature, &size, as_bytes(text).data(), text.size()) == 1;
    good = good && EVP_MD_CTX_reset(context) == 1 &&
           EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, public_key) == 1 &&
           EVP_DigestVerify(context, signature, size, as_bytes(text).data(), text.size()) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/// RSA-2048 and more, or one of the NIST curves: what clients take from a CA, and what signs with SHA-256.
bool strong_enough(const Certificate& certificate) {
    EVP_PKEY* key = X509_get0_pubkey(certificate.x509());
    if (key == nullptr) return false;
    const int bits = EVP_PKEY_get_bits(key);
    return (EVP_PKEY_is_a(key, "RSA") && bits >= 2048 && bits <= 8192) ||
           (EVP_PKEY_is_a(key, "EC") && bits >= 256);
}

/// Certificates above the CA, as far as a client needs them; every one has to have signed the one before.
Result<std::vector<CertificatePtr>> chain_above(const std::vector<CertificatePtr>& certificates) {
    std::vector<CertificatePtr> chain;
    for (std::size_t i = 1; i < certificates.size(); ++i) {
        if (!signed_by(*certificates[i - 1], *certificates[i])) {
            return unusable("certificate " + std::to_string(i + 1) + " in the file, \"" +
                            certificates[i]->display_name() + "\", did not sign the one before it");
        }
        if (!certificates[i]->is_self_issued()) chain.push_back(certificates[i]);
    }
    if (!certificates.front()->is_self_issued()) chain.insert(chain.begin(), certificates.front());
    return chain;
}

}  // namespace

SigningCa::SigningCa(CertificatePtr certificate, std::vector<CertificatePtr> chain, PrivateKeyPtr key)
    : certificate_(std::move(certificate)), chain_(std::move(chain)), key_(std::move(key)) {}

Result<SigningCaPtr> SigningCa::make(const SigningCaOptions& options, Time now) {
    auto key = PrivateKey::make(options.key_type);
    if (!key) return key.error();
    return self_signed(options.common_name, std::move(*key), options.validity, now);
}

Result<SigningCaPtr> SigningCa::renewed(std::chrono::days validity, Time now) const {
    if (!certificate_->is_self_issued())
        return Error{ErrorCode::invalid_argument, "only its issuer can renew this CA"};
    return self_signed(certificate_->display_name(), key_, validity, now);
}

Result<SigningCaPtr> SigningCa::self_signed(const std::string& common_name, PrivateKeyPtr key,
                                            std::chrono::days validity, Time now) {
    const Bytes key_id = subject_key_id_of(*key);
    CertificateDraft draft;
    if (!draft.set_subject_common_name(common_name)) {
        return Error{ErrorCode::invalid_argument, "the CA's name must have 1 to 64 characters"};
    }
    draft.set_issuer_to_subject();
    draft.set_validity(now - lead_in, now + validity);
    draft.set_public_key(*key);
    draft.add(Extension(NID_basic_constraints, true, ca_without_intermediates));
    draft.add(Extension(NID_key_usage, true, key_cert_sign_and_crl_sign));
    draft.add(Extension(NID_subject_key_identifier, false, key_id_value(key_id)));
    auto certificate = draft.sign(*key);
    if (!certificate) return certificate.error();
    return SigningCaPtr(new SigningCa(*certificate, {}, std::move(key)));
}

Result<SigningCaPtr> SigningCa::load(ByteView certificate_pem, ByteView key_pem, Time now) {
    const auto file = read_certificates(certificate_pem);
    if (!file) return unusable("the CA certificate can not be read: " + file.error().message);
    if (!file->problems.empty())
        return unusable("the CA certificate can not be read: " + file->problems.front());
    const auto key = PrivateKey::from_pem(key_pem);
    if (!key) return unusable("the CA key can not be read: " + key.error().message);

    const CertificatePtr& certificate = file->certificates.front();
    if (const auto why = unfitness(*certificate, now)) {
        return unusable("\"" + certificate->display_name() + "\" can not be the signing CA: " + *why);
    }
    if (!strong_enough(*certificate))
        return unusable("the CA's key must be RSA of 2048 to 8192 bits or ECDSA");
    if (!key_signs_for(**key, *certificate)) return unusable("the key does not belong to the CA certificate");
    if (certificate->is_self_issued() && !certificate->is_self_signed()) {
        return unusable("the CA certificate is damaged: its own signature does not verify");
    }
    if (!certificate->is_self_issued() && file->certificates.size() == 1) {
        return unusable("the CA certificate is not self-signed: put the certificate of its issuer, \"" +
                        certificate->issuer_display_name() + "\", behind it in the same file");
    }
    auto chain = chain_above(file->certificates);
    if (!chain) return chain.error();
    return SigningCaPtr(new SigningCa(certificate, std::move(*chain), *key));
}

}  // namespace chainmend::certs
