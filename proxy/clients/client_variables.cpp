#include "proxy/clients/client_variables.h"

namespace chainmend::proxy {
namespace {

using enum VariableContent;

// Both spellings of the first six are needed: wget, aria2 and apt read only the lower one, others only the
// upper.
constexpr ClientVariable variables[] = {
    {"HTTPS_PROXY", proxy_url, "Python, Go, Node, Rust, .NET and most others"},
    {"https_proxy", proxy_url, "curl, wget, git, apt, PHP, Perl and most others"},
    {"http_proxy", proxy_url, "Ruby, for https as well; whatever speaks plain HTTP"},
    {"HTTP_PROXY", proxy_url, "likewise"},
    // Python httpx looks at it beside the others: a SOCKS proxy in it would have it want another library.
    {"ALL_PROXY", proxy_url,
     "Python httpx and requests, Rust; where the others say nothing, curl and git too"},
    {"all_proxy", proxy_url, "likewise"},
    {"NO_PROXY", direct_hosts, "whatever reads HTTPS_PROXY"},
    {"no_proxy", direct_hosts, "whatever reads https_proxy"},
    {"NODE_USE_ENV_PROXY", switched_on, "Node 22.21, 24.5 and later, which read the others only with this"},
    {"PERL_LWP_ENV_PROXY", switched_on, "Perl LWP, which reads the others only with this"},
    {"CARGO_HTTP_PROXY", proxy_url, "cargo, before git's http.proxy"},
    {"npm_config_https_proxy", proxy_url, "npm, before the user's .npmrc; node-gyp and other installers"},
    {"npm_config_proxy", proxy_url, "likewise"},
    {"npm_config_noproxy", direct_hosts, "npm"},
    // npm takes these for the same settings as the lower-case ones, and the last it comes by counts.
    {"NPM_CONFIG_HTTPS_PROXY", nothing, "npm"},
    {"NPM_CONFIG_PROXY", nothing, "npm"},
    {"NPM_CONFIG_NOPROXY", nothing, "npm"},
    {"NPM_CONFIG_CAFILE", nothing, "npm"},
    // With it pip does not look at NO_PROXY any more.
    {"PIP_PROXY", nothing, "pip, before HTTPS_PROXY"},
    {"grpc_proxy", nothing, "gRPC, before https_proxy"},
    {"no_grpc_proxy", nothing, "gRPC, before no_proxy"},

    {"SSL_CERT_FILE", ca_bundle, "OpenSSL itself, so Python, Ruby, PHP and Perl; Go; Rust's native-certs"},
    {"SSL_CERT_DIR", nothing, "OpenSSL and Go, beside SSL_CERT_FILE"},
    {"CURL_CA_BUNDLE", ca_bundle, "curl, Python requests"},
    {"REQUESTS_CA_BUNDLE", ca_bundle, "Python requests, conda, Azure CLI"},
    {"PIP_CERT", ca_bundle, "pip"},
    {"AWS_CA_BUNDLE", ca_bundle, "AWS CLI, boto3"},
    {"GIT_SSL_CAINFO", ca_bundle, "git"},
    {"CARGO_HTTP_CAINFO", ca_bundle, "cargo"},
    {"PERL_LWP_SSL_CA_FILE", ca_bundle, "Perl LWP"},
    {"npm_config_cafile", ca_bundle, "npm, pnpm"},
    {"DENO_CERT", ca_bundle, "Deno"},
    {"HTTPLIB2_CA_CERTS", ca_bundle, "Python httplib2"},
    {"NIX_SSL_CERT_FILE", ca_bundle, "Nix"},
    {"COMPOSER_CAFILE", ca_bundle, "PHP Composer"},
    {"BUNDLE_SSL_CA_CERT", ca_bundle, "Ruby Bundler"},
    {"CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", ca_bundle, "gcloud"},
    {"HEX_CACERTS_PATH", ca_bundle, "Elixir Hex"},
    {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", ca_bundle, "gRPC (C, C++, Python, Ruby, PHP)"},
    {"NODE_EXTRA_CA_CERTS", ca_certificate, "Node"},

    {"WGETRC", wget_settings, "wget, which has no variable for its trust list"},
    {"APT_CONFIG", apt_settings, "apt"},
    {"PHP_INI_SCAN_DIR", php_directories, "PHP: its curl and its streams"},
    {"JAVA_TOOL_OPTIONS", java_options, "every Java program, for the proxy and for the trust store"},
};

}  // namespace

std::span<const ClientVariable> client_variables() {
    return variables;
}

}  // namespace chainmend::proxy
