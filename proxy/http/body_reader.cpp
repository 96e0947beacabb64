#include "proxy/http/body_reader.h"

#include <algorithm>

#include "proxy/http/field_lines.h"

namespace chainmend::proxy {
namespace {

/// Sizes of chunks have 15 hexadecimal digits at most: beyond that they do not fit into 63 bits everywhere.
constexpr int max_digits = 15;

int hex_value(std::uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    const std::uint8_t lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

BodyReader::BodyReader(BodyFraming framing) : framing_(framing), left_(framing.length) {
    using Kind = BodyFraming::Kind;
    if (framing.kind == Kind::none || (framing.kind == Kind::length && framing.length == 0)) {
        state_ = State::complete;
    }
    if (framing.kind == Kind::chunked) place_ = Place::size;
}

BodyReader::Piece BodyReader::take(ByteView bytes) {
    Piece piece;
    while (state_ == State::reading && piece.taken < bytes.size()) {
        if (place_ != Place::data) {
            take_framing(bytes[piece.taken++]);
            continue;
        }
        const ByteView rest = bytes.subspan(piece.taken);
        const bool endless = framing_.kind == BodyFraming::Kind::until_end;
        const std::size_t size = endless ? rest.size() : std::min<std::uint64_t>(rest.size(), left_);
        piece.data = rest.first(size);
        piece.taken += size;
        if (!endless) left_ -= size;
        if (!endless && left_ == 0) {
            if (framing_.kind == BodyFraming::Kind::length) state_ = State::complete;
            place_ = Place::data_line_end;
        }
        break;  // one run of data at a time
    }
    return piece;
}

void BodyReader::take_framing(std::uint8_t byte) {
    switch (place_) {
        case Place::size:
            if (const int value = hex_value(byte); value >= 0) {
                if (++digits_ > max_digits) return fail("a chunk's size with too many digits");
                left_ = left_ << 4 | static_cast<std::uint64_t>(value);
            } else if (digits_ == 0) {
                return fail("a chunk without a size");
            } else if (byte == '\r') {
                place_ = Place::size_line_end;
            } else if (byte == ';') {
                place_ = Place::extension;
            } else {
                return fail("a byte in a chunk's size that can not be there");
            }
            return;
        case Place::extension:
            if (byte == '\r') {
                place_ = Place::size_line_end;
            } else if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
                return fail("a control byte in a chunk extension");
            } else if (++extension_ > max_extension) {
                return fail("chunk extensions of more than 1 KiB");
            }
            return;
        case Place::size_line_end:
            return byte == '\n' ? end_of_size_line() : fail("a CR that ends no line");
        case Place::data_line_end:
            if (byte != '\r') return fail("a chunk longer than its size");
            place_ = Place::data_line_end2;
            return;
        case Place::data_line_end2:
            if (byte != '\n') return fail("a CR that ends no line");
            digits_ = 0;
            place_ = Place::size;
            return;
        case Place::trailers:
            return take_trailer(byte);
        case Place::data:
            return;
    }
}

void BodyReader::end_of_size_line() {
    place_ = left_ == 0 ? Place::trailers : Place::data;
}

void BodyReader::take_trailer(std::uint8_t byte) {
    const auto objection = scanner_.take(byte);
    trailer_text_.push_back(static_cast<char>(byte));
    if (!objection.empty()) return fail(objection + ", in the trailers");
    if (trailer_text_.size() > max_trailers) return fail("trailers of more than 8 KiB");
    if (!scanner_.at_end()) return;
    trailers_ = parse_field_lines(trailer_text_);
    std::string().swap(trailer_text_);
    state_ = State::complete;
}

BodyReader::State BodyReader::receive_end() {
    if (state_ != State::reading) return state_;
    if (framing_.kind == BodyFraming::Kind::until_end) return state_ = State::complete;
    fail("the connection ended before the end of the body");
    return state_;
}

void BodyReader::fail(std::string detail) {
    detail_ = std::move(detail);
    state_ = State::failed;
}

}  // namespace chainmend::proxy
