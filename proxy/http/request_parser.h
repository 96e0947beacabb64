#pragma once

#include <memory>
#include <string>

#include "config/bytes.h"
#include "proxy/http/request_head.h"

namespace chainmend::proxy {

/// Reads one request head (RFC 9112 sections 2 to 5), strictly, and stops right behind it: a CONNECT's tunnel
/// bytes or a body are never looked at.
///
/// Beyond what llhttp refuses by itself (its lenient flags stay off) it refuses what two parsers could read
/// differently: obs-fold, bare CR or LF, white space before a colon, control bytes, more than one Host,
/// Content-Length or Transfer-Encoding, a CONNECT with a body. Methods that llhttp does not know are taken
/// (RFC 9110 section 9.1: they mean something to the server).
class RequestParser {
  public:
    enum class State {
        incomplete,  ///< wants more bytes
        complete,    ///< head() is there
        failed,      ///< refusal() says why; the connection must be closed after the answer
    };

    /// How the refusal is answered.
    struct Refusal {
        int status = 400;    ///< 400, 431 (RFC 6585 section 5) or 505
        std::string reason;  ///< one printable line
    };

    RequestParser();
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    /// Takes bytes until the head is complete; what lies behind its end is kept in rest(). After complete or
    /// failed further bytes are not taken.
    State receive(ByteView bytes);
    State state() const { return state_; }

    const RequestHead& head() const { return head_; }
    /// What came behind the head in the same reads, for instance a client's ClientHello. Moves it out.
    Bytes take_rest() { return std::move(rest_); }
    const Refusal& refusal() const { return refusal_; }
    /// Bytes of the head seen so far: 0 tells that a connection was closed unused.
    std::size_t head_size() const { return head_size_; }

    /// The limits. 16 KiB is nginx's large_client_header_buffers for one line and twice what most servers
    /// take; no client seen sends more than 2 KiB with CONNECT. 100 headers is Apache's LimitRequestFields.
    static constexpr std::size_t max_head = 16 * 1024;
    static constexpr std::size_t max_headers = 100;

  private:
    struct Machine;
    /// How much of `bytes` is an empty line in front of the request, which RFC 9112 section 2.2 has passed
    /// over: old clients send one behind a body. No more than one is.
    std::size_t skip_empty_line(ByteView bytes);
    State refuse(int status, std::string reason);
    State refuse_proxy_protocol();
    State finish();

    std::unique_ptr<Machine> machine_;  // llhttp
    State state_ = State::incomplete;
    RequestHead head_;
    Refusal refusal_;
    Bytes rest_;
    std::size_t head_size_ = 0;
    std::size_t empty_line_ = 0;  // bytes of it seen
};

}  // namespace chainmend::proxy
