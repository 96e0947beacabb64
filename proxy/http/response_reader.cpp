#include "proxy/http/response_reader.h"

#include <llhttp.h>

#include <algorithm>

#include "config/ascii.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

/// Status line and headers of one response, all interim responses included. Real ones have 300 to 900 bytes.
constexpr std::size_t max_head = 16 * 1024;

/// What frames the body, sizes and ends of chunks and trailers, beyond one octet for each of the body. Chunks
/// of real servers have hundreds of octets and some ten of framing; this is room for a small answer in chunks
/// of one octet, which take six each.
constexpr std::size_t max_framing = 16 * 1024;

}  // namespace

struct ResponseReader::Machine {
    ResponseReader& reader;
    llhttp_t parser;
    llhttp_settings_t settings;
    bool in_head = true;
    bool name_done = true;
    int status = 0;

    explicit Machine(ResponseReader& owner) : reader(owner) {
        llhttp_settings_init(&settings);
        settings.on_message_begin = [](llhttp_t* p) { return self(p).begin(); };
        settings.on_header_field = [](llhttp_t* p, const char* at, std::size_t size) {
            return self(p).add_name({at, size});
        };
        settings.on_header_value = [](llhttp_t* p, const char* at, std::size_t size) {
            return self(p).add_value({at, size});
        };
        settings.on_header_value_complete = [](llhttp_t* p) {
            self(p).name_done = true;
            return 0;
        };
        settings.on_headers_complete = [](llhttp_t* p) { return self(p).end_head(); };
        settings.on_body = [](llhttp_t* p, const char* at, std::size_t size) {
            return self(p).add_body({at, size});
        };
        settings.on_message_complete = [](llhttp_t* p) { return self(p).end_message(); };
        llhttp_init(&parser, HTTP_RESPONSE, &settings);
        parser.data = this;
    }

    static Machine& self(llhttp_t* parser) { return *static_cast<Machine*>(parser->data); }
    bool is_interim() const { return parser.status_code / 100 == 1; }

    int begin() {
        reader.headers_.clear();
        name_done = true;
        in_head = true;
        return 0;
    }
    int add_name(std::string_view text) {
        if (!in_head) return 0;  // trailers are dropped
        if (name_done) reader.headers_.emplace_back();
        name_done = false;
        reader.headers_.back().name += ascii_lower(text);
        return 0;
    }
    int add_value(std::string_view text) {
        if (in_head) reader.headers_.back().value.append(text);
        return 0;
    }
    int end_head() {
        in_head = false;
        if (!is_interim()) status = parser.status_code;
        if (parser.upgrade) {
            reader.fail(Failure::not_http, "the server switched protocols unasked");
            return -1;
        }
        return is_interim() || reader.accept_head() ? 0 : -1;
    }
    int add_body(std::string_view bytes) {
        Bytes& body = reader.body_;
        if (body.size() + bytes.size() > reader.max_body_) {
            reader.fail(Failure::too_large, "more than " + std::to_string(reader.max_body_) + " bytes came");
            return HPE_USER;
        }
        body.insert(body.end(), bytes.begin(), bytes.end());
        return 0;
    }
    int end_message() {
        if (is_interim()) return 0;
        reader.state_ = State::complete;
        return HPE_PAUSED;  // whatever comes behind the response is nobody's
    }
};

ResponseReader::ResponseReader(std::size_t max_body)
    : machine_(std::make_unique<Machine>(*this)), max_body_(max_body) {}
ResponseReader::~ResponseReader() = default;

bool ResponseReader::accept_head() {
    for (HttpHeader& header : headers_) {
        header.value.erase(header.value.find_last_not_of(" \t") + 1);  // OWS, RFC 9110 section 5.5
        const std::string value = ascii_lower(header.value);
        const bool refused = (header.name == "content-encoding" && value != "identity" && !value.empty()) ||
                             (header.name == "transfer-encoding" && value != "chunked");
        if (!refused) continue;
        fail(Failure::compressed,
             "the body is encoded as \"" + printable_ascii(header.value, 30) + "\", unasked");
        return false;
    }
    const std::string* length = find_header(headers_, "content-length");
    const bool chunked = machine_->parser.flags & F_CHUNKED;
    if (length && !chunked && machine_->parser.content_length > max_body_) {
        fail(Failure::too_large, "the body has " + printable_ascii(*length, 20) + " bytes");
        return false;
    }
    return true;
}

/// How many octets may come before there is more body than there is now.
std::size_t ResponseReader::room() const {
    if (machine_->status == 0) return max_head - octets_;
    return max_head + max_framing + 2 * body_.size() - octets_;
}

ResponseReader::State ResponseReader::receive(ByteView bytes) {
    while (state_ == State::reading && !bytes.empty()) {
        // Never more than there is room for, so that the bound does not depend on how the answer is cut.
        const std::string_view text = as_text(bytes.first(std::min(bytes.size(), room())));
        if (text.empty()) {
            return fail(Failure::too_large, machine_->status == 0
                                                ? "the response's head is larger than 16 KiB"
                                                : "the body's framing is larger than the body");
        }
        bytes = bytes.subspan(text.size());
        octets_ += text.size();
        const llhttp_errno error = llhttp_execute(&machine_->parser, text.data(), text.size());
        if (state_ != State::reading || error == HPE_OK) continue;
        const char* reason = llhttp_get_error_reason(&machine_->parser);
        return fail(Failure::not_http,
                    std::string("not an HTTP response: ") + (reason ? reason : llhttp_errno_name(error)));
    }
    return state_;
}

ResponseReader::State ResponseReader::receive_end() {
    if (state_ != State::reading) return state_;
    if (machine_->status == 0) return fail(Failure::wrong_length, "the server closed without a response");
    const llhttp_errno error = llhttp_finish(&machine_->parser);
    if (state_ != State::reading) return state_;
    if (error == HPE_OK) return fail(Failure::wrong_length, "the server closed after an interim response");
    return fail(Failure::wrong_length, "the connection ended after " + std::to_string(body_.size()) +
                                           " bytes, before the end of the body");
}

int ResponseReader::status() const {
    return machine_->status;
}

ResponseReader::State ResponseReader::fail(Failure failure, std::string detail) {
    failure_ = failure;
    detail_ = std::move(detail);
    return state_ = State::failed;
}

}  // namespace chainmend::proxy
