#include "proxy/clients/trust_finding.h"

#include <algorithm>
#include <sstream>

#include "certs/certificate_file.h"
#include "proxy/clients/deciding_setting.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_settings_bytes = 256 * 1024;

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

/// The trust file that a variable or setting leads to; empty when it leads to none.
std::string trust_file(const DecidingSetting& decides) {
    const auto& [name, value] = decides;
    if (name == "JAVA_TOOL_OPTIONS") return java_property(value, "javax.net.ssl.trustStore");
    if (name == "WGETRC") return setting_in(text_of(value), "ca_certificate");
    if (name == "APT_CONFIG") return setting_in(text_of(value), "Acquire::https::CaInfo");
    if (name == "PHP_INI_SCAN_DIR") return php_setting(value);
    return value;
}

Finding file_finding(const std::string& decides, const std::string& file, const ExpectedSettings& expected) {
    const auto holds = holds_certificate(file, *expected.ca);
    if (!holds) return {Outcome::fails, decides, holds.error().message};
    if (!*holds) return {Outcome::fails, decides, file + " does not hold the CA"};
    return {Outcome::works, decides, ""};
}

Finding system_finding(const ExpectedSettings& expected) {
    if (expected.system_trusts_ca) return {Outcome::works, "", "the system's store"};
    return {Outcome::fails, "", "the system's store, which does not trust the CA"};
}

/// Distributions build many of these so that they read the system's store.
Finding own_list_finding(const ClientRule& rule, const ExpectedSettings& expected) {
    if (rule.trust_question != nullptr) {
        const auto told = expected.ask({"python3", "-c", rule.trust_question});
        const std::string file = told.out.substr(0, told.out.find_first_of("\r\n"));
        if (told.status == 0 && file == "system") return system_finding(expected);
        if (told.status == 0 && !file.empty()) {
            const auto found = file_finding("", file, expected);
            return found.outcome == Outcome::works ? Finding{Outcome::works, "", file} : found;
        }
    }
    if (!expected.system_trusts_ca)
        return {Outcome::fails, "", "a list of its own, which does not hold the CA"};
    return {Outcome::depends, "",
            "on whether its list is one of its own, or the system's, which holds the CA"};
}

Finding finding_without_settings(const ClientRule& rule, const ExpectedSettings& expected) {
    switch (rule.own_trust) {
        case OwnTrust::system_store:
            return system_finding(expected);
        case OwnTrust::list_of_its_own:
            return own_list_finding(rule, expected);
        case OwnTrust::list_not_looked_at:
            return {Outcome::depends, "",
                    "on its own list, which is not looked at (chainmend ca install --java)"};
    }
    return {};
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

Finding trust_finding(const ClientRule& rule, const ExpectedSettings& expected,
                      const ClientSettings& settings) {
    if (settings.unverified)
        return {Outcome::works, settings.unverified->place,
                "verifies nothing; with chainmend there is no need for it"};
    const auto decides =
        deciding_setting(rule.trust_variables, expected, settings.trust_file, EmptyVariable::unset);
    if (!decides) return finding_without_settings(rule, expected);
    const std::string file = trust_file(*decides);
    if (!file.empty()) return file_finding(decides->name, file, expected);
    const auto found = finding_without_settings(rule, expected);
    return {found.outcome, decides->name, "it names no trust list, so: " + found.text};
}

}  // namespace chainmend::proxy
