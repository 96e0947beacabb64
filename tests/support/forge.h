#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "certs/certificate.h"
#include "certs/crl.h"

typedef struct evp_pkey_st EVP_PKEY;

namespace chainmend::test {

/// Keys for forged certificates, made when first asked for and then shared by every test of a process: a
/// number tells keys of one kind apart.
enum class KeyKind { p256, p384, ed25519, rsa2048, rsa1024, rsa2052, p192, p256_explicit, dsa2048 };
std::shared_ptr<EVP_PKEY> forged_key(KeyKind kind, int number = 0);

/// A distinguished name as "/C=DE/O=Test/CN=name"; "+" instead of "/" joins to the attribute before. A value
/// that begins with "printable:", "utf8:", "bmp:" or "ia5:" is encoded as that kind of string, UTF-8
/// otherwise.
using NameText = std::string;

/// A certificate that is good or bad in exactly the way a test wants, down to its bytes. Where pki.h makes
/// chains, this makes defects.
struct Draft {
    NameText subject;
    NameText issuer;         ///< empty: the subject of whoever signs
    bool no_issuer = false;  ///< an empty issuer name
    std::string serial_hex = "1234";
    Time not_before, not_after;  ///< default: a year around noon()
    int version = 2;             ///< encoded: 2 is v3
    std::string digest = "SHA256";
    std::shared_ptr<EVP_PKEY> key;
    /// Extensions in order: short name or OID, and value in the syntax of OpenSSL's configuration files.
    std::vector<std::pair<std::string, std::string>> extensions;
    std::string sections;                    ///< more of such a file, for values that begin with "@"
    std::function<void(Bytes& der)> tamper;  ///< applied to the signed certificate

    Draft& set(const std::string& name, const std::string& value);  ///< replaces, or adds
    Draft& add(const std::string& name, const std::string& value);  ///< adds, even if it is there
    Draft& drop(const std::string& name);
};

/// Good in every profile. The CAs are for P-256 keys number `number`.
Draft root_draft(const NameText& subject, int number = 1);
Draft ca_draft(const NameText& subject, int number);
Draft leaf_draft(const std::string& host);

struct Forged {
    certs::CertificatePtr certificate;
    std::shared_ptr<EVP_PKEY> key;
};

/// Signed by `issuer`, or self-signed.
Forged forge(const Draft& draft, const Forged* issuer = nullptr);

/// An entry of a CRL that says more than a serial number.
struct RevokedDraft {
    std::string serial;  ///< hexadecimal
    NameText issuer;     ///< of an indirect CRL: whose certificate it was; empty: as in the entry before
    std::vector<std::pair<std::string, std::string>> extensions;
};

struct CrlDraft {
    std::vector<std::string> revoked;  ///< serial numbers, hexadecimal
    std::vector<RevokedDraft> entries;
    std::string sections;  ///< as in Draft
    std::vector<std::pair<std::string, std::string>> extensions = {{"crlNumber", "DER:020101"}};
    Time this_update, next_update;  ///< default: a day around noon()
    bool has_next_update = true;
    std::string digest = "SHA256";
    std::shared_ptr<EVP_PKEY> key;  ///< signs instead of the issuer's own
    NameText issuer;                ///< empty: the subject of the issuer
    CrlDraft();
};
certs::CrlPtr forge_crl(const CrlDraft& draft, const Forged& issuer);

}  // namespace chainmend::test
