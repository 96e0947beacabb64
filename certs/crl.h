#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/bytes.h"
#include "config/result.h"
#include "config/time.h"

typedef struct X509_crl_st X509_CRL;  // libcrypto's

namespace chainmend::certs {

class Crl;
using CrlPtr = std::shared_ptr<const Crl>;

/// One decoded certificate revocation list (RFC 5280 section 5). Immutable, shared.
class Crl {
  public:
    static Result<CrlPtr> from_der(ByteView der);
    ~Crl();
    Crl(const Crl&) = delete;
    Crl& operator=(const Crl&) = delete;

    X509_CRL* x509_crl() const { return crl_; }
    /// As it was read: a list that was decoded is not changed.
    Bytes der() const;
    /// Octets of its DER.
    std::size_t size() const { return size_; }
    /// nullopt when absent or no time.
    std::optional<Time> this_update() const { return this_update_; }
    std::optional<Time> next_update() const { return next_update_; }

  private:
    Crl(X509_CRL* crl, std::size_t size);
    X509_CRL* crl_;
    std::size_t size_;
    std::optional<Time> this_update_;
    std::optional<Time> next_update_;
};

/// A list that was given, and the file it came from, if any.
struct GivenCrl {
    GivenCrl(CrlPtr list, std::string file = {}) : crl(std::move(list)), origin(std::move(file)) {}

    CrlPtr crl;
    std::string origin;
};

/// DER or PEM (one or more blocks), told apart by content.
Result<std::vector<CrlPtr>> read_crls(ByteView bytes);

}  // namespace chainmend::certs
