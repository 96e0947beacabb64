#include "proxy/clients/client_rules.h"

namespace chainmend::proxy {
namespace {

using enum OwnTrust;

// As their documentation and sources have it, and as scripts/clients sees them behave.
constexpr ClientRule rules[] = {
    {"curl", "curl", "https_proxy HTTPS_PROXY all_proxy ALL_PROXY", "CURL_CA_BUNDLE SSL_CERT_FILE",
     system_store},
    {"wget", "wget", "https_proxy", "WGETRC", system_store},
    {"git", "git", "https_proxy HTTPS_PROXY all_proxy ALL_PROXY", "GIT_SSL_CAINFO", system_store},
    {"Python urllib", "python3 python", "https_proxy HTTPS_PROXY", "SSL_CERT_FILE", system_store},
    {"Python requests", "python3 python conda az", "https_proxy HTTPS_PROXY all_proxy ALL_PROXY",
     "REQUESTS_CA_BUNDLE CURL_CA_BUNDLE", list_of_its_own},
    {"Python httpx, aiohttp", "python3 python", "https_proxy HTTPS_PROXY", "SSL_CERT_FILE", list_of_its_own},
    {"pip", "pip pip3", "PIP_PROXY https_proxy HTTPS_PROXY", "PIP_CERT REQUESTS_CA_BUNDLE CURL_CA_BUNDLE",
     list_of_its_own},
    {"AWS CLI, boto3", "aws python3 python", "https_proxy HTTPS_PROXY", "AWS_CA_BUNDLE REQUESTS_CA_BUNDLE",
     list_of_its_own},
    {"Node", "node", "https_proxy HTTPS_PROXY", "NODE_EXTRA_CA_CERTS", list_of_its_own},
    {"npm", "npm npx pnpm", "npm_config_https_proxy HTTPS_PROXY https_proxy",
     "npm_config_cafile NODE_EXTRA_CA_CERTS", list_of_its_own},
    {"Deno", "deno", "HTTPS_PROXY https_proxy", "DENO_CERT", list_of_its_own},
    {"Java", "java mvn gradle sbt", "JAVA_TOOL_OPTIONS", "JAVA_TOOL_OPTIONS", list_of_its_own},
    {"Go", "go gh terraform kubectl helm docker", "HTTPS_PROXY https_proxy", "SSL_CERT_FILE", system_store},
    {"Ruby", "ruby gem bundle", "http_proxy", "SSL_CERT_FILE", system_store},
    {"Perl LWP", "perl lwp-request cpan", "https_proxy HTTPS_PROXY", "PERL_LWP_SSL_CA_FILE SSL_CERT_FILE",
     system_store},
    {"PHP curl", "php composer", "https_proxy HTTPS_PROXY all_proxy ALL_PROXY", "PHP_INI_SCAN_DIR",
     system_store},
    {"cargo", "cargo rustup", "CARGO_HTTP_PROXY https_proxy HTTPS_PROXY", "CARGO_HTTP_CAINFO SSL_CERT_FILE",
     system_store},
    {"gRPC", "python3 python ruby php", "grpc_proxy https_proxy http_proxy",
     "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", list_of_its_own},
    {"apt", "apt apt-get", "https_proxy", "APT_CONFIG", system_store},
};

constexpr UnsafeVariable unsafe[] = {
    {"NODE_TLS_REJECT_UNAUTHORIZED", "0", "Node verifies nothing"},
    {"GIT_SSL_NO_VERIFY", nullptr, "git verifies nothing"},
    {"PYTHONHTTPSVERIFY", "0", "older Pythons verify nothing"},
    {"npm_config_strict_ssl", "false", "npm verifies nothing"},
    {"PERL_LWP_SSL_VERIFY_HOSTNAME", "0", "Perl LWP verifies nothing"},
};

}  // namespace

std::span<const ClientRule> client_rules() {
    return rules;
}

std::span<const UnsafeVariable> unsafe_variables() {
    return unsafe;
}

}  // namespace chainmend::proxy
