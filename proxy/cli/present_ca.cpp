#include "proxy/cli/present_ca.h"

#include <ostream>

namespace chainmend::proxy {

Result<SigningCaFiles> present_ca(const config::Settings& settings, Time now) {
    auto files = load_signing_ca(settings.intercept.ca_dir, now);
    if (files || files.error().code != ErrorCode::not_found) return files;
    return Error{ErrorCode::signing_ca,
                 files.error().message + " yet: run chainmend ca init, or start chainmend once"};
}

std::int64_t days_left(const certs::Certificate& certificate, Time now) {
    return whole_days(certificate.not_after().value_or(now) - now);
}

void print_ca(const SigningCaFiles& files, Time now, std::ostream& out) {
    const certs::Certificate& certificate = *files.ca->certificate();
    out << certificate.display_name() << (files.made_now ? "  (made now)" : "") << "\n"
        << "  certificate  " << files.certificate_file.string() << "\n"
        << "  SHA-256      " << fingerprint_text(certificate) << "\n"
        << "  valid until  " << to_date(certificate.not_after().value_or(Time{})) << " ("
        << days_left(certificate, now) << " days)\n";
    if (!certificate.is_self_issued()) out << "  issued by    " << certificate.issuer_display_name() << "\n";
}

}  // namespace chainmend::proxy
