#include "proxy/clients/apple_profile.h"

#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

/// 128 bits of the fingerprint, written as a UUID.
std::string uuid_from(const certs::Certificate& ca, std::size_t first) {
    const std::string hex = to_hex(ca.sha256()).substr(first, 32);
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) +
           "-" + hex.substr(20);
}

/// What stands between the lines of a PEM block.
std::string base64_of(const certs::Certificate& ca) {
    const std::string pem = ca.pem();
    const auto begin = pem.find('\n') + 1;
    std::string text = pem.substr(begin, pem.rfind("\n-----END") - begin);
    std::erase(text, '\n');
    return text;
}

std::string entry(const std::string& key, const std::string& value, const std::string& indent) {
    return indent + "<key>" + key + "</key>\n" + indent + "<string>" + html_escaped(value) + "</string>\n";
}

std::string common_entries(const std::string& type, const std::string& identifier, const std::string& uuid,
                           const std::string& name, const std::string& indent) {
    return entry("PayloadType", type, indent) + indent + "<key>PayloadVersion</key>\n" + indent +
           "<integer>1</integer>\n" + entry("PayloadIdentifier", identifier, indent) +
           entry("PayloadUUID", uuid, indent) + entry("PayloadDisplayName", name, indent);
}

}  // namespace

std::string apple_profile(const certs::Certificate& ca) {
    const std::string identifier = "chainmend.ca." + certs::short_fingerprint(ca);
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
           "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
           "<plist version=\"1.0\">\n<dict>\n  <key>PayloadContent</key>\n  <array>\n    <dict>\n" +
           common_entries("com.apple.security.root", identifier + ".certificate", uuid_from(ca, 32),
                          ca.display_name(), "      ") +
           entry("PayloadCertificateFileName", "chainmend-ca.cer", "      ") +
           "      <key>PayloadContent</key>\n      <data>" + base64_of(ca) +
           "</data>\n    </dict>\n  </array>\n" +
           common_entries("Configuration", identifier, uuid_from(ca, 0), ca.display_name(), "  ") +
           "</dict>\n</plist>\n";
}

}  // namespace chainmend::proxy
