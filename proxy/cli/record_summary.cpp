#include "proxy/cli/record_summary.h"

#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace chainmend::proxy {
namespace {

std::string counted(std::size_t count, const std::string& word) {
    return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

/// Names in the closing line; the record has the others.
constexpr std::size_t max_named = 3;

std::string named(const std::map<std::string, std::string>& refused) {
    std::string text;
    std::size_t count = 0;
    for (const auto& [host, reason] : refused) {
        if (++count > max_named) return text + ", ...)";
        text += (text.empty() ? " (" : ", ") + host + ": " + reason;
    }
    return text.empty() ? "" : text + ")";
}

std::uint64_t total(const Json& counts) {
    std::uint64_t sum = 0;
    for (const auto& count : counts)
        sum += count.is_number_unsigned() ? count.get<std::uint64_t>() : 0;
    return sum;
}

std::uint64_t at(const Json& status, const char* pointer) {
    const auto found = nlohmann::json::json_pointer(pointer);
    if (!status.contains(found)) return 0;
    const auto& value = status.at(found);
    return value.is_object() ? total(value) : value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

}  // namespace

std::string record_summary(std::istream& record, std::uint64_t plain_requests) {
    std::set<std::string> hosts;
    std::set<std::string> repaired;
    std::map<std::string, std::string> refused;
    for (std::string line; std::getline(record, line);) {
        const auto json = Json::parse(line, nullptr, false);
        if (!json.is_object() || !json.contains("chainmend")) continue;
        const auto& verdict = json["chainmend"];
        if (!verdict.contains("decision")) continue;
        const auto host = json.value(nlohmann::json::json_pointer("/destination/domain"), std::string());
        if (host.empty()) continue;  // what was asked for was no host
        hosts.insert(host);
        if (verdict.value("decision", "") == "refused") refused[host] = verdict.value("reason", "?");
        if (verdict.contains("how") && verdict["how"] == "repaired") repaired.insert(host);
    }
    const auto plain = plain_requests == 0 ? "" : counted(plain_requests, "request") + " over plain HTTP";
    if (hosts.empty())
        return plain.empty() ? "no host was asked for through the proxy"
                             : plain + ", where there is nothing to verify";
    return counted(hosts.size(), "host") + ", " + std::to_string(repaired.size()) + " repaired, " +
           std::to_string(refused.size()) + " refused" + named(refused) + (plain.empty() ? "" : ", " + plain);
}

std::string status_difference(const Json& before, const Json& after) {
    const auto grown = [&](const char* pointer) {
        const auto first = at(before, pointer);
        const auto last = at(after, pointer);
        return std::to_string(last >= first ? last - first : last);  // less: it was restarted
    };
    const auto plain = grown("/plain_requests");
    return "the proxy on " + after.value("address", "?") + " meanwhile accepted " +
           grown("/decisions/accepted") + " (" + grown("/decisions/accepted/repaired") +
           " repaired), refused " + grown("/decisions/refused") +
           (plain == "0" ? "" : ", plain HTTP requests " + plain);
}

}  // namespace chainmend::proxy
