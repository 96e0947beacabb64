#include "certs/extended_key_usage.h"

#include "certs/x509_view.h"

namespace chainmend::certs {

ExtendedKeyUsage extended_key_usage(const Certificate& certificate, Purpose purpose) {
    if (!has_extension(certificate, NID_ext_key_usage)) return ExtendedKeyUsage::absent;
    const auto usages = extension<OwnedKeyUsages>(certificate, NID_ext_key_usage);
    if (!usages) return ExtendedKeyUsage::refuses;
    if (purpose == Purpose::any) return ExtendedKeyUsage::allows;
    const int wanted = purpose == Purpose::server ? NID_server_auth : NID_client_auth;
    auto answer = ExtendedKeyUsage::refuses;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
        const int usage = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), i));
        if (usage == NID_anyExtendedKeyUsage) return ExtendedKeyUsage::any_usage;
        if (usage == wanted) answer = ExtendedKeyUsage::allows;
    }
    return answer;
}

}  // namespace chainmend::certs
