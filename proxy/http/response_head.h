#pragma once

#include <string>
#include <vector>

#include "config/bytes.h"
#include "proxy/http/head_scanner.h"
#include "proxy/http/request_head.h"

namespace chainmend::proxy {

/// Everything in front of a response's body, as a server sent it. Hostile text, like a RequestHead.
struct ResponseHead {
    int minor_version = 1;  ///< of HTTP/1.x
    int status = 0;         ///< 100 to 599
    std::string reason;
    std::vector<HttpHeader> headers;

    bool is_interim() const { return status < 200; }
    /// The first value of `name` (lower-case), or nullptr.
    const std::string* header(std::string_view name) const { return find_header(headers, name); }
};

/// Reads one response head (RFC 9112 sections 4 and 5), as strictly as request heads are read, and stops
/// right behind it.
class ResponseParser {
  public:
    enum class State { incomplete, complete, failed };

    /// Takes bytes until the head is complete and returns how many it took; what is left is the body's, or
    /// the next response's.
    std::size_t receive(ByteView bytes);
    State state() const { return state_; }
    const ResponseHead& head() const { return head_; }
    /// One printable line.
    const std::string& detail() const { return detail_; }
    /// Nothing has come yet.
    bool is_fresh() const { return text_.empty(); }

    /// Twice what curl and browsers have been seen to get from real servers with many cookies.
    static constexpr std::size_t max_head = 64 * 1024;
    static constexpr std::size_t max_headers = 200;

  private:
    void fail(std::string detail);
    void parse();
    bool parse_status_line(std::string_view line);

    HeadScanner scanner_;
    std::string text_;
    State state_ = State::incomplete;
    ResponseHead head_;
    std::string detail_;
};

}  // namespace chainmend::proxy
