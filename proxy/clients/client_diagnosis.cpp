#include "proxy/clients/client_diagnosis.h"

#include <algorithm>

#include "proxy/clients/deciding_setting.h"
#include "proxy/clients/direct_hosts.h"
#include "proxy/clients/proxy_finding.h"
#include "proxy/clients/trust_finding.h"

namespace chainmend::proxy {
namespace {

void add_direct_hosts(std::vector<std::string>& findings, const ExpectedSettings& expected) {
    for (const char* name : {"NO_PROXY", "no_proxy"}) {
        const auto value = expected.present(name);
        if (!value) continue;
        findings.push_back(std::string(name) + "=" + *value +
                           ": these hosts are reached without the proxy, and not repaired");
        std::string separated = *value;
        std::replace(separated.begin(), separated.end(), ',', ' ');
        for (const auto& entry : words_of(separated)) {
            if (DirectHosts::is_understood_by_all(entry)) continue;
            findings.push_back(entry == "*" ? std::string(name) +
                                                  " holds \"*\": most clients do not use the proxy at all"
                                            : std::string(name) + " holds \"" + entry +
                                                  "\", which only some clients understand: write .suffix or "
                                                  "the host itself");
        }
    }
}

void add_empty_variables(std::vector<std::string>& findings, const ExpectedSettings& expected) {
    for (const char* name :
         {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) {
        if (!expected.is_empty(name)) continue;
        findings.push_back(std::string(name) +
                           " is there but empty: some clients take that for \"no proxy\", whatever the other "
                           "spelling holds; unset it");
    }
}

// Where nothing else is set it decides, and is told of there. Beside the others it counts for httpx alone.
void add_all_proxy(std::vector<std::string>& findings, const ExpectedSettings& expected) {
    for (const char* name : {"all_proxy", "ALL_PROXY"}) {
        const auto value = expected.present(name);
        if (!value) continue;
        const auto named = NamedProxy::parse(*value);
        if (is_expected_proxy(named, expected)) continue;
        findings.push_back(std::string(name) + " names another proxy, " + named.text() +
                           (named.scheme.starts_with("socks")
                                ? ": Python httpx fails without socksio whatever else is set"
                                : ": some clients go there for what HTTPS_PROXY does not name") +
                           "; unset it");
    }
}

void add_own_settings(std::vector<std::string>& findings, const std::vector<ClientRule>& rules,
                      const ExpectedSettings& expected) {
    for (const auto& rule : rules) {
        const auto settings = client_settings(rule.own_settings, expected.present, expected.ask);
        if (settings.direct_hosts && !settings.direct_hosts->value.empty())
            findings.push_back(settings.direct_hosts->place + ": " + rule.name + " reaches " +
                               settings.direct_hosts->value + " without the proxy");
        for (const auto& place : settings.for_some_hosts)
            findings.push_back(place + ": for some hosts something else holds");
    }
}

}  // namespace

ClientDiagnosis diagnose(const ClientRule& rule, const ExpectedSettings& expected) {
    const auto settings = client_settings(rule.own_settings, expected.present, expected.ask);
    return {rule.name, proxy_finding(rule, expected, settings), trust_finding(rule, expected, settings)};
}

std::vector<std::string> general_findings(const std::vector<ClientRule>& rules,
                                          const ExpectedSettings& expected) {
    std::vector<std::string> findings;
    add_direct_hosts(findings, expected);
    add_empty_variables(findings, expected);
    add_all_proxy(findings, expected);
    add_own_settings(findings, rules, expected);
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
