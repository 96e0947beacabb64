#include "proxy/http/response_reader.h"
#include "tests/fuzz/fuzz_input.h"

// An issuer server's answer is read the same however it is cut into reads, and never beyond the bound.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chainmend;
    using proxy::ResponseReader;
    using test::expect;
    constexpr std::size_t bound = 512;
    ByteView input(data, size);
    const std::size_t cut = test::take_number(input, size + 1);
    const ByteView front = input.first(std::min(cut, input.size()));

    ResponseReader whole(bound);
    if (whole.receive(input) == ResponseReader::State::reading) whole.receive_end();
    ResponseReader parts(bound);
    if (parts.receive(front) == ResponseReader::State::reading) parts.receive(input.subspan(front.size()));
    if (parts.state() == ResponseReader::State::reading) parts.receive_end();

    expect(whole.state() != ResponseReader::State::reading, "the end of the connection ends the response");
    expect(whole.state() == parts.state(), "cutting the input does not change what it is");
    expect(whole.body().size() <= bound && parts.body().size() <= bound, "the body is bounded");
    if (whole.state() == ResponseReader::State::complete) {
        expect(whole.status() == parts.status() && whole.body() == parts.body(),
               "cutting the input does not change what is read");
    } else {
        expect(test::is_one_line(whole.detail()), "a failure is one printable line");
    }
    return 0;
}
