#include "proxy/fetch/revocation_search.h"

#include <algorithm>
#include <random>

#include "config/sha256_text.h"
#include "proxy/fetch/url.h"
#include "proxy/io/timer.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

using certs::RevocationSource;
using std::chrono::milliseconds;

/// Public certificates name one responder and one or two distribution points.
constexpr std::size_t max_urls_of_a_kind = 3;
/// RFC 8954 section 2.1: at least 16 octets of randomness, at most 32.
constexpr std::size_t nonce_bytes = 16;

Bytes random_nonce() {
    std::random_device random;
    Bytes nonce(nonce_bytes);
    for (auto& octet : nonce)
        octet = static_cast<std::uint8_t>(random());
    return nonce;
}

class RevocationSearch final : public Operation {
  public:
    RevocationSearch(IssuerFetcher& fetcher, RevocationSearchRequest request,
                     std::function<void(certs::Verdict)> completion)
        : fetcher_(fetcher),
          request_(std::move(request)),
          check_(*request_.check),
          completion_(std::move(completion)),
          nonce_(request_.nonce ? random_nonce() : Bytes{}),
          deadline_(start_timer(fetcher.loop(), request_.budget, [this] { time_is_up(); })),
          step_(start_timer(fetcher.loop(), milliseconds{0}, [this] { go_on(); })) {}

  private:
    struct Place {
        RevocationSource source;
        std::string url;   ///< as it is fetched
        std::string name;  ///< as the certificate has it
    };

    void go_on() {
        while ((question_ = check_.next())) {
            places_.clear();
            fetches_of_this_ = 0;
            if (known_from_store()) continue;
            choose_places();
            if (fetch_next()) return;
        }
        finish();
    }

    /// A list that is there tells about every certificate of its issuer and costs nothing.
    bool known_from_store() {
        if (!request_.store) return false;
        for (const std::string& url : question_->crl_urls) {
            if (const auto kept = request_.store->find_crl(url, request_.now); kept && check_.consider(*kept))
                return true;
        }
        const auto kept = request_.store->find_ocsp(question_->certificate->sha256(), request_.now);
        return kept && check_.consider(*kept);
    }

    void choose_places() {
        const auto request = certs::ocsp_request(*question_->certificate, *question_->issuer, nonce_);
        if (request) add_places(RevocationSource::ocsp, question_->ocsp_urls, *request);
        add_places(RevocationSource::crl, question_->crl_urls, {});
        std::reverse(places_.begin(), places_.end());
    }

    void add_places(RevocationSource source, const std::vector<std::string>& urls, const Bytes& request) {
        std::size_t count = 0;
        for (const std::string& url : urls) {
            if (const auto parsed = parse_url(url); !parsed) {
                certs::Fetch skipped;
                skipped.url = printable_ascii(url, 300);
                skipped.result = certs::FetchResult::blocked;
                skipped.detail = parsed.error().message;
                check_.add_fetch(std::move(skipped));
            } else if (++count <= max_urls_of_a_kind) {
                places_.push_back(
                    {source, source == RevocationSource::ocsp ? ocsp_get_url(url, request) : url, url});
            }
        }
    }

    /// False when there is no place left: the certificate stays unknown.
    bool fetch_next() {
        if (is_over_ || fetches_ >= request_.max_fetches) {
            check_.give_up(is_over_ ? "the time for this handshake is used up"
                                    : "the fetches for this handshake are used up");
            return false;
        }
        if (places_.empty()) {
            check_.give_up(fetches_of_this_ == 0
                               ? "it names no responder and no revocation list that can be asked"
                               : failure_);
            return false;
        }
        place_ = std::move(places_.back());
        places_.pop_back();
        ++fetches_;
        ++fetches_of_this_;
        const auto kind = place_.source == RevocationSource::ocsp ? FetchKind::ocsp : FetchKind::crl;
        begin_ = fetcher_.loop().now();
        step_ = fetcher_.fetch(place_.url, request_.origin, kind,
                               [this](const FetchedPtr& fetched) { fetched_one(*fetched); });
        return true;
    }

    void fetched_one(const Fetched& fetched) {
        check_.add_fetch(fetched.fetch);
        failure_ = "asked " + printable_ascii(place_.name, 100) + ": " + certs::to_string(fetched.fetch);
        if (fetched.fetch.result == certs::FetchResult::ok && consider(fetched.body)) return go_on();
        if (!fetch_next()) go_on();
    }

    bool consider(const Bytes& body) {
        certs::RevocationEvidence evidence{place_.source, place_.name};
        if (place_.source == RevocationSource::ocsp) {
            evidence.ocsp = body;
            evidence.nonce = nonce_;
            if (!check_.consider(evidence)) return false;
            if (const auto until = certs::ocsp_next_update(body)) {
                keep([&](RevocationStore& store) {
                    return store.keep_ocsp(question_->certificate->sha256(), place_.name, body, *until);
                });
            }
            return true;
        }
        auto crls = certs::read_crls(body);
        if (!crls || crls->size() != 1) return false;
        evidence.crls = *crls;
        if (!check_.consider(evidence)) return false;
        if (const auto until = crls->front()->next_update()) {
            keep([&](RevocationStore& store) {
                return store.keep_crl(place_.name, body, crls->front(), *until);
            });
        }
        return true;
    }

    template <class Keep>
    void keep(const Keep& how) {
        if (!request_.store) return;
        if (auto write = how(*request_.store); write && request_.on_disk) request_.on_disk(std::move(write));
    }

    void time_is_up() {
        is_over_ = true;
        if (!question_) return;
        certs::Fetch cut;
        cut.url = place_.url;
        cut.result = certs::FetchResult::timeout;
        cut.detail = "the time for this handshake is used up";
        cut.milliseconds = (fetcher_.loop().now() - begin_).count();
        check_.add_fetch(std::move(cut));
        check_.give_up("the time for this handshake is used up");
        step_.reset();
        go_on();
    }

    void finish() {
        step_.reset();
        deadline_.reset();
        const auto completion = std::move(completion_);
        completion(std::move(check_).verdict());
    }

    IssuerFetcher& fetcher_;
    RevocationSearchRequest request_;
    certs::RevocationCheck& check_;
    std::function<void(certs::Verdict)> completion_;
    const Bytes nonce_;
    std::optional<certs::RevocationQuestion> question_;
    std::vector<Place> places_;  // the next one last
    Place place_{};
    std::string failure_;
    milliseconds begin_{};
    int fetches_ = 0;
    int fetches_of_this_ = 0;
    bool is_over_ = false;
    OperationPtr deadline_;
    OperationPtr step_;
};

}  // namespace

std::string ocsp_get_url(const std::string& responder, const Bytes& request) {
    std::string url = responder;
    if (!url.ends_with('/')) url += '/';
    for (const char letter : to_base64(request)) {
        if (letter == '+') {
            url += "%2B";
        } else if (letter == '/') {
            url += "%2F";
        } else if (letter == '=') {
            url += "%3D";
        } else {
            url += letter;
        }
    }
    return url;
}

OperationPtr start_revocation_search(IssuerFetcher& fetcher, RevocationSearchRequest request,
                                     std::function<void(certs::Verdict)> completion) {
    return std::make_unique<RevocationSearch>(fetcher, std::move(request), std::move(completion));
}

}  // namespace chainmend::proxy
