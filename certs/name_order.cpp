#include "certs/name_order.h"

#include <openssl/x509.h>

namespace chainmend::certs {

bool NameOrder::operator()(const X509_NAME* left, const X509_NAME* right) const {
    return X509_NAME_cmp(left, right) < 0;
}

}  // namespace chainmend::certs
