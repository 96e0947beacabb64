#include "proxy/io/listener_owner.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

namespace chainmend::proxy {
namespace {

constexpr std::string_view state_listen = "0A";

template <class Number>
std::optional<Number> number(std::string_view text, int base) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

/// "0100007F:1F90": 32 bits at a time as this machine's numbers, the port as any number.
std::optional<SocketAddress> address_of(std::string_view text) {
    const auto colon = text.find(':');
    if (colon != 8 && colon != 32) return std::nullopt;
    Bytes octets;
    for (std::size_t i = 0; i < colon; i += 8) {
        const auto word = number<std::uint32_t>(text.substr(i, 8), 16);
        if (!word) return std::nullopt;
        std::uint8_t bytes[4];
        std::memcpy(bytes, &*word, sizeof bytes);
        octets.insert(octets.end(), bytes, bytes + sizeof bytes);
    }
    const auto port = number<std::uint16_t>(text.substr(colon + 1), 16);
    if (!port) return std::nullopt;
    return SocketAddress{IpAddress::from_octets(octets), *port};
}

std::string content_of(const char* file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

}  // namespace

std::set<uid_t> listener_owners(std::string_view table, const SocketAddress& address) {
    std::set<uid_t> owners;
    std::istringstream lines{std::string(table)};
    for (std::string line; std::getline(lines, line);) {
        // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid ...
        std::istringstream columns(line);
        std::vector<std::string> words;
        for (std::string word; words.size() < 8 && columns >> word;)
            words.push_back(word);
        if (words.size() < 8 || words[3] != state_listen) continue;
        const auto listener = address_of(words[1]);
        const auto owner = number<uid_t>(words[7], 10);
        if (!listener || !owner || listener->port != address.port) continue;
        if (listener->address.is_unspecified() || listener->address.unmapped() == address.address.unmapped())
            owners.insert(*owner);
    }
    return owners;
}

bool listens_for_us(const SocketAddress& address) {
    auto owners = listener_owners(content_of("/proc/net/tcp"), address);
    owners.merge(listener_owners(content_of("/proc/net/tcp6"), address));
    return !owners.empty() && std::all_of(owners.begin(), owners.end(),
                                          [](uid_t owner) { return owner == 0 || owner == ::geteuid(); });
}

}  // namespace chainmend::proxy
