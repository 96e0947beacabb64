#pragma once

#include <string>
#include <vector>

#include "config/bytes.h"
#include "proxy/http/body_framing.h"
#include "proxy/http/head_scanner.h"

namespace chainmend::proxy {

/// Takes the framing off one message's body, without keeping any of it (RFC 9112 sections 6 and 7).
///
/// Chunked bodies are read more strictly than many do, so that nobody behind can read them otherwise: sizes
/// of up to 15 hexadecimal digits, lines that end in CRLF, chunk extensions without control bytes and
/// bounded.
class BodyReader {
  public:
    enum class State { reading, complete, failed };

    explicit BodyReader(BodyFraming framing);

    struct Piece {
        std::size_t taken = 0;  ///< bytes used up, framing included
        ByteView data;          ///< what of them is the body's; may be empty
    };
    /// Takes some of `bytes`: at least one while reading and there are any. To be repeated with what is left
    /// until state() is not reading any more; what is left then belongs to the next message.
    Piece take(ByteView bytes);
    /// The connection has ended in an orderly way: completes until_end, and breaks every other body off.
    State receive_end();

    State state() const { return state_; }
    const BodyFraming& framing() const { return framing_; }
    /// The fields behind a chunked body, once complete.
    const std::vector<HttpHeader>& trailers() const { return trailers_; }
    /// One printable line when failed.
    const std::string& detail() const { return detail_; }

    /// Chunk extensions are used by nobody known; trailers by gRPC-Web and digests, in some 100 bytes.
    static constexpr std::size_t max_extension = 1024;
    static constexpr std::size_t max_trailers = 8 * 1024;

  private:
    enum class Place {
        size,            ///< hexadecimal digits
        extension,       ///< behind the size
        size_line_end,   ///< CR seen
        data,            ///< of the chunk, or the whole body
        data_line_end,   ///< CR due
        data_line_end2,  ///< LF due
        trailers,
    };

    void take_framing(std::uint8_t byte);
    void end_of_size_line();
    void take_trailer(std::uint8_t byte);
    void fail(std::string detail);

    BodyFraming framing_;
    State state_ = State::reading;
    Place place_ = Place::data;
    std::uint64_t left_ = 0;  // of the body or chunk
    int digits_ = 0;
    std::size_t extension_ = 0;
    HeadScanner scanner_ = HeadScanner::of_trailers();
    std::string trailer_text_;
    std::vector<HttpHeader> trailers_;
    std::string detail_;
};

}  // namespace chainmend::proxy
