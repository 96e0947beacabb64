#include "certs/asn1_time.h"

#include <ctime>
#include <string_view>

namespace chainmend::certs {

std::optional<Time> time_of(const ASN1_TIME* encoded) {
    if (encoded == nullptr) return std::nullopt;
    const bool utc = ASN1_STRING_type(encoded) == V_ASN1_UTCTIME;
    const std::string_view text =
        std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(encoded)),
                         static_cast<std::size_t>(ASN1_STRING_length(encoded)));
    std::tm parts{};
    if (text.size() != (utc ? 13u : 15u) || text.back() != 'Z' || ASN1_TIME_to_tm(encoded, &parts) != 1) {
        return std::nullopt;
    }
    using namespace std::chrono;
    const year_month_day date{year{parts.tm_year + 1900}, month{static_cast<unsigned>(parts.tm_mon + 1)},
                              day{static_cast<unsigned>(parts.tm_mday)}};
    if (!date.ok()) return std::nullopt;
    return Time{sys_days{date} + hours{parts.tm_hour} + minutes{parts.tm_min} + seconds{parts.tm_sec}};
}

}  // namespace chainmend::certs
