#include "proxy/clients/client_environment.h"

#include "certs/pkcs12_trust_store.h"
#include "proxy/clients/client_variables.h"
#include "proxy/clients/direct_hosts.h"

namespace chainmend::proxy {
namespace {

std::string joined(const std::vector<std::string>& parts, const char* separator) {
    std::string text;
    for (const auto& part : parts)
        text += (text.empty() ? "" : separator) + part;
    return text;
}

/// The JVM splits JAVA_TOOL_OPTIONS at spaces and takes either kind of quotation mark.
std::string java_option(const std::string& name, const std::string& value) {
    const std::string option = "-D" + name + "=" + value;
    if (option.find_first_of(" \t'\"") == std::string::npos) return option;
    const char quote = option.find('"') == std::string::npos ? '"' : '\'';
    return quote + option + quote;
}

/// What Java calls the same as NO_PROXY, beside the local names that it never asks a proxy for.
std::string java_direct_hosts(const DirectHosts& direct) {
    std::string hosts = "localhost|127.*|[::1]";
    for (const std::string& host : direct.kept)
        hosts += "|" + (host.starts_with('.') ? "*" + host : host);
    return hosts;
}

std::string java_options(const ProxyPlace& proxy, const std::string& trust_store, const DirectHosts& direct) {
    const std::string host =
        proxy.host.starts_with('[') ? proxy.host.substr(1, proxy.host.size() - 2) : proxy.host;
    std::vector<std::string> options = {
        java_option("https.proxyHost", host),
        java_option("https.proxyPort", proxy.port),
        java_option("http.proxyHost", host),
        java_option("http.proxyPort", proxy.port),
        java_option("javax.net.ssl.trustStore", trust_store),
        java_option("javax.net.ssl.trustStoreType", "PKCS12"),
        java_option("javax.net.ssl.trustStorePassword", certs::usual_trust_store_password),
    };
    if (!direct.kept.empty()) options.push_back(java_option("http.nonProxyHosts", java_direct_hosts(direct)));
    return joined(options, " ");
}

/// `addition` behind what is there, unless it is there already.
std::string appended(const std::string& present, const std::string& addition, const char* separator) {
    if (present.find(addition) != std::string::npos) return present;
    return present.empty() ? addition : present + separator + addition;
}

class TableFilling {
  public:
    TableFilling(const ProxyPlace& proxy, const ClientFiles& files, const VariableLookup& present)
        : proxy_(proxy),
          files_(files),
          present_(present),
          direct_(
              DirectHosts::of(present_("NO_PROXY").value_or("") + "," + present_("no_proxy").value_or(""))) {}

    const DirectHosts& direct() const { return direct_; }

    /// nullopt: to be unset.
    std::optional<std::string> value(const ClientVariable& variable) const {
        switch (variable.content) {
            case VariableContent::proxy_url:
                return proxy_.url();
            case VariableContent::direct_hosts:
                return direct_.kept.empty() ? std::nullopt : std::optional(direct_.text());
            case VariableContent::ca_bundle:
                return files_.bundle().string();
            case VariableContent::ca_certificate:
                return files_.ca().string();
            case VariableContent::switched_on:
                return "1";
            case VariableContent::wget_settings:
                return files_.wget_settings().string();
            case VariableContent::apt_settings:
                return files_.apt_settings().string();
            case VariableContent::php_directories:
                // An empty entry stands for the directories that PHP was built with.
                return appended(present_(variable.name).value_or(""), ":" + files_.php_directory().string(),
                                "");
            case VariableContent::java_options:
                return appended(present_(variable.name).value_or(""),
                                java_options(proxy_, files_.java_trust_store().string(), direct_), " ");
            case VariableContent::nothing:
                return std::nullopt;
        }
        return std::nullopt;
    }

  private:
    const ProxyPlace& proxy_;
    const ClientFiles& files_;
    const VariableLookup& present_;
    const DirectHosts direct_;
};

}  // namespace

ClientEnvironment client_environment(const ProxyPlace& proxy, const ClientFiles& files,
                                     const VariableLookup& present) {
    const TableFilling filling(proxy, files, present);
    ClientEnvironment environment;
    for (const ClientVariable& variable : client_variables()) {
        if (auto value = filling.value(variable)) {
            environment.set.emplace_back(variable.name, *std::move(value));
        } else {
            environment.unset.emplace_back(variable.name);
        }
    }
    environment.left_out = filling.direct().left_out;
    return environment;
}

}  // namespace chainmend::proxy
