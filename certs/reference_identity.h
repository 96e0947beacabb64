#pragma once

#include <string>
#include <string_view>

#include "config/bytes.h"
#include "config/result.h"

namespace chainmend::certs {

/// 4 octets as "192.0.2.1", 16 as RFC 5952 spells them ("2001:db8::1"); empty for any other length.
std::string address_text(ByteView address);

/// The name that a certificate must be for (RFC 9525): a DNS name or an IP address.
class ReferenceIdentity {
  public:
    enum class Kind { dns, ip };

    /// A host as in a CONNECT request: an IP literal becomes Kind::ip (brackets are not accepted here), else
    /// a DNS name, which must be A-labels, at most 253 octets, labels of 1 to 63 letters, digits, hyphens and
    /// underscores; one trailing dot is dropped; lower-cased.
    static Result<ReferenceIdentity> from_host(std::string_view host);
    static Result<ReferenceIdentity> dns(std::string_view name);
    static Result<ReferenceIdentity> ip(std::string_view address);

    Kind kind() const { return kind_; }
    /// Canonical text: lower-case name, or the address in its usual spelling.
    const std::string& text() const { return text_; }
    /// 4 or 16 octets; empty for a DNS name.
    const Bytes& address() const { return address_; }

    bool operator==(const ReferenceIdentity&) const = default;

  private:
    Kind kind_ = Kind::dns;
    std::string text_;
    Bytes address_;
};

}  // namespace chainmend::certs
