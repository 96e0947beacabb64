#include "proxy/cli/client_setup.h"

#include "proxy/files/signing_certificate.h"

namespace chainmend::proxy {
Result<ClientEnvironment> client_setup(const std::string& address, const SigningCaFiles& ca,
                                       const ClientFiles& files, const Console& console) {
    const auto place = ProxyPlace::of_listener(address);
    if (!place) return place.error();
    const auto cas = load_certificates_to_trust(ca.certificate_file.parent_path(), console.now());
    if (!cas) return cas.error();
    const auto present = [&console](const std::string& name) { return variable(console, name); };
    if (auto written = files.write(*cas, present); !written) return written.error();
    return client_environment(*place, files, present);
}

}  // namespace chainmend::proxy
