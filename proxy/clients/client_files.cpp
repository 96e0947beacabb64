#include "proxy/clients/client_files.h"

#include "certs/certificate_file.h"
#include "certs/pkcs12_trust_store.h"
#include "proxy/files/atomic_file.h"
#include "proxy/files/input_file.h"
#include "proxy/files/trust_loader.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

/// People's .wgetrc have some hundred bytes; Debian's commented /etc/wgetrc has 5 KiB.
constexpr std::size_t max_settings_bytes = 256 * 1024;

Result<void> write_file(const fs::path& file, std::string_view content, mode_t mode = 0644) {
    return write_file_atomically(file, content, mode, Durability::unsynced);
}

/// wget reads WGETRC instead of ~/.wgetrc. Ours names the user's settings by content, since wget has no
/// include.
std::string user_wget_settings(const VariableLookup& present, const fs::path& ours) {
    const auto named = present("WGETRC");
    const auto home = present("HOME");
    std::vector<fs::path> candidates;
    if (named && *named != ours.string()) candidates.emplace_back(*named);
    if ((!named || *named == ours.string()) && home) candidates.push_back(fs::path(*home) / ".wgetrc");
    for (const auto& candidate : candidates) {
        const auto text = read_input_file(candidate, max_settings_bytes);
        if (text) return std::string(as_text(*text)) + "\n";
    }
    return "";
}

/// apt reads APT_CONFIG before everything else, and knows #include.
std::string user_apt_settings(const VariableLookup& present, const fs::path& ours) {
    const auto named = present("APT_CONFIG");
    return named && *named != ours.string() ? "#include \"" + *named + "\";\n" : "";
}

}  // namespace

Result<void> ClientFiles::write(const std::vector<certs::CertificatePtr>& cas,
                                const VariableLookup& present) const {
    const auto system = find_system_bundle();
    if (!system) return system.error();
    const auto text = read_input_file(*system, max_trust_file_bytes);
    if (!text) return text.error();
    auto roots = certs::read_certificates(*text);
    if (!roots) return roots.error().in(*system);

    std::string ours;
    for (const auto& ca : cas)
        ours += ca->pem();
    roots->certificates.insert(roots->certificates.begin(), cas.begin(), cas.end());
    const auto java = certs::pkcs12_trust_store(roots->certificates, certs::usual_trust_store_password);
    if (!java) return java.error();
    // Ours first: some clients look for an issuer from the front.
    std::string bundle = ours + std::string(as_text(*text));
    if (!bundle.ends_with('\n')) bundle += '\n';
    if (auto done = write_file(ca(), ours); !done) return done;
    if (auto done = write_file(this->bundle(), bundle); !done) return done;
    if (auto done = write_file(java_trust_store(), as_text(*java)); !done) return done;
    return write_settings(present);
}

Result<void> ClientFiles::write_settings(const VariableLookup& present) const {
    const std::string file = bundle().string();
    const std::string wget =
        user_wget_settings(present, wget_settings()) + "use_proxy = on\nca_certificate = " + file + "\n";
    if (auto done = write_file(wget_settings(), wget, 0600); !done) return done;
    const std::string apt =
        user_apt_settings(present, apt_settings()) + "Acquire::https::CaInfo \"" + file + "\";\n";
    if (auto done = write_file(apt_settings(), apt); !done) return done;
    if (auto made = make_directories(php_directory(), 0755); !made) return made;
    return write_file(php_directory() / "chainmend.ini",
                      "openssl.cafile = \"" + file + "\"\ncurl.cainfo = \"" + file + "\"\n");
}

}  // namespace chainmend::proxy
