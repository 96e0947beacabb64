#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/bytes.h"
#include "proxy/http/request_head.h"

namespace chainmend::proxy {

/// Reads one whole response to a GET, bounded: what the fetcher needs. Interim responses (1xx) are passed
/// over. The body may come with Content-Length, chunked, or end with the connection (RFC 9112 section 6.3).
///
/// Every octet that comes counts against a bound, also those that mean nothing: line ends in front of the
/// status line, interim responses, white space in fields, chunk extensions, trailers.
class ResponseReader {
  public:
    enum class State { reading, complete, failed };

    enum class Failure {
        none,
        not_http,      ///< what came is no HTTP/1.x response
        wrong_length,  ///< the connection ended before the body did
        too_large,     ///< head or body beyond the bound
        compressed,    ///< a Content-Encoding or Transfer-Encoding that was not asked for
    };

    /// `max_body`: bytes of body taken at most. The head, with all that comes before it, may have 16 KiB
    /// beside it, and the framing of the body another 16 KiB and as many as the body has.
    explicit ResponseReader(std::size_t max_body);
    ~ResponseReader();
    ResponseReader(const ResponseReader&) = delete;
    ResponseReader& operator=(const ResponseReader&) = delete;

    State receive(ByteView bytes);
    /// The connection has ended.
    State receive_end();
    State state() const { return state_; }

    /// 0 before the head (of the final response) is complete.
    int status() const;
    const std::vector<HttpHeader>& headers() const { return headers_; }
    const Bytes& body() const { return body_; }
    Bytes take_body() { return std::move(body_); }
    Failure failure() const { return failure_; }
    /// One printable line.
    const std::string& detail() const { return detail_; }

  private:
    struct Machine;
    State fail(Failure failure, std::string detail);
    bool accept_head();
    std::size_t room() const;

    std::unique_ptr<Machine> machine_;  // llhttp
    const std::size_t max_body_;
    std::size_t octets_ = 0;  // that came, of whatever kind
    State state_ = State::reading;
    Failure failure_ = Failure::none;
    std::string detail_;
    std::vector<HttpHeader> headers_;
    Bytes body_;
};

}  // namespace chainmend::proxy
