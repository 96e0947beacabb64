#include "certs/mint.h"

#include <openssl/obj_mac.h>

#include <algorithm>
#include <cassert>

#include "certs/certificate_draft.h"

namespace chainmend::certs {
namespace {

/// Clocks of clients are often a little behind.
constexpr std::chrono::hours lead_in{1};
/// Short enough that a lost key is soon worthless; public CAs have come down to this as well.
constexpr std::chrono::days longest_validity{90};

constexpr std::uint8_t not_a_ca[] = {0x30, 0x00};
constexpr std::uint8_t digital_signature[] = {0x03, 0x02, 0x07, 0x80};
// Clients that know no ECDSA may know no ECDHE either: those encrypt to the key (RFC 5246 section 7.4.2).
constexpr std::uint8_t digital_signature_and_key_encipherment[] = {0x03, 0x02, 0x05, 0xa0};
constexpr std::uint8_t server_auth[] = {0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06,
                                        0x01, 0x05, 0x05, 0x07, 0x03, 0x01};

std::string slot_name(const ReferenceIdentity& identity, KeyType key_type) {
    return std::string(to_string(key_type)) +
           (identity.kind() == ReferenceIdentity::Kind::ip ? " ip " : " dns ") + identity.text();
}

}  // namespace

/// The extensions that are the same in every certificate.
class Mint::PreparedExtensions {
  public:
    explicit PreparedExtensions(const SigningCa& ca)
        : authority_key_id(NID_authority_key_identifier, false,
                           authority_key_id_value(ca.certificate()->subject_key_id())) {}

    const Extension basic_constraints{NID_basic_constraints, true, not_a_ca};
    const Extension key_usage{NID_key_usage, true, digital_signature};
    const Extension rsa_key_usage{NID_key_usage, true, digital_signature_and_key_encipherment};
    const Extension extended_key_usage{NID_ext_key_usage, false, server_auth};
    const Extension authority_key_id;
};

Mint::Mint(SigningCaPtr ca, const MintOptions& options, MintKeyPtr ecdsa, RsaKey rsa)
    : ca_(std::move(ca)),
      options_(options),
      ecdsa_key_(std::move(ecdsa)),
      rsa_key_(std::move(rsa)),
      prepared_(std::make_unique<PreparedExtensions>(*ca_)),
      count_(options.minted) {}

Mint::~Mint() = default;

Result<std::unique_ptr<Mint>> Mint::make(SigningCaPtr ca, const MintOptions& options) {
    auto ecdsa = MintKey::make(KeyType::ecdsa_p256);
    if (!ecdsa) return ecdsa.error();
    // Nearly every client of today knows ECDSA: who needs the other key waits for it once.
    RsaKey rsa = std::async(std::launch::deferred, [key = options.rsa_key] {
        return key ? Result<MintKeyPtr>(key) : MintKey::make(KeyType::rsa2048);
    });
    if (options.rsa_key) rsa.wait();
    return std::unique_ptr<Mint>(new Mint(std::move(ca), options, std::move(*ecdsa), std::move(rsa)));
}

Result<MintedCertificatePtr> Mint::certificate_for(const ReferenceIdentity& identity, KeyType key_type,
                                                   Time upstream_not_after, Time now) {
    const std::string name = slot_name(identity, key_type);
    std::unique_lock lock(mutex_);
    for (;;) {
        if (auto minted = remembered(name, upstream_not_after, now)) return minted;
        if (minting_.insert(name).second) break;
        minted_.wait(lock);
    }
    lock.unlock();
    auto minted = mint(identity, key_type, upstream_not_after, now);
    lock.lock();
    minting_.erase(name);
    if (minted) {
        ++count_;
        remember(name, *minted);
    }
    minted_.notify_all();
    return minted;
}

std::size_t Mint::size() const {
    const std::lock_guard lock(mutex_);
    return slots_.size();
}

std::uint64_t Mint::minted() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

bool Mint::has_key(KeyType key_type) const {
    return key_type != KeyType::rsa2048 ||
           rsa_key_.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
}

Result<MintKeyPtr> Mint::key(KeyType key_type) const {
    return key_type == KeyType::rsa2048 ? rsa_key_.get() : Result<MintKeyPtr>(ecdsa_key_);
}

Result<MintedCertificatePtr> Mint::mint(const ReferenceIdentity& identity, KeyType key_type,
                                        Time upstream_not_after, Time now) const {
    const Time ca_begins = ca_->certificate()->not_before().value_or(Time::max());
    const Time ca_ends = ca_->certificate()->not_after().value_or(Time::min());
    if (now < ca_begins || now > ca_ends) return Error{ErrorCode::signing_ca, "the signing CA has expired"};
    if (now > upstream_not_after)
        return Error{ErrorCode::invalid_argument, "the server's certificate has expired"};

    // Both bounds are inclusive (RFC 5280 section 4.1.2.5), hence the second less.
    const auto validity = std::min<std::chrono::seconds>(options_.validity, longest_validity);
    const Time not_before = std::max(now - lead_in, ca_begins);
    const Time not_after = std::max(
        now, std::min({upstream_not_after, ca_ends, not_before + validity - std::chrono::seconds{1}}));
    const auto key = this->key(key_type);
    if (!key) return key.error();

    CertificateDraft draft;
    const bool has_subject = draft.set_subject_common_name(identity.text());
    draft.set_issuer(*ca_->certificate());
    draft.set_validity(not_before, not_after);
    draft.set_public_key(*(*key)->key());
    draft.add(prepared_->basic_constraints);
    draft.add(key_type == KeyType::rsa2048 ? prepared_->rsa_key_usage : prepared_->key_usage);
    draft.add(prepared_->extended_key_usage);
    draft.add(prepared_->authority_key_id);
    draft.add((*key)->subject_key_id());
    // RFC 5280 section 4.2.1.6: critical if and only if the subject is empty.
    draft.add(Extension(NID_subject_alt_name, !has_subject, subject_alt_name_value(identity)));
    auto certificate = draft.sign(ca_->key());
    if (!certificate) return certificate.error();
    return std::make_shared<const MintedCertificate>(
        MintedCertificate{*certificate, (*key)->key(), ca_->chain(), now + (not_after - now) * 2 / 3});
}

MintedCertificatePtr Mint::remembered(const std::string& name, Time upstream_not_after, Time now) {
    const auto slot = slots_.find(name);
    if (slot == slots_.end()) return nullptr;
    const MintedCertificatePtr& minted = slot->second.minted;
    // The server may meanwhile have a certificate that ends earlier, and a clock may have been set back.
    const bool usable = now < minted->renew_at && now >= minted->certificate->not_before() &&
                        minted->certificate->not_after() <= upstream_not_after;
    if (!usable) return nullptr;
    recency_.splice(recency_.begin(), recency_, slot->second.recency);
    return minted;
}

void Mint::remember(const std::string& name, const MintedCertificatePtr& minted) {
    if (const auto slot = slots_.find(name); slot != slots_.end()) {
        slot->second.minted = minted;
        recency_.splice(recency_.begin(), recency_, slot->second.recency);
        return;
    }
    recency_.push_front(name);
    slots_.emplace(name, Slot{minted, recency_.begin()});
    if (slots_.size() > options_.capacity) {
        slots_.erase(recency_.back());
        recency_.pop_back();
    }
}

}  // namespace chainmend::certs
