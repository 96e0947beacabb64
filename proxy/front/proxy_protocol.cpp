#include "proxy/front/proxy_protocol.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace chainmend::proxy {
namespace {

constexpr std::string_view text_begin = "PROXY ";
constexpr std::string_view binary_begin("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t binary_head = 16;

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (auto space = line.find(' '); space != std::string_view::npos; space = line.find(' ')) {
        words.push_back(line.substr(0, space));
        line.remove_prefix(space + 1);
    }
    words.push_back(line);
    return words;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint32_t port = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, port);
    const bool leading_zero = text.size() > 1 && text[0] == '0';
    if (text.empty() || error != std::errc{} || stopped != end || port > 65535 || leading_zero) return {};
    return static_cast<std::uint16_t>(port);
}

bool begins_alike(std::string_view bytes, std::string_view wanted) {
    const auto size = std::min(bytes.size(), wanted.size());
    return bytes.substr(0, size) == wanted.substr(0, size);
}

}  // namespace

ProxyProtocolReader::State ProxyProtocolReader::receive(ByteView bytes) {
    if (state_ != State::incomplete) return state_;
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    look();
    return state_;
}

void ProxyProtocolReader::look() {
    const auto text = as_text(bytes_);
    const bool may_be_text = begins_alike(text, text_begin);
    const bool may_be_binary = begins_alike(text, binary_begin);
    if (!may_be_text && !may_be_binary) return fail("no PROXY protocol header in front");
    if (may_be_text && text.size() >= text_begin.size()) return look_at_text();
    if (may_be_binary && text.size() >= binary_begin.size()) return look_at_binary();
}

/// "PROXY TCP4 192.0.2.1 192.0.2.2 5000 443" CRLF
void ProxyProtocolReader::look_at_text() {
    const auto text = as_text(bytes_);
    const auto end = text.substr(0, max_line).find("\r\n");
    if (end == std::string_view::npos) {
        if (text.size() >= max_line) fail("a PROXY protocol line without end");
        return;
    }
    const auto words = words_of(text.substr(0, end));
    if (words.size() >= 2 && words[1] == "UNKNOWN") return complete(end + 2);
    if (words.size() != 6 || (words[1] != "TCP4" && words[1] != "TCP6"))
        return fail("a PROXY protocol line that is none");
    const auto family = words[1] == "TCP4" ? IpAddress::Family::v4 : IpAddress::Family::v6;
    const auto source = IpAddress::parse(words[2]);
    const auto destination = IpAddress::parse(words[3]);
    const auto source_port = port_of(words[4]);
    const bool good = source && destination && source->family() == family &&
                      destination->family() == family && source_port && port_of(words[5]);
    if (!good) return fail("a PROXY protocol line with addresses that are none");
    source_ = SocketAddress{*source, *source_port};
    complete(end + 2);
}

void ProxyProtocolReader::look_at_binary() {
    if (bytes_.size() < binary_head) return;
    const std::size_t length = static_cast<std::size_t>(bytes_[14]) << 8 | bytes_[15];
    if (bytes_[12] >> 4 != 2) return fail("a PROXY protocol of an unknown version");
    if (length > max_binary) return fail("a PROXY protocol header larger than 4 KiB");
    if (bytes_.size() < binary_head + length) return;
    const int command = bytes_[12] & 0xF;
    if (command > 1) return fail("an unknown PROXY protocol command");
    const int transport = bytes_[13];  // 0x11 TCP over IPv4, 0x21 TCP over IPv6
    const std::size_t octets = transport == 0x11 ? 4 : transport == 0x21 ? 16 : 0;
    if (command == 1 && octets > 0) {
        if (length < 2 * octets + 4) return fail("a PROXY protocol header too short for its addresses");
        const ByteView addresses = ByteView(bytes_).subspan(binary_head);
        const auto high = addresses[2 * octets];
        source_ = SocketAddress{IpAddress::from_octets(addresses.first(octets)),
                                static_cast<std::uint16_t>(high << 8 | addresses[2 * octets + 1])};
    }
    complete(binary_head + length);
}

void ProxyProtocolReader::complete(std::size_t size) {
    rest_.assign(bytes_.begin() + static_cast<std::ptrdiff_t>(size), bytes_.end());
    Bytes().swap(bytes_);
    state_ = State::complete;
}

void ProxyProtocolReader::fail(std::string detail) {
    detail_ = std::move(detail);
    state_ = State::failed;
}

}  // namespace chainmend::proxy
