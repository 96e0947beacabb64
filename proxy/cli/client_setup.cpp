#include "proxy/cli/client_setup.h"

#include "certs/certificate_file.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

/// The CA as its file has it: behind one that an organisation issued stand those above it, up to the root
/// that clients know how to trust.
Result<std::vector<certs::CertificatePtr>> cas_to_trust(const SigningCaFiles& ca) {
    const auto bytes = read_input_file(ca.certificate_file, max_trust_file_bytes);
    if (!bytes) return bytes.error();
    auto read = certs::read_certificates(*bytes);
    if (!read) return read.error().in(ca.certificate_file.string());
    return std::move(read->certificates);
}

}  // namespace

Result<ClientEnvironment> client_setup(const std::string& address, const SigningCaFiles& ca,
                                       const ClientFiles& files, const Console& console) {
    const auto place = ProxyPlace::of_listener(address);
    if (!place) return place.error();
    const auto cas = cas_to_trust(ca);
    if (!cas) return cas.error();
    const auto present = [&console](const std::string& name) { return variable(console, name); };
    if (auto written = files.write(*cas, present); !written) return written.error();
    return client_environment(*place, files, present);
}

}  // namespace chainmend::proxy
