#pragma once

typedef struct X509_name_st X509_NAME;  // libcrypto's

namespace chainmend::certs {

/// Orders distinguished names so that exactly those are equal which X509_NAME_cmp calls equal (RFC 5280
/// section 7.1: case, white space and string types do not matter). For maps keyed by names that their
/// certificates own.
struct NameOrder {
    bool operator()(const X509_NAME* left, const X509_NAME* right) const;
};

}  // namespace chainmend::certs
