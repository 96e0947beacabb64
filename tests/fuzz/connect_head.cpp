#include "proxy/http/authority.h"
#include "proxy/http/request_parser.h"
#include "tests/fuzz/fuzz_input.h"

using namespace chainmend;
using proxy::RequestParser;
using test::expect;

namespace {

void expect_harmless(const RequestParser& parser) {
    const proxy::RequestHead& head = parser.head();
    expect(test::is_one_line(head.method) && test::is_one_line(head.target), "the request line is one line");
    expect(head.headers.size() <= RequestParser::max_headers, "headers are bounded");
    for (const proxy::HttpHeader& header : head.headers) {
        expect(test::is_one_line(header.name), "a header's name is one line");
        expect(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
               "a header's value is one line");
    }
    if (head.is_connect()) (void)proxy::parse_authority(head.target);
}

}  // namespace

// A head is read the same however it is cut into reads, and nothing behind it is lost.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteView input(data, size);
    const std::size_t cut = test::take_number(input, size + 1);
    const ByteView front = input.first(std::min(cut, input.size()));

    RequestParser whole;
    whole.receive(input);
    RequestParser parts;
    std::size_t taken = 0;
    if (parts.receive(front) == RequestParser::State::incomplete) {
        taken = front.size();
        parts.receive(input.subspan(taken));
        taken = input.size();
    } else {
        taken = front.size();
    }

    expect(whole.state() == parts.state(), "cutting the input does not change what it is");
    if (whole.state() == RequestParser::State::failed) {
        expect(whole.refusal().status >= 400, "a refusal has a status");
        expect(test::is_one_line(whole.refusal().reason), "and one printable line");
    }
    if (whole.state() == RequestParser::State::complete) {
        expect_harmless(whole);
        expect(whole.head().method == parts.head().method && whole.head().target == parts.head().target &&
                   whole.head().headers.size() == parts.head().headers.size(),
               "cutting the input does not change what is read");
        expect(whole.head_size() + whole.take_rest().size() == input.size(),
               "what is behind the head is kept");
        expect(parts.head_size() + parts.take_rest().size() == taken, "also when it came in parts");
    }
    return 0;
}
