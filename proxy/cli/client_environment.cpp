#include "proxy/cli/client_environment.h"

#include <set>

#include "config/toml_text.h"

namespace chainmend::proxy {
namespace {

// Variables whose file replaces the client's trust list: OpenSSL itself (Ruby, PHP, Perl, Go on Linux, ...),
// curl, Python requests and pip, AWS, git, cargo, LWP, npm, Deno, httplib2, gRPC, Nix, Composer.
constexpr const char* bundle_variables[] = {"SSL_CERT_FILE",      "CURL_CA_BUNDLE",
                                            "REQUESTS_CA_BUNDLE", "PIP_CERT",
                                            "AWS_CA_BUNDLE",      "GIT_SSL_CAINFO",
                                            "CARGO_HTTP_CAINFO",  "PERL_LWP_SSL_CA_FILE",
                                            "npm_config_cafile",  "DENO_CERT",
                                            "HTTPLIB2_CA_CERTS",  "NIX_SSL_CERT_FILE",
                                            "COMPOSER_CAFILE",    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"};

std::string single_quoted(const std::string& text, const std::string& escaped_quote) {
    std::string quoted = "'";
    for (const char c : text)
        quoted += c == '\'' ? escaped_quote : std::string(1, c);
    return quoted + "'";
}

std::string fish_quoted(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text)
        quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    return quoted + "'";
}

std::string set_line(const std::string& name, const std::string& value, Shell shell) {
    switch (shell) {
        case Shell::sh:
            return "export " + name + "=" + sh_quoted(value) + "\n";
        case Shell::fish:
            return "set -gx " + name + " " + fish_quoted(value) + "\n";
        case Shell::powershell:
            return "$env:" + name + " = " + single_quoted(value, "''") + "\n";
        case Shell::dotenv:
            return name + "=" + config::toml_text(value) + "\n";
        case Shell::docker:
            return "-e " + name + "=" + value + "\n";
    }
    return {};
}

std::string unset_line(const std::string& name, Shell shell) {
    switch (shell) {
        case Shell::sh:
            return "unset " + name + "\n";
        case Shell::fish:
            return "set -e " + name + "\n";
        case Shell::powershell:
            return "Remove-Item Env:" + name + " -ErrorAction SilentlyContinue\n";
        case Shell::dotenv:
        case Shell::docker:
            return {};  // they start from nothing
    }
    return {};
}

/// A container sees neither the host's loopback nor its files unless it is told to. Nothing is quoted: the
/// shell takes quotation marks that come out of $(...) literally.
std::string docker_preamble(const ClientEnvironment& environment) {
    std::set<std::string> files;
    for (const auto& [name, value] : environment.set) {
        if (value.starts_with('/')) files.insert(value);
    }
    std::string text = "--network host\n";
    for (const std::string& file : files)
        text += "-v " + file + ":" + file + ":ro\n";
    return text;
}

}  // namespace

std::string sh_quoted(const std::string& text) {
    return single_quoted(text, "'\\''");
}

ClientEnvironment client_environment(const std::string& proxy_url, const std::string& ca_bundle,
                                     const std::string& ca_certificate) {
    // Both spellings: wget, aria2 and apt read only the lower one, others only the upper one. Plain HTTP has
    // no certificates to repair and stays direct.
    ClientEnvironment environment{{{"HTTPS_PROXY", proxy_url}, {"https_proxy", proxy_url}}, {"SSL_CERT_DIR"}};
    for (const char* name : bundle_variables)
        environment.set.emplace_back(name, ca_bundle);
    environment.set.emplace_back("NODE_EXTRA_CA_CERTS", ca_certificate);
    environment.set.emplace_back("NODE_USE_ENV_PROXY",
                                 "1");  // Node 24 and later read the proxy only with this
    return environment;
}

std::string shell_text(const ClientEnvironment& environment, Shell shell) {
    std::string text = shell == Shell::docker ? docker_preamble(environment) : "";
    for (const auto& [name, value] : environment.set)
        text += set_line(name, value, shell);
    for (const auto& name : environment.unset)
        text += unset_line(name, shell);
    return text;
}

}  // namespace chainmend::proxy
