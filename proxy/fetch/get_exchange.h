#pragma once

#include <string>

#include "certs/verdict.h"
#include "proxy/fetch/url.h"
#include "proxy/http/response_reader.h"

namespace chainmend::proxy {

/// One GET or POST and its answer, whatever they travel over. Does no I/O: hand it what was received and look
/// at state().
class GetExchange {
  public:
    struct Question {
        Url url;
        std::size_t max_bytes = 64 * 1024;  ///< of body
        std::string if_none_match = {};     ///< an entity tag; empty: asked without a condition
        bool through_proxy = false;         ///< the request line then names the whole URL
        Bytes post = {};                    ///< the body of a POST; empty: it is a GET
        std::string post_type = {};         ///< its content type
    };

    enum class State {
        reading,
        redirected,  ///< see location()
        done,        ///< see result() and detail()
    };

    explicit GetExchange(Question question);

    /// Sends Host, a fixed User-Agent, Accept and Connection: close. Nothing in it comes from a client or
    /// names the host it visits.
    std::string request() const;

    void receive(ByteView bytes);
    /// The connection has ended; `why` it broke off, empty when the server closed it.
    void receive_end(const std::string& why = {});

    State state() const { return state_; }
    /// FetchResult::ok with a body, or without one when not_modified().
    certs::FetchResult result() const { return result_; }
    const std::string& detail() const { return detail_; }
    const std::string& location() const { return location_; }
    int http_status() const { return reader_.status(); }
    /// Of body, so far.
    std::int64_t bytes() const { return static_cast<std::int64_t>(reader_.body().size()); }
    bool not_modified() const { return not_modified_; }
    /// What the server calls this version: printable, at most max_entity_tag bytes, else empty.
    const std::string& entity_tag() const { return entity_tag_; }
    Bytes take_body() { return reader_.take_body(); }

    /// Tags seen are 10 to 70 bytes; one of a stranger's server is kept and sent back.
    static constexpr std::size_t max_entity_tag = 200;

  private:
    void look();
    void finish(certs::FetchResult result, std::string detail);
    void note_entity_tag();

    const Question question_;
    ResponseReader reader_;
    State state_ = State::reading;
    certs::FetchResult result_ = certs::FetchResult::ok;
    std::string detail_;
    std::string location_;
    std::string entity_tag_;
    bool not_modified_ = false;
};

}  // namespace chainmend::proxy
