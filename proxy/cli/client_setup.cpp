#include "proxy/cli/client_setup.h"

#include <ostream>

#include "proxy/files/signing_certificate.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

void tell_of_password(ProxyPlace place, const Console& console) {
    place.userinfo = "USER:PASSWORD";
    console.err
        << "chainmend: the proxy asks for a password (listen.auth), which these variables do not hold: "
           "set HTTPS_PROXY="
        << place.url() << " and ask again; special characters as %XX\n";
}

void tell_of_direct_hosts(const std::vector<std::string>& left_out, const Console& console) {
    if (left_out.empty()) return;
    std::string list;
    for (const auto& entry : left_out)
        list += (list.empty() ? "" : ", ") + entry;
    console.err
        << "chainmend: left out of NO_PROXY: " << printable_ascii(list)
        << " (not every client understands that, and \"*\" would switch the proxy off; write .suffix or "
           "the host itself)\n";
}

}  // namespace

Result<ClientEnvironment> client_setup(const ProxyPlace& place, bool asks_for_password,
                                       const SigningCaFiles& ca, const ClientFiles& files,
                                       const Console& console) {
    const auto cas = load_certificates_to_trust(ca.certificate_file.parent_path(), console.now());
    if (!cas) return cas.error();
    const auto present = [&console](const std::string& name) { return variable(console, name); };
    if (auto written = files.write(*cas, present); !written) return written.error();
    const auto proxy = with_credentials(place, present);
    if (asks_for_password && proxy.userinfo.empty()) tell_of_password(proxy, console);
    auto environment = client_environment(proxy, files, present);
    tell_of_direct_hosts(environment.left_out, console);
    return environment;
}

}  // namespace chainmend::proxy
