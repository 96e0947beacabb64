#include "proxy/clients/client_diagnosis.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "certs/certificate_file.h"
#include "proxy/files/input_file.h"
#include "proxy/files/trust_loader.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_settings_bytes = 256 * 1024;

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> found;
    for (std::string word; stream >> word;)
        found.push_back(word);
    return found;
}

/// The first of these variables that is set.
std::optional<std::string> deciding(const char* names, const VariableLookup& present) {
    for (const auto& name : words(names)) {
        if (present(name)) return name;
    }
    return std::nullopt;
}

/// The value of -DNAME= among Java's options; the last one counts.
std::string java_property(const std::string& options, const std::string& name) {
    const std::string before = "-D" + name + "=";
    const auto at = options.rfind(before);
    if (at == std::string::npos) return "";
    const auto begin = at + before.size();
    const bool quoted = at > 0 && (options[at - 1] == '"' || options[at - 1] == '\'');
    const auto end = quoted ? options.find(options[at - 1], begin) : options.find(' ', begin);
    return options.substr(begin, end == std::string::npos ? end : end - begin);
}

std::string text_of(const fs::path& file) {
    const auto bytes = read_input_file(file, max_settings_bytes);
    return bytes ? std::string(as_text(*bytes)) : "";
}

/// What stands behind the last `name` in a file of settings, without the equals sign, quotation marks and
/// semicolon.
std::string setting_in(const std::string& text, const std::string& name) {
    const auto at = text.rfind(name);
    if (at == std::string::npos) return "";
    const auto begin = text.find_first_not_of(" \t=\"", at + name.size());
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find_first_of("\";\n", begin) - begin);
}

std::string php_setting(const std::string& directories) {
    std::string found;
    std::istringstream stream(directories);
    for (std::string directory; std::getline(stream, directory, ':');) {
        std::vector<fs::path> files;
        std::error_code ignored;
        if (!directory.empty()) {
            for (const auto& entry : fs::directory_iterator(directory, ignored))
                files.push_back(entry.path());
        }
        std::sort(files.begin(), files.end());
        for (const auto& file : files) {
            const auto value = setting_in(text_of(file), "curl.cainfo");
            if (!value.empty()) found = value;
        }
    }
    return found;
}

/// The trust file that a variable leads to; empty when it leads to none.
std::string trust_file(const std::string& variable, const std::string& value) {
    if (variable == "JAVA_TOOL_OPTIONS") return java_property(value, "javax.net.ssl.trustStore");
    if (variable == "WGETRC") return setting_in(text_of(value), "ca_certificate");
    if (variable == "APT_CONFIG") return setting_in(text_of(value), "Acquire::https::CaInfo");
    if (variable == "PHP_INI_SCAN_DIR") return php_setting(value);
    return value;
}

Finding proxy_finding(const ClientRule& rule, const ExpectedSettings& expected) {
    const auto variable = deciding(rule.proxy_variables, expected.present);
    if (!variable) return {false, "", "no proxy: none of " + std::string(rule.proxy_variables) + " is set"};
    const std::string value = expected.present(*variable).value_or("");
    if (*variable == "JAVA_TOOL_OPTIONS") {
        const auto host = java_property(value, "https.proxyHost");
        const auto port = java_property(value, "https.proxyPort");
        if (host.empty()) return {false, *variable, "no proxy: it holds no -Dhttps.proxyHost"};
        const bool ours = ProxyPlace{host, port}.url() == expected.proxy.url() ||
                          ProxyPlace{"[" + host + "]", port}.url() == expected.proxy.url();
        return {ours, *variable, ours ? "" : "another proxy: " + host + ":" + port};
    }
    if (value.find("://") == std::string::npos)
        return {false, *variable, "\"" + value + "\" does not begin with http://, which some clients need"};
    std::string plain = value;
    while (plain.ends_with('/'))
        plain.pop_back();
    if (plain != expected.proxy.url()) return {false, *variable, "another proxy: " + value};
    return {true, *variable, ""};
}

Finding trust_finding(const ClientRule& rule, const ExpectedSettings& expected) {
    const bool system_is_asked = rule.own_trust == OwnTrust::system_store;
    const Finding without{
        system_is_asked && expected.system_trusts_ca, "",
        system_is_asked ? (expected.system_trusts_ca ? "the system's store"
                                                     : "the system's store, which does not trust the CA")
                        : "a list of its own, which does not hold the CA"};
    const auto variable = deciding(rule.trust_variables, expected.present);
    if (!variable) return without;
    const std::string file = trust_file(*variable, expected.present(*variable).value_or(""));
    if (file.empty()) {
        return {without.good, *variable, "it names no trust list, so: " + without.text};
    }
    const auto holds = holds_certificate(file, *expected.ca);
    if (!holds) return {false, *variable, holds.error().message};
    return {*holds, *variable, *holds ? "" : file + " does not hold the CA"};
}

void add_direct_hosts(std::vector<std::string>& findings, const ExpectedSettings& expected) {
    for (const char* name : {"NO_PROXY", "no_proxy"}) {
        const auto value = expected.present(name);
        if (!value) continue;
        findings.push_back(std::string(name) + "=" + *value +
                           ": these hosts are reached without the proxy, and not repaired");
        std::string entries = *value;
        std::replace(entries.begin(), entries.end(), ',', ' ');
        for (const auto& entry : words(entries)) {
            if (entry == "*") {
                findings.push_back(std::string(name) +
                                   " holds \"*\": most clients do not use the proxy at all");
            } else if (entry.find('*') != std::string::npos || entry.find('/') != std::string::npos) {
                findings.push_back(
                    std::string(name) + " holds \"" + entry +
                    "\", which only some clients understand: write .suffix or the host itself");
            }
        }
    }
}

}  // namespace

Result<bool> holds_certificate(const std::string& file, const certs::Certificate& certificate) {
    const auto bytes = read_input_file(file, max_trust_file_bytes);
    if (!bytes) return bytes.error();
    const auto der = certificate.der();
    if (std::search(bytes->begin(), bytes->end(), der.begin(), der.end()) != bytes->end()) return true;
    const auto read = certs::read_certificates(*bytes);
    return read && std::any_of(read->certificates.begin(), read->certificates.end(),
                               [&](const auto& one) { return one->sha256() == certificate.sha256(); });
}

ClientDiagnosis diagnose(const ClientRule& rule, const ExpectedSettings& expected) {
    return {rule.name, proxy_finding(rule, expected), trust_finding(rule, expected)};
}

std::vector<std::string> general_findings(const ExpectedSettings& expected) {
    std::vector<std::string> findings;
    add_direct_hosts(findings, expected);
    if (const auto directory = expected.present("SSL_CERT_DIR"))
        findings.push_back("SSL_CERT_DIR=" + *directory +
                           ": OpenSSL and Go look there beside SSL_CERT_FILE; unset it");
    for (const auto& variable : unsafe_variables()) {
        const auto value = expected.present(variable.name);
        if (value && (variable.value == nullptr || *value == variable.value))
            findings.push_back(std::string(variable.name) + "=" + *value + ": " + variable.effect +
                               "; with chainmend there is no need for it");
    }
    return findings;
}

}  // namespace chainmend::proxy
