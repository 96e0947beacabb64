#include "proxy/clients/trust_places.h"

namespace chainmend::proxy {
namespace {

constexpr const char* update_ca_certificates[] = {"update-ca-certificates", nullptr};
constexpr const char* update_ca_trust[] = {"update-ca-trust", "extract", nullptr};
constexpr const char* trust_extract_compat[] = {"trust", "extract-compat", nullptr};

// openSUSE has /usr/share/pki/trust/anchors as well, which belongs to its packages.
constexpr SystemTrustPlace systems[] = {
    {"Fedora, RHEL, CentOS, Amazon Linux", "/etc/pki/ca-trust/source/anchors", ".pem", update_ca_trust,
     "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"},
    {"openSUSE, SLES", "/etc/pki/trust/anchors", ".pem", update_ca_certificates,
     "/var/lib/ca-certificates/ca-bundle.pem"},
    {"Debian, Ubuntu, Alpine, Gentoo", "/usr/local/share/ca-certificates", ".crt", update_ca_certificates,
     "/etc/ssl/certs/ca-certificates.crt"},
    {"Arch, Manjaro", "/etc/ca-certificates/trust-source/anchors", ".crt", trust_extract_compat,
     "/etc/ca-certificates/extracted/tls-ca-bundle.pem"},
};

constexpr NssPlace databases[] = {
    {"Chromium, Chrome and others of its family", ".pki/nssdb"},
    {"Chromium and Chrome where ~/.pki is not wanted", ".local/share/pki/nssdb"},
    {"Chromium as a snap", "snap/chromium/current/.pki/nssdb"},
    {"Chromium as a flatpak", ".var/app/org.chromium.Chromium/.pki/nssdb"},
    {"Chrome as a flatpak", ".var/app/com.google.Chrome/.pki/nssdb"},
    {"Brave as a snap", "snap/brave/current/.pki/nssdb"},
    {"Firefox", ".mozilla/firefox/*"},
    {"Firefox from version 147 on", ".config/mozilla/firefox/*"},
    {"Firefox as a snap", "snap/firefox/common/.mozilla/firefox/*"},
    {"Firefox as a flatpak", ".var/app/org.mozilla.firefox/.mozilla/firefox/*"},
    {"Firefox as a flatpak from version 147 on", ".var/app/org.mozilla.firefox/config/mozilla/firefox/*"},
    {"Thunderbird", ".thunderbird/*"},
    {"Thunderbird as a snap", "snap/thunderbird/common/.thunderbird/*"},
    {"Thunderbird as a flatpak", ".var/app/org.mozilla.Thunderbird/.thunderbird/*"},
    {"LibreWolf", ".librewolf/*"},
    {"LibreWolf as a flatpak", ".var/app/io.gitlab.librewolf-community/.librewolf/*"},
    {"Waterfox", ".waterfox/*"},
    {"Zen", ".zen/*"},
    {"Floorp", ".floorp/*"},
    {"SeaMonkey", ".mozilla/seamonkey/*"},
    {"Evolution", ".local/share/evolution"},
    {"the whole system, on Fedora and RHEL", "/etc/pki/nssdb"},
};

}  // namespace

std::span<const SystemTrustPlace> system_trust_places() {
    return systems;
}

std::span<const NssPlace> nss_places() {
    return databases;
}

}  // namespace chainmend::proxy
