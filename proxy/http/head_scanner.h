#pragma once

#include <cstddef>
#include <string>

#include "config/bytes.h"

namespace chainmend::proxy {

/// Finds the end of a request head byte by byte and refuses what RFC 9112 forbids but parsers forgive in
/// different ways (the root of request smuggling): bare CR (section 2.2), bare LF, control bytes, folded
/// lines (section 5.2), white space in front of a header's colon (section 5.1).
class HeadScanner {
  public:
    HeadScanner() = default;
    /// For the fields behind a chunked body, which have no request line in front (RFC 9112 section 7.1.2).
    static HeadScanner of_trailers() { return HeadScanner(Place::line_start); }

    /// Looks at one byte. Empty, or why the head is refused.
    std::string take(std::uint8_t byte);
    /// The empty line has been seen: the last byte taken was the head's last.
    bool at_end() const { return place_ == Place::end; }
    std::size_t header_lines() const { return header_lines_; }

  private:
    enum class Place {
        start,  ///< nothing yet
        request_line,
        line_start,  ///< behind a CRLF
        name,        ///< of a header
        value,
        line_end,       ///< CR seen, LF due
        last_line_end,  ///< CR of the empty line seen
        end,
    };

    explicit HeadScanner(Place place) : place_(place) {}

    Place place_ = Place::start;
    std::size_t header_lines_ = 0;
};

}  // namespace chainmend::proxy
