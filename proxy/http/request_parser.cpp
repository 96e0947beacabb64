#include "proxy/http/request_parser.h"

#include <llhttp.h>

#include <algorithm>
#include <cctype>

#include "config/ascii.h"
#include "proxy/http/head_scanner.h"

namespace chainmend::proxy {
namespace {

/// Headers that must not come twice: two parsers could each believe another one.
constexpr std::string_view singular[] = {"host", "content-length", "transfer-encoding",
                                         "proxy-authorization"};

std::string_view request_line(std::string_view head) {
    return head.substr(0, head.find('\r'));
}

/// OWS around a value is not part of it (RFC 9110 section 5.5); llhttp drops it in front only.
void trim_end(std::string& value) {
    value.erase(value.find_last_not_of(" \t") + 1);
}

/// RFC 9110 section 5.6.2, and longer than any registered method.
bool is_method(std::string_view text) {
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) ||
               std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

/// What a load balancer puts in front of a connection, in text or in binary form, but for the empty line in
/// front of the latter.
bool is_proxy_protocol(std::string_view text) {
    return text.starts_with("PROXY TCP") || text.starts_with("PROXY UNKNOWN") ||
           text.starts_with(std::string_view("\r\n\0\r\nQUIT\n", 10));
}

bool is_known_to_llhttp(std::string_view method) {
#define CHAINMEND_METHOD(number, name, text) #text,
    static constexpr std::string_view known[] = {HTTP_METHOD_MAP(CHAINMEND_METHOD)};
#undef CHAINMEND_METHOD
    return std::find(std::begin(known), std::end(known), method) != std::end(known);
}

}  // namespace

struct RequestParser::Machine {
    HeadScanner scanner;
    std::string text;  // the head so far
    llhttp_t parser;
    llhttp_settings_t settings;
    RequestHead head;

    Machine() {
        llhttp_settings_init(&settings);
        settings.on_url = [](llhttp_t* p, const char* at, std::size_t size) {
            self(p).head.target.append(at, size);
            return 0;
        };
        settings.on_header_field = [](llhttp_t* p, const char* at, std::size_t size) {
            auto& headers = self(p).head.headers;
            if (self(p).name_done) headers.emplace_back();
            self(p).name_done = false;
            headers.back().spelling.append(at, size);
            headers.back().name += ascii_lower({at, size});
            return 0;
        };
        settings.on_header_value = [](llhttp_t* p, const char* at, std::size_t size) {
            self(p).head.headers.back().value.append(at, size);
            return 0;
        };
        settings.on_header_value_complete = [](llhttp_t* p) {
            self(p).name_done = true;
            return 0;
        };
        settings.on_headers_complete = [](llhttp_t* p) {
            // A CONNECT pauses by itself (HPE_PAUSED_UPGRADE); everything else must not be taken for the next
            // request.
            return p->method == HTTP_CONNECT ? 0 : static_cast<int>(HPE_PAUSED);
        };
        llhttp_init(&parser, HTTP_REQUEST, &settings);
        parser.data = this;
    }

    static Machine& self(llhttp_t* parser) { return *static_cast<Machine*>(parser->data); }
    bool name_done = true;
};

RequestParser::RequestParser() : machine_(std::make_unique<Machine>()) {}
RequestParser::~RequestParser() = default;

RequestParser::State RequestParser::receive(ByteView bytes) {
    if (state_ != State::incomplete) return state_;
    bytes = bytes.subspan(skip_empty_line(bytes));
    if (empty_line_ == 1 && !bytes.empty()) return refuse(400, "this is not HTTP");
    std::size_t taken = 0;
    for (; taken < bytes.size() && !machine_->scanner.at_end(); ++taken) {
        ++head_size_;
        if (head_size_ > max_head) return refuse(431, "the request head is larger than 16 KiB");
        const std::string objection = machine_->scanner.take(bytes[taken]);
        if (!objection.empty()) {
            if (is_proxy_protocol(machine_->text + std::string(as_text(bytes))))
                return refuse_proxy_protocol();
            return refuse(400, objection);
        }
        if (machine_->scanner.header_lines() > max_headers) return refuse(431, "more than 100 header lines");
    }
    const ByteView head = bytes.first(taken);
    machine_->text.append(as_text(head));
    if (!machine_->scanner.at_end()) return state_;
    rest_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(taken), bytes.end());
    return finish();
}

std::size_t RequestParser::skip_empty_line(ByteView bytes) {
    constexpr std::string_view line = "\r\n";
    std::size_t skipped = 0;
    while (head_size_ == 0 && empty_line_ < line.size() && skipped < bytes.size() &&
           bytes[skipped] == static_cast<std::uint8_t>(line[empty_line_])) {
        ++skipped;
        ++empty_line_;
    }
    return skipped;
}

RequestParser::State RequestParser::finish() {
    std::string& text = machine_->text;
    const std::string line(request_line(text));
    if (is_proxy_protocol(line)) return refuse_proxy_protocol();
    if (line == "PRI * HTTP/2.0") return refuse(400, "HTTP/2 is not spoken to a proxy here, only HTTP/1.1");
    // RFC 9112 section 3: exactly one space on either side of the target; llhttp takes several, or no version
    // at all.
    if (std::count(line.begin(), line.end(), ' ') != 2) return refuse(400, "malformed request line");
    const std::string method = line.substr(0, line.find(' '));
    if (!is_method(method)) return refuse(400, "malformed method");
    // What llhttp makes of a request that is no CONNECT does not go by its method.
    if (!is_known_to_llhttp(method)) text.replace(0, method.size(), "POST");
    const llhttp_errno error = llhttp_execute(&machine_->parser, text.data(), text.size());
    if (error == HPE_INVALID_VERSION || error == HPE_PAUSED_H2_UPGRADE) {
        return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    if (error != HPE_PAUSED && error != HPE_PAUSED_UPGRADE) {
        const char* reason = llhttp_get_error_reason(&machine_->parser);
        return refuse(400, std::string("malformed request: ") + (reason ? reason : llhttp_errno_name(error)));
    }
    head_ = std::move(machine_->head);
    head_.method = method;
    head_.minor_version = machine_->parser.http_minor;
    if (machine_->parser.http_major != 1) return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    for (const std::string_view name : singular) {
        const auto count = std::count_if(head_.headers.begin(), head_.headers.end(),
                                         [name](const HttpHeader& header) { return header.name == name; });
        if (count > 1) return refuse(400, "more than one " + std::string(name) + " header");
    }
    for (HttpHeader& header : head_.headers)
        trim_end(header.value);
    const std::string* coding = head_.header("transfer-encoding");
    if (coding && head_.minor_version == 0) {
        return refuse(400, "a Transfer-Encoding in HTTP/1.0, which has none");  // RFC 9112 section 6.1
    }
    if (coding && ascii_lower(*coding) != "chunked")
        return refuse(400, "a Transfer-Encoding other than chunked");
    if (coding && head_.header("content-length")) {
        return refuse(400, "both Transfer-Encoding and Content-Length");  // RFC 9112 section 6.1
    }
    const std::string* length = head_.header("content-length");
    const bool has_body = coding || (length && *length != "0");
    if (head_.is_connect() && has_body) return refuse(400, "a CONNECT with a body");
    machine_.reset();
    return state_ = State::complete;
}

RequestParser::State RequestParser::refuse_proxy_protocol() {
    return refuse(400, "a PROXY protocol header, from a peer that is not in listen.proxy_protocol_from");
}

RequestParser::State RequestParser::refuse(int status, std::string reason) {
    refusal_ = {status, std::move(reason)};
    machine_.reset();
    return state_ = State::failed;
}

}  // namespace chainmend::proxy
