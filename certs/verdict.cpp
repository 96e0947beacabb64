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

const char* to_string(Reason reason) {
    switch (reason) {
        case Reason::ok:
            return "ok";
        case Reason::issuer_not_found:
            return "issuer_not_found";
        case Reason::untrusted_root:
            return "untrusted_root";
        case Reason::expired:
            return "expired";
        case Reason::not_yet_valid:
            return "not_yet_valid";
        case Reason::host_mismatch:
            return "host_mismatch";
        case Reason::no_san:
            return "no_san";
        case Reason::bad_signature:
            return "bad_signature";
        case Reason::weak_signature:
            return "weak_signature";
        case Reason::weak_key:
            return "weak_key";
        case Reason::bad_eku:
            return "bad_eku";
        case Reason::bad_key_usage:
            return "bad_key_usage";
        case Reason::not_a_ca:
            return "not_a_ca";
        case Reason::path_length:
            return "path_length";
        case Reason::max_depth:
            return "max_depth";
        case Reason::name_constraint:
            return "name_constraint";
        case Reason::unknown_critical_extension:
            return "unknown_critical_extension";
        case Reason::malformed_certificate:
            return "malformed_certificate";
        case Reason::revoked:
            return "revoked";
        case Reason::revocation_unknown:
            return "revocation_unknown";
        case Reason::staple_required:
            return "staple_required";
        case Reason::pin_mismatch:
            return "pin_mismatch";
        case Reason::leaf_as_anchor:
            return "leaf_as_anchor";
        case Reason::policy:
            return "policy";
        case Reason::build_limit:
            return "build_limit";
        case Reason::fetch_limit:
            return "fetch_limit";
        case Reason::fetch_blocked:
            return "fetch_blocked";
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

int rank(Reason reason) {
    switch (reason) {
        // A statement by somebody in authority, or by the operator, about exactly this certificate.
        case Reason::revoked:
            return 100;
        case Reason::pin_mismatch:
            return 98;
        case Reason::leaf_as_anchor:
            return 96;
        // The end entity certificate itself: no other path could mend it.
        case Reason::host_mismatch:
            return 90;
        case Reason::no_san:
            return 89;
        // The path reached an anchor. First what a person can act upon and what is most often the whole
        // story.
        case Reason::expired:
            return 80;
        case Reason::not_yet_valid:
            return 79;
        case Reason::staple_required:
            return 78;
        case Reason::name_constraint:
            return 74;
        case Reason::path_length:
            return 73;
        case Reason::not_a_ca:
            return 72;
        case Reason::bad_key_usage:
            return 71;
        case Reason::bad_eku:
            return 70;
        case Reason::weak_signature:
            return 69;
        case Reason::weak_key:
            return 68;
        case Reason::unknown_critical_extension:
            return 67;
        case Reason::malformed_certificate:
            return 66;
        case Reason::policy:
            return 65;
        case Reason::max_depth:
            return 64;
        case Reason::revocation_unknown:
            return 60;
        // The search was cut short: whether there is a good path is not known.
        case Reason::build_limit:
            return 50;
        case Reason::fetch_limit:
            return 41;
        case Reason::fetch_blocked:
            return 40;
        // The path reached no anchor.
        case Reason::untrusted_root:
            return 30;
        case Reason::bad_signature:
            return 20;
        case Reason::issuer_not_found:
            return 10;
        case Reason::ok:
            return 0;
    }
    return 0;
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
