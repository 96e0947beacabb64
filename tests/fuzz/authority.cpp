#include "proxy/http/authority.h"

#include "proxy/fetch/url.h"
#include "proxy/io/cidr.h"
#include "tests/fuzz/fuzz_input.h"

using namespace chainmend;
using test::expect;

namespace {

// What each parser takes it also writes, and what it writes it reads as the same.
void round_trip_authority(std::string_view text) {
    const auto authority = proxy::parse_authority(text);
    if (!authority) {
        expect(test::is_one_line(authority.error().message), "an error is one printable line");
        return;
    }
    expect(authority->port != 0, "port 0 is none");
    const auto again = proxy::parse_authority(authority->text());
    expect(again.ok() && *again == *authority, "an authority reads back");
}

void round_trip_url(const Result<proxy::Url>& url) {
    if (!url) {
        expect(test::is_one_line(url.error().message), "an error is one printable line");
        return;
    }
    expect(url->port != 0, "port 0 is none");
    expect(url->path.starts_with('/'), "a path begins with a slash");
    expect(url->text().find_first_of(std::string_view(" \r\n\t\0", 5)) == std::string::npos,
           "a URL can not break a request line");
    const auto again = proxy::parse_url(url->text());
    expect(again.ok() && *again == *url, "a URL reads back");
}

void round_trip_addresses(std::string_view text) {
    if (const auto address = proxy::IpAddress::parse(text)) {
        expect(proxy::IpAddress::parse(address->text()) == *address, "an address reads back");
    }
    if (const auto address = proxy::SocketAddress::parse(text)) {
        expect(proxy::SocketAddress::parse(address->text()) == *address, "an address with a port reads back");
    }
    if (const auto block = proxy::CidrPort::parse(text)) {
        expect(proxy::CidrPort::parse(block->text()).ok(), "a block of addresses reads back");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    round_trip_authority(text);
    round_trip_url(proxy::parse_url(text));
    round_trip_url(proxy::resolve_url({.host = "pki.example", .port = 8080, .path = "/a/b?c"}, text));
    round_trip_addresses(text);
    return 0;
}
