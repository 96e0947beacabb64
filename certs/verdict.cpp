#include "certs/verdict.h"

namespace chainmend::certs {

const char* to_string(Decision decision) {
    switch (decision) {
        case Decision::accepted:
            return "accepted";
        case Decision::refused:
            return "refused";
    }
    return "";
}

const char* to_string(How how) {
    switch (how) {
        case How::as_sent:
            return "as_sent";
        case How::reordered:
            return "reordered";
        case How::repaired:
            return "repaired";
        case How::alternate_path:
            return "alternate_path";
        case How::by_exception:
            return "by_exception";
    }
    return "";
}

const char* to_string(Source source) {
    switch (source) {
        case Source::server:
            return "server";
        case Source::untrusted:
            return "untrusted";
        case Source::store:
            return "store";
        case Source::import:
            return "import";
        case Source::aia:
            return "aia";
        case Source::trust:
            return "trust";
    }
    return "";
}

std::string to_string(const Fetch& fetch) {
    switch (fetch.result) {
        case FetchResult::ok:
            return "ok";
        case FetchResult::http_error:
            return "http_" + std::to_string(fetch.http_status);
        case FetchResult::timeout:
            return "timeout";
        case FetchResult::too_large:
            return "too_large";
        case FetchResult::blocked:
            return "blocked";
        case FetchResult::unparsable:
            return "unparsable";
        case FetchResult::redirect_loop:
            return "redirect_loop";
        case FetchResult::wrong_issuer:
            return "wrong_issuer";
        case FetchResult::dns_error:
            return "dns_error";
        case FetchResult::connection_refused:
            return "connection_refused";
        case FetchResult::connection_failed:
            return "connection_failed";
        case FetchResult::bad_response:
            return "bad_response";
        case FetchResult::truncated:
            return "truncated";
        case FetchResult::compressed:
            return "compressed";
        case FetchResult::empty:
            return "empty";
        case FetchResult::not_attempted:
            return "not_attempted";
        case FetchResult::broken_host:
            return "broken_host";
    }
    return "";
}

}  // namespace chainmend::certs
