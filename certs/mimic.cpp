#include "certs/mimic.h"

#include <openssl/obj_mac.h>

#include <algorithm>

#include "certs/certificate_draft.h"

namespace chainmend::certs {
namespace {

/// Far enough that no client's clock is wrong by as much.
constexpr std::chrono::days distance{30};

/// RFC 6761 section 6.4: no such name can ever exist.
constexpr std::string_view nobodys_name = "name-mismatch.chainmend.invalid";

constexpr std::uint8_t not_a_ca[] = {0x30, 0x00};
constexpr std::uint8_t digital_signature[] = {0x03, 0x02, 0x07, 0x80};
constexpr std::uint8_t server_auth[] = {0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06,
                                        0x01, 0x05, 0x05, 0x07, 0x03, 0x01};

struct Validity {
    Time not_before;
    Time not_after;
};

Validity validity_of(Defect defect, Time now) {
    switch (defect) {
        case Defect::expired:
            return {now - 3 * distance, now - distance};
        case Defect::not_yet_valid:
            return {now + distance, now + 3 * distance};
        case Defect::wrong_name:
        case Defect::untrusted_issuer:
            break;
    }
    return {now - std::chrono::hours{1}, now + std::chrono::hours{24}};
}

}  // namespace

Defect defect_like(Reason reason) {
    switch (reason) {
        case Reason::expired:
            return Defect::expired;
        case Reason::not_yet_valid:
            return Defect::not_yet_valid;
        case Reason::host_mismatch:
        case Reason::no_san:
            return Defect::wrong_name;
        default:
            return Defect::untrusted_issuer;
    }
}

Result<MintedCertificatePtr> mimic_certificate(const Mint& mint, const ReferenceIdentity& identity,
                                               KeyType key_type, Defect defect, Time now) {
    SigningCaPtr stranger;
    if (defect == Defect::untrusted_issuer) {
        SigningCaOptions options;
        options.common_name = "chainmend refused this server";
        auto made = SigningCa::make(options, now);
        if (!made) return made.error();
        stranger = *made;
    }
    const SigningCa& ca = stranger ? *stranger : mint.ca();
    const auto key = mint.key(key_type);
    if (!key) return key.error();
    auto shown = identity;
    if (defect == Defect::wrong_name) shown = *ReferenceIdentity::dns(nobodys_name);
    const auto validity = validity_of(defect, now);

    CertificateDraft draft;
    const bool has_subject = draft.set_subject_common_name(shown.text());
    draft.set_issuer(*ca.certificate());
    draft.set_validity(validity.not_before, validity.not_after);
    draft.set_public_key(*(*key)->key());
    draft.add(Extension(NID_basic_constraints, true, not_a_ca));
    draft.add(Extension(NID_key_usage, true, digital_signature));
    draft.add(Extension(NID_ext_key_usage, false, server_auth));
    draft.add(Extension(NID_authority_key_identifier, false,
                        authority_key_id_value(ca.certificate()->subject_key_id())));
    draft.add((*key)->subject_key_id());
    draft.add(Extension(NID_subject_alt_name, !has_subject, subject_alt_name_value(shown)));
    auto certificate = draft.sign(ca.key());
    if (!certificate) return certificate.error();
    return std::make_shared<const MintedCertificate>(
        MintedCertificate{*certificate, (*key)->key(), ca.chain(), now});
}

}  // namespace chainmend::certs
