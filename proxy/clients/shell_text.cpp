#include "proxy/clients/shell_text.h"

#include "config/toml_text.h"

namespace chainmend::proxy {
namespace {

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

/// In a batch file a single % begins a variable.
std::string cmd_escaped(const std::string& text) {
    std::string escaped;
    for (const char c : text)
        escaped += c == '%' ? std::string("%%") : std::string(1, c);
    return escaped;
}

std::string set_line(const std::string& name, const std::string& value, Shell shell) {
    switch (shell) {
        case Shell::sh:
            return "export " + name + "=" + sh_quoted(value) + "\n";
        case Shell::fish:
            return "set -gx " + name + " " + fish_quoted(value) + "\n";
        case Shell::powershell:
            return "$env:" + name + " = " + single_quoted(value, "''") + "\n";
        case Shell::cmd:
            return "set \"" + name + "=" + cmd_escaped(value) + "\"\r\n";
        case Shell::dotenv:
            return name + "=" + config::toml_text(value) + "\n";
        case Shell::docker:
            return name + "=" + value + "\n";
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
        case Shell::cmd:
            return "set \"" + name + "=\"\r\n";
        case Shell::dotenv:
        case Shell::docker:
            return {};  // they start from nothing
    }
    return {};
}

}  // namespace

std::optional<Shell> shell_named(const std::string& name) {
    if (name == "sh") return Shell::sh;
    if (name == "fish") return Shell::fish;
    if (name == "powershell") return Shell::powershell;
    if (name == "cmd") return Shell::cmd;
    if (name == "dotenv") return Shell::dotenv;
    if (name == "docker") return Shell::docker;
    return std::nullopt;
}

std::string sh_quoted(const std::string& text) {
    return single_quoted(text, "'\\''");
}

std::string shell_text(const ClientEnvironment& environment, Shell shell) {
    // In this order: where capital letters make no difference, NPM_CONFIG_PROXY must go before
    // npm_config_proxy comes.
    std::string text;
    for (const auto& name : environment.unset)
        text += unset_line(name, shell);
    for (const auto& [name, value] : environment.set)
        text += set_line(name, value, shell);
    return text;
}

std::string docker_options(const ClientFiles& files) {
    const std::string directory = files.directory().string();
    return "--network host\n-v " + directory + ":" + directory + ":ro\n--env-file " +
           files.docker_variables().string() + "\n";
}

}  // namespace chainmend::proxy
