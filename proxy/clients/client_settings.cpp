#include "proxy/clients/client_settings.h"

#include <algorithm>
#include <sstream>

#include "config/ascii.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

/// People's files of settings have some hundred bytes.
constexpr std::size_t max_settings_bytes = 256 * 1024;

/// One line of a file of settings.
struct Entry {
    std::string name;   ///< in lower case
    std::string value;  ///< without quotation marks
    fs::path file;
};

std::string trimmed(const std::string& text, const char* what = " \t\r") {
    const auto begin = text.find_first_not_of(what);
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find_last_not_of(what) - begin + 1);
}

std::string unquoted(const std::string& text) {
    const bool quoted =
        text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
    return quoted ? text.substr(1, text.size() - 2) : text;
}

bool is_off(const std::string& value) {
    const auto text = ascii_lower(value);
    return text == "off" || text == "false" || text == "no" || text == "0";
}

/// The lines of a file, comments and sections left out: a name, one of `separators`, a value. All the clients
/// here write their settings in some such form.
std::vector<Entry> entries_of(const fs::path& file, const char* separators) {
    std::vector<Entry> entries;
    const auto bytes = read_input_file(file, max_settings_bytes);
    if (!bytes) return entries;
    std::istringstream stream{std::string(as_text(*bytes))};
    for (std::string line; std::getline(stream, line);) {
        line = trimmed(line);
        if (line.empty() || std::string_view("#;[").find(line.front()) != std::string_view::npos) continue;
        const auto end = std::min(line.find_first_of(separators), line.size());
        const auto begin = line.find_first_not_of(separators, end);
        const auto value = begin == std::string::npos ? "" : trimmed(line.substr(begin));
        entries.push_back({ascii_lower(trimmed(line.substr(0, end))), unquoted(value), file});
    }
    return entries;
}

/// The last one counts, as everywhere.
std::optional<OwnSetting> last(const std::vector<Entry>& entries, const std::string& name) {
    const auto found = std::find_if(entries.rbegin(), entries.rend(),
                                    [&](const Entry& entry) { return entry.name == name; });
    if (found == entries.rend()) return std::nullopt;
    return OwnSetting{name + " in " + found->file.string(), found->value};
}

void append(std::vector<Entry>& entries, std::vector<Entry> more) {
    entries.insert(entries.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

fs::path below(const VariableLookup& present, const char* variable, const char* path) {
    const auto directory = present(variable);
    return directory ? fs::path(*directory) / path : fs::path();
}

/// The first of these files that is there. curl reads no further one.
fs::path first_there(const std::vector<fs::path>& files) {
    for (const auto& file : files) {
        std::error_code ignored;
        if (!file.empty() && fs::is_regular_file(file, ignored)) return file;
    }
    return {};
}

/// An option as it stands in a .curlrc, with or without dashes, in short or in full.
std::string curl_option(std::string name) {
    if (name == "-x") return "proxy";
    if (name == "-k") return "insecure";
    name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
    return name;
}

ClientSettings of_curl(const VariableLookup& present) {
    const auto file =
        first_there({below(present, "CURL_HOME", ".curlrc"), below(present, "XDG_CONFIG_HOME", "curlrc"),
                     below(present, "HOME", ".curlrc"), below(present, "HOME", ".config/curlrc")});
    auto entries = entries_of(file, " \t=:");
    for (auto& entry : entries)
        entry.name = curl_option(entry.name);
    return {.proxy = last(entries, "proxy"),
            .direct_hosts = last(entries, "noproxy"),
            .trust_file = last(entries, "cacert"),
            .unverified = last(entries, "insecure")};
}

/// wget does not look at capital letters, dashes and underscores in a name.
ClientSettings of_wget(const VariableLookup& present) {
    auto entries = entries_of("/etc/wgetrc", " \t=");
    const auto own = present("WGETRC");
    append(entries, entries_of(own ? fs::path(*own) : below(present, "HOME", ".wgetrc"), " \t="));
    for (auto& entry : entries)
        std::erase_if(entry.name, [](char c) { return c == '-' || c == '_'; });
    ClientSettings settings{.proxy = last(entries, "httpsproxy"),
                            .direct_hosts = last(entries, "noproxy"),
                            .trust_file = last(entries, "cacertificate")};
    if (const auto use = last(entries, "useproxy"); use && is_off(use->value))
        settings.proxy = OwnSetting{use->place, ""};
    if (auto check = last(entries, "checkcertificate"); check && is_off(check->value))
        settings.unverified = std::move(check);
    return settings;
}

/// "http.proxy\nVALUE\0http.https://example.com/.sslverify\nfalse\0..."
ClientSettings of_git(const CommandQuestion& ask) {
    ClientSettings settings;
    const auto told =
        ask({"git", "config", "-z", "--get-regexp", "^http\\.(.*\\.)?(proxy|sslverify|sslcainfo)$"});
    std::istringstream stream(told.status == 0 ? told.out : "");
    for (std::string entry; std::getline(stream, entry, '\0');) {
        const auto end = std::min(entry.find('\n'), entry.size());
        const auto name = entry.substr(0, end);
        const auto value = end < entry.size() ? entry.substr(end + 1) : "true";
        if (name == "http.proxy") {
            settings.proxy = OwnSetting{"git's http.proxy", value};
        } else if (name == "http.sslcainfo") {
            settings.trust_file = OwnSetting{"git's http.sslCAInfo", value};
        } else if (name == "http.sslverify") {
            settings.unverified.reset();
            if (is_off(value)) settings.unverified = OwnSetting{"git's http.sslVerify", value};
        } else {
            const auto at = name.rfind('@');  // behind a password, perhaps
            settings.for_some_hosts.push_back(
                "git's " + (at == std::string::npos ? name : "http.***" + name.substr(at)));
        }
    }
    return settings;
}

ClientSettings of_npm(const VariableLookup& present) {
    const auto named = present("npm_config_userconfig");
    auto entries = entries_of(named ? fs::path(*named) : below(present, "HOME", ".npmrc"), "=");
    append(entries, entries_of(".npmrc", "="));
    std::erase_if(entries, [](const Entry& entry) { return entry.value == "null"; });
    ClientSettings settings{.proxy = last(entries, "https-proxy"),
                            .direct_hosts = last(entries, "noproxy"),
                            .trust_file = last(entries, "cafile")};
    if (!settings.proxy || settings.proxy->value.empty()) settings.proxy = last(entries, "proxy");
    if (settings.proxy && settings.proxy->value.empty()) settings.proxy.reset();
    if (auto strict = last(entries, "strict-ssl"); strict && is_off(strict->value))
        settings.unverified = std::move(strict);
    return settings;
}

ClientSettings of_pip(const VariableLookup& present) {
    auto entries = entries_of("/etc/pip.conf", "=:");
    append(entries, entries_of(below(present, "HOME", ".pip/pip.conf"), "=:"));
    append(entries, entries_of(present("XDG_CONFIG_HOME") ? below(present, "XDG_CONFIG_HOME", "pip/pip.conf")
                                                          : below(present, "HOME", ".config/pip/pip.conf"),
                               "=:"));
    if (const auto named = present("PIP_CONFIG_FILE")) append(entries, entries_of(*named, "=:"));
    return {.proxy = last(entries, "proxy"), .trust_file = last(entries, "cert")};
}

}  // namespace

ClientSettings client_settings(OwnSettings kind, const VariableLookup& present, const CommandQuestion& ask) {
    switch (kind) {
        case OwnSettings::none:
            return {};
        case OwnSettings::curl:
            return of_curl(present);
        case OwnSettings::wget:
            return of_wget(present);
        case OwnSettings::git:
            return of_git(ask);
        case OwnSettings::npm:
            return of_npm(present);
        case OwnSettings::pip:
            return of_pip(present);
    }
    return {};
}

}  // namespace chainmend::proxy
