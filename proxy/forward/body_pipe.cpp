#include "proxy/forward/body_pipe.h"

#include <cstdio>

#include "proxy/forward/forwarded_fields.h"

namespace chainmend::proxy {

using Kind = BodyFraming::Kind;

BodyPipe::BodyPipe(RelayEnd& from, RelayEnd& to, const BodyFraming& read_as, BodyFraming::Kind written_as,
                   std::span<std::uint8_t> buffer)
    : from_(from), to_(to), reader_(read_as), written_as_(written_as), buffer_(buffer) {
    if (reader_.state() == BodyReader::State::complete) complete();
}

void BodyPipe::take(ByteView bytes) {
    while (state_ == State::moving && !bytes.empty()) {
        const auto piece = reader_.take(bytes);
        bytes = bytes.subspan(piece.taken);
        if (!piece.data.empty()) write(piece.data);
        if (reader_.state() == BodyReader::State::failed) return fail(reader_.detail());
        if (reader_.state() == BodyReader::State::complete) complete();
    }
    rest_.insert(rest_.end(), bytes.begin(), bytes.end());
}

void BodyPipe::write(ByteView data) {
    bytes_ += data.size();
    if (written_as_ != Kind::chunked) return to_.write(data);
    char size[20];
    const int length = std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    // One write, not three: each is a system call, or a TLS record.
    Bytes chunk;
    chunk.reserve(data.size() + sizeof size);
    chunk.insert(chunk.end(), size, size + length);
    chunk.insert(chunk.end(), data.begin(), data.end());
    chunk.push_back('\r');
    chunk.push_back('\n');
    to_.write(chunk);
}

void BodyPipe::complete() {
    state_ = State::complete;
    if (written_as_ == Kind::chunked) to_.write(as_bytes("0\r\n" + forward_trailers(reader_.trailers())));
}

void BodyPipe::pump() {
    while (state_ == State::moving && to_.pending() < high_water) {
        const auto size = from_.read(buffer_);
        if (size == 0) break;
        take(buffer_.first(size));
    }
    if (state_ != State::moving) return;
    if (to_.pending() >= high_water) return from_.pause();
    switch (from_.ending()) {
        case RelayEnd::Ending::open:
            return from_.resume();
        case RelayEnd::Ending::orderly:
            if (reader_.receive_end() == BodyReader::State::complete) return complete();
            return fail(reader_.detail());
        case RelayEnd::Ending::truncated:
        case RelayEnd::Ending::broken:
            return fail(from_.detail());
    }
}

void BodyPipe::fail(std::string detail) {
    state_ = State::failed;
    detail_ = std::move(detail);
}

}  // namespace chainmend::proxy
