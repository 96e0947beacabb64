#include "proxy/fetch/get_exchange.h"

#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

using certs::FetchResult;

FetchResult result_of(ResponseReader::Failure failure) {
    switch (failure) {
        case ResponseReader::Failure::too_large:
            return FetchResult::too_large;
        case ResponseReader::Failure::wrong_length:
            return FetchResult::truncated;
        case ResponseReader::Failure::compressed:
            return FetchResult::compressed;
        case ResponseReader::Failure::not_http:
        case ResponseReader::Failure::none:
            break;
    }
    return FetchResult::bad_response;
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

GetExchange::GetExchange(Question question) : question_(std::move(question)), reader_(question_.max_bytes) {}

std::string GetExchange::request() const {
    const std::string target = question_.through_proxy ? question_.url.text() : question_.url.path;
    const std::string condition =
        question_.if_none_match.empty() ? "" : "If-None-Match: " + question_.if_none_match + "\r\n";
    const Bytes& post = question_.post;
    const std::string content = post.empty()
                                    ? ""
                                    : "Content-Type: " + question_.post_type +
                                          "\r\nContent-Length: " + std::to_string(post.size()) + "\r\n";
    return (post.empty() ? "GET " : "POST ") + target + " HTTP/1.1\r\nHost: " + question_.url.host_header() +
           "\r\nUser-Agent: chainmend/" CHAINMEND_VERSION
           "\r\nAccept: application/pkix-cert, application/pkcs7-mime, */*;q=0.5"
           "\r\nAccept-Encoding: identity\r\nConnection: close\r\n" +
           condition + content + "\r\n" + std::string(as_text(post));
}

void GetExchange::receive(ByteView bytes) {
    if (state_ != State::reading) return;
    reader_.receive(bytes);
    look();
}

void GetExchange::receive_end(const std::string& why) {
    if (state_ != State::reading) return;
    if (!why.empty()) return finish(FetchResult::truncated, "broken off: " + why);
    reader_.receive_end();
    look();
}

void GetExchange::look() {
    const int status = reader_.status();
    if (is_redirect(status)) {
        const std::string* location = find_header(reader_.headers(), "location");
        if (!location) return finish(FetchResult::bad_response, "a redirect without a Location");
        location_ = *location;
        state_ = State::redirected;
        return;
    }
    if (status == 304 && !question_.if_none_match.empty()) {
        entity_tag_ = question_.if_none_match;
        not_modified_ = true;
        return finish(FetchResult::ok, {});
    }
    // What else a server has to say about a failure nobody wants to read.
    if (status != 0 && status != 200) return finish(FetchResult::http_error, {});
    switch (reader_.state()) {
        case ResponseReader::State::reading:
            return;
        case ResponseReader::State::failed:
            return finish(result_of(reader_.failure()), reader_.detail());
        case ResponseReader::State::complete:
            break;
    }
    if (reader_.body().empty()) return finish(FetchResult::empty, {});
    note_entity_tag();
    finish(FetchResult::ok, {});
}

void GetExchange::note_entity_tag() {
    const std::string* tag = find_header(reader_.headers(), "etag");
    if (tag && tag->size() <= max_entity_tag && printable_ascii(*tag) == *tag) entity_tag_ = *tag;
}

void GetExchange::finish(FetchResult result, std::string detail) {
    result_ = result;
    detail_ = std::move(detail);
    state_ = State::done;
}

}  // namespace chainmend::proxy
