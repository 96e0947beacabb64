#include "proxy/clients/proxy_finding.h"

#include <algorithm>
#include <charconv>

#include "proxy/clients/deciding_setting.h"

namespace chainmend::proxy {
namespace {

/// Why nobody, or not this client, gets through `decides` because of passwords.
std::optional<Finding> password_finding(const ClientRule& rule, const ExpectedSettings& expected,
                                        const DecidingSetting& decides, const NamedProxy& named) {
    if (!expected.asks_for_password) return std::nullopt;
    if (rule.reads_proxy == ReadsProxy::without_password)
        return Finding{Outcome::depends, decides.name,
                       "the proxy asks for a password (listen.auth): only programs with an Authenticator of "
                       "their own send one"};
    if (named.place.userinfo.empty()) {
        ProxyPlace example = expected.proxy;
        example.userinfo = "USER:PASSWORD";
        return Finding{Outcome::fails, decides.name,
                       "the proxy asks for a password (listen.auth): write " + example.url()};
    }
    if (expected.takes_credentials && !expected.takes_credentials(decides.value))
        return Finding{Outcome::fails, decides.name,
                       "the proxy does not take this user and password (listen.auth)"};
    return std::nullopt;
}

/// "*" in a list of hosts that are reached without the proxy.
bool means_every_host(const std::string& list, EveryHost rule) {
    std::string separated = list;
    std::replace(separated.begin(), separated.end(), ',', ' ');
    const auto entries = words_of(separated);
    const bool holds = std::find(entries.begin(), entries.end(), "*") != entries.end();
    return holds && (rule == EveryHost::among_others || (rule == EveryHost::alone && entries.size() == 1));
}

std::optional<Finding> direct_finding(const ClientRule& rule, const ExpectedSettings& expected,
                                      const ClientSettings& settings) {
    const auto decides =
        deciding_setting(rule.direct_variables, expected, settings.direct_hosts, EmptyVariable::unset);
    if (!decides || !means_every_host(decides->value, rule.every_host)) return std::nullopt;
    return Finding{Outcome::fails, decides->name, "\"*\": every host is reached without the proxy"};
}

struct NodeVersion {
    int major = 0;
    int minor = 0;
};

/// "v20.20.2"
std::optional<NodeVersion> node_version(const std::string& text) {
    if (!text.starts_with('v')) return std::nullopt;
    NodeVersion version;
    const char* const end = text.data() + text.size();
    const auto major = std::from_chars(text.data() + 1, end, version.major);
    if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
    const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
    if (minor.ec != std::errc{}) return std::nullopt;
    return version;
}

// nodejs.org/api/cli.html: NODE_USE_ENV_PROXY came with 24.0 for fetch() and with 24.5 for http and https,
// both with 22.21 as well.
Finding node_finding(const ExpectedSettings& expected, const std::string& decides) {
    const auto told = expected.ask({"node", "--version"});
    const std::string text = told.out.substr(0, told.out.find_first_of("\r\n"));
    const auto version = told.status == 0 ? node_version(text) : std::nullopt;
    const char* const needs =
        "a program needs an agent (undici's EnvHttpProxyAgent, https-proxy-agent), or Node "
        "22.21, 24.5 or later";
    if (!version)
        return {Outcome::depends, decides, std::string("no node to ask in PATH; with older ones ") + needs};
    const auto [major, minor] = *version;
    if (major < 22 || (major == 22 && minor < 21) || major == 23)
        return {Outcome::fails, decides, "Node " + text + " does not read it by itself: " + needs};
    if (major == 24 && minor < 5)
        return {Outcome::fails, decides,
                "Node " + text + " reads it for fetch() alone; for the others " + needs};
    const bool told_to =
        expected.present("NODE_USE_ENV_PROXY").value_or("") == "1" ||
        expected.present("NODE_OPTIONS").value_or("").find("--use-env-proxy") != std::string::npos;
    if (!told_to)
        return {Outcome::fails, decides, "Node " + text + " reads it only with NODE_USE_ENV_PROXY=1"};
    return {Outcome::works, decides, ""};
}

// LWP::UserAgent: new() asks the environment with env_proxy => 1, or when this variable is true, as Perl has
// it.
Finding perl_finding(const ExpectedSettings& expected, const std::string& decides) {
    if (expected.present("PERL_LWP_ENV_PROXY").value_or("0") != "0") return {Outcome::works, decides, ""};
    return {Outcome::depends, decides,
            "only programs that ask for it (env_proxy) read it without PERL_LWP_ENV_PROXY=1"};
}

Finding java_finding(const ClientRule& rule, const ExpectedSettings& expected,
                     const DecidingSetting& decides) {
    const NamedProxy named{
        "http",
        {java_property(decides.value, "https.proxyHost"), java_property(decides.value, "https.proxyPort")}};
    if (named.place.host.empty())
        return {Outcome::fails, decides.name, "no proxy: it holds no -Dhttps.proxyHost"};
    if (!is_expected_proxy(named, expected))
        return {Outcome::fails, decides.name, "another proxy: " + named.place.host + ":" + named.place.port};
    std::string direct = java_property(decides.value, "http.nonProxyHosts");
    std::replace(direct.begin(), direct.end(), '|', ' ');
    if (means_every_host(direct, EveryHost::among_others))
        return {Outcome::fails, decides.name,
                "http.nonProxyHosts holds \"*\": no host is asked for through it"};
    return password_finding(rule, expected, decides, named)
        .value_or(Finding{Outcome::works, decides.name, ""});
}

std::string names_for_people(const char* names) {
    std::string text;
    for (const auto& name : words_of(names))
        text += name == settings_place ? "" : (text.empty() ? "" : " ") + name;
    return text;
}

}  // namespace

bool is_expected_proxy(const NamedProxy& named, const ExpectedSettings& expected) {
    const auto& also = expected.also;
    return named.is_at(expected.proxy) ||
           std::any_of(also.begin(), also.end(), [&](const auto& place) { return named.is_at(place); });
}

Finding proxy_finding(const ClientRule& rule, const ExpectedSettings& expected,
                      const ClientSettings& settings) {
    const auto decides = deciding_setting(rule.proxy_variables, expected, settings.proxy, rule.empty);
    if (!decides)
        return {Outcome::fails, "",
                "no proxy: none of " + names_for_people(rule.proxy_variables) + " is set"};
    if (decides->value.empty()) return {Outcome::fails, decides->name, "it says that there is no proxy"};
    if (decides->name == "JAVA_TOOL_OPTIONS") return java_finding(rule, expected, *decides);
    const auto named = NamedProxy::parse(decides->value);
    if (named.scheme.empty())
        return {Outcome::fails, decides->name,
                "\"" + named.text() + "\" does not begin with http://, which some clients need"};
    if (!is_expected_proxy(named, expected))
        return {Outcome::fails, decides->name, "another proxy: " + named.text()};
    if (named.scheme != "http")
        return {Outcome::fails, decides->name,
                named.text() + ": the proxy itself is spoken to in plain HTTP, http://"};
    if (auto direct = direct_finding(rule, expected, settings)) return *std::move(direct);
    if (auto password = password_finding(rule, expected, *decides, named)) return *std::move(password);
    switch (rule.reads_proxy) {
        case ReadsProxy::always:
        case ReadsProxy::without_password:
            break;
        case ReadsProxy::by_version:
            return node_finding(expected, decides->name);
        case ReadsProxy::when_written:
            return {Outcome::depends, decides->name, "only sessions made with trust_env=True read it"};
        case ReadsProxy::when_told:
            return perl_finding(expected, decides->name);
    }
    return {Outcome::works, decides->name, ""};
}

}  // namespace chainmend::proxy
