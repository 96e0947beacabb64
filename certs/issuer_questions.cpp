#include "certs/issuer_questions.h"

#include <algorithm>

namespace chainmend::certs {
namespace {

std::string in_words(const Fetch& fetch) {
    switch (fetch.result) {
        case FetchResult::http_error:
            return std::to_string(fetch.http_status);
        case FetchResult::ok:
        case FetchResult::wrong_issuer:
            return "what is served there is not that certificate";
        case FetchResult::timeout:
            return "timed out";
        case FetchResult::too_large:
            return "the answer is too large";
        case FetchResult::blocked:
            return "blocked" + (fetch.detail.empty() ? "" : ": " + fetch.detail);
        case FetchResult::unparsable:
            return "what is served there is no certificate";
        case FetchResult::redirect_loop:
            return "too many redirects";
        case FetchResult::dns_error:
            return "its host name does not resolve";
        case FetchResult::connection_refused:
            return "connection refused";
        case FetchResult::connection_failed:
            return "no connection";
        case FetchResult::bad_response:
            return "not a usable HTTP response";
        case FetchResult::truncated:
            return "the answer broke off";
        case FetchResult::compressed:
            return "the answer is compressed";
        case FetchResult::empty:
            return "the answer is empty";
        case FetchResult::not_attempted:
            return "not tried";
        case FetchResult::broken_host:
            return "its host keeps failing and is left alone for now";
    }
    return "";
}

/// The first that was really tried tells most.
std::string in_words(const std::vector<Fetch>& fetches) {
    if (fetches.empty()) return "";
    const auto tried = std::find_if(fetches.begin(), fetches.end(), [](const Fetch& fetch) {
        return fetch.result != FetchResult::not_attempted && fetch.result != FetchResult::blocked;
    });
    return in_words(tried == fetches.end() ? fetches.front() : *tried);
}

}  // namespace

std::optional<NeedIssuer> IssuerQuestions::next(const PathSearch& search) {
    if (closed_ || questions_ >= max_questions) return std::nullopt;
    auto dead_ends = search.dead_ends();
    std::stable_sort(dead_ends.begin(), dead_ends.end(), [](const FailedPath& a, const FailedPath& b) {
        const bool a_is_root = a.failure.reason == Reason::untrusted_root;
        const bool b_is_root = b.failure.reason == Reason::untrusted_root;
        return a_is_root != b_is_root ? b_is_root : a.path.size() > b.path.size();
    });
    for (const FailedPath& failed : dead_ends) {
        if (auto question = along(failed)) return question;
    }
    for (const FailedPath& failed : search.failed()) {
        if (auto question = along(failed)) return question;
    }
    for (const CertificatePtr& issuer : search.sound_issuers()) {
        if (auto question = about(issuer)) return question;
    }
    return std::nullopt;
}

std::optional<NeedIssuer> IssuerQuestions::along(const FailedPath& failed) {
    // The last certificate of a path that is no dead end is the anchor, or the very one that is bad.
    const std::size_t usable = failed.path.size() - (failed.is_dead_end ? 0 : 1);
    for (std::size_t i = usable; i-- > 0;) {
        if (auto question = about(failed.path[i].certificate)) return question;
    }
    return std::nullopt;
}

std::optional<NeedIssuer> IssuerQuestions::about(const CertificatePtr& child) {
    if (child->is_self_signed()) return std::nullopt;
    const auto before = asked_.find(child->sha256());
    auto urls = before == asked_.end() ? child->ca_issuers_urls() : std::move(before->second.untried);
    if (urls.empty()) return std::nullopt;
    ++questions_;
    asked_[child->sha256()].untried.clear();
    pending_ = child->sha256();
    return NeedIssuer{child, std::move(urls)};
}

void IssuerQuestions::answered(const IssuerAnswer& answer) {
    if (pending_) asked_[*pending_] = {in_words(answer.fetches), answer.untried};
    pending_.reset();
    if (answer.reason != Reason::ok) closing_reason_ = answer.reason;
    closed_ |= answer.last;
}

std::string IssuerQuestions::outcome(const Certificate& child) const {
    const auto known = asked_.find(child.sha256());
    return known == asked_.end() ? "" : known->second.outcome;
}

}  // namespace chainmend::certs
