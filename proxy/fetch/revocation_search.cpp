#include "proxy/fetch/revocation_search.h"

#include <algorithm>
#include <list>
#include <random>

#include "config/sha256_text.h"
#include "proxy/fetch/url.h"
#include "proxy/io/timer.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

using certs::FetchResult;
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

/// RFC 6960 appendix A.1: "small requests (that after encoding are less than 255 bytes) MAY be submitted
/// using GET".
constexpr std::size_t too_long_for_get = 255;

std::string encoded_for_get(const Bytes& request) {
    std::string encoded;
    for (const char letter : to_base64(request)) {
        if (letter == '+') {
            encoded += "%2B";
        } else if (letter == '/') {
            encoded += "%2F";
        } else if (letter == '=') {
            encoded += "%3D";
        } else {
            encoded += letter;
        }
    }
    return encoded;
}

/// A responder that answers a GET with something else than an OCSP response may know POST alone, or not like
/// the path that the request makes. One that can not be reached, or asked, is not asked again.
bool may_know_post_only(const certs::Fetch& fetch) {
    switch (fetch.result) {
        case FetchResult::blocked:
        case FetchResult::not_attempted:
        case FetchResult::broken_host:
        case FetchResult::redirect_loop:
        case FetchResult::dns_error:
        case FetchResult::connection_refused:
        case FetchResult::connection_failed:
        case FetchResult::timeout:
            return false;
        default:
            return true;
    }
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
          begin_(start_timer(fetcher.loop(), milliseconds{0}, [this] { begin(); })) {}

  private:
    struct Place {
        RevocationSource source;
        std::string url;     ///< as the certificate has it
        Bytes request = {};  ///< for ocsp
        bool posts = false;
    };

    struct Flight {
        Place place;
        milliseconds begin{};
        OperationPtr wait = nullptr;
        bool is_over = false;
    };

    /// What is done about one certificate.
    struct Inquest {
        certs::RevocationQuestion question;
        std::vector<Place> places = {};  // the next one last
        std::list<Flight> flights = {};
        OperationPtr hedge = nullptr;
        std::string failure = "it names no responder and no revocation list that can be asked";
        bool is_over = false;

        bool is_waiting() const {
            return std::any_of(flights.begin(), flights.end(),
                               [](const Flight& flight) { return !flight.is_over; });
        }
    };

    void begin() {
        ask_store();
        for (Inquest& inquest : inquests_) {
            if (check_.is_over()) break;
            if (inquest.is_over) continue;
            choose_places(inquest);
            start_next(inquest);
        }
        finish_when_done();
    }

    void ask_store() {
        while (auto question = check_.next())
            inquests_.push_back(Inquest{std::move(*question)});
        for (Inquest& inquest : inquests_)
            inquest.is_over = inquest.is_over || known_from_store(inquest.question);
    }

    /// The lists that are kept the check was given to begin with.
    bool known_from_store(const certs::RevocationQuestion& question) {
        if (!request_.store) return false;
        const auto kept = request_.store->find_ocsp(question.certificate->sha256(), request_.now);
        return kept && check_.consider(question.depth, *kept);
    }

    void choose_places(Inquest& inquest) {
        const auto& question = inquest.question;
        const auto request = certs::ocsp_request(*question.certificate, *question.issuer, nonce_);
        if (request) add_places(inquest, RevocationSource::ocsp, question.ocsp_urls, *request);
        add_places(inquest, RevocationSource::crl, question.crl_urls, {});
        std::reverse(inquest.places.begin(), inquest.places.end());
    }

    void add_places(Inquest& inquest, RevocationSource source, const std::vector<std::string>& urls,
                    const Bytes& request) {
        const bool posts = encoded_for_get(request).size() >= too_long_for_get;
        std::size_t count = 0;
        for (const std::string& url : urls) {
            if (const auto parsed = parse_url(url); !parsed) {
                add_fetch(url, FetchResult::blocked, parsed.error().message, milliseconds{0});
            } else if (++count <= max_urls_of_a_kind) {
                inquest.places.push_back({source, url, request, posts});
            }
        }
    }

    /// Asks the next place; when there is none, and nobody is waited for, the certificate stays unknown.
    void start_next(Inquest& inquest) {
        inquest.hedge.reset();
        const bool used_up = fetches_ >= request_.max_fetches;
        if (inquest.places.empty() || used_up) {
            if (inquest.is_waiting()) return;
            inquest.is_over = true;
            check_.give_up(inquest.question.depth, inquest.places.empty()
                                                       ? inquest.failure
                                                       : "the fetches for this handshake are used up");
            return;
        }
        ++fetches_;
        Flight& flight = inquest.flights.emplace_back();
        flight.place = std::move(inquest.places.back());
        inquest.places.pop_back();
        flight.begin = fetcher_.loop().now();
        flight.wait = fetcher_.fetch(
            key_of(flight.place),
            [this, &inquest, &flight](const FetchedPtr& fetched) { answered(inquest, flight, *fetched); });
        inquest.hedge = start_timer(fetcher_.loop(), request_.hedge_after, [this, &inquest] {
            start_next(inquest);
            finish_when_done();
        });
    }

    FetchKey key_of(const Place& place) const {
        if (place.source == RevocationSource::crl) return {place.url, request_.origin, FetchKind::crl};
        if (place.posts) return {place.url, request_.origin, FetchKind::ocsp, place.request};
        return {ocsp_get_url(place.url, place.request), request_.origin, FetchKind::ocsp};
    }

    void answered(Inquest& inquest, Flight& flight, const Fetched& fetched) {
        flight.is_over = true;
        check_.add_fetch(fetched.fetch);
        const Place& place = flight.place;
        const bool is_ok = fetched.fetch.result == FetchResult::ok;
        inquest.failure = "asked " + printable_ascii(place.url, 100) + ": " +
                          (is_ok ? useless_answer(place, fetched.body) : certs::to_string(fetched.fetch));
        if (is_ok && consider(inquest.question, place, fetched.body)) {
            end(inquest, FetchResult::not_attempted, "a better answer came first");
        } else {
            if (place.source == RevocationSource::ocsp && !place.posts && may_know_post_only(fetched.fetch))
                inquest.places.push_back({place.source, place.url, place.request, true});
            start_next(inquest);
        }
        finish_when_done();
    }

    /// Told when nothing better is known of what the answer was not good for.
    static std::string useless_answer(const Place& place, const Bytes& body) {
        if (place.source == RevocationSource::ocsp)
            return "what came is no OCSP response that tells about it";
        const auto crls = certs::read_crls(body);
        if (!crls) return crls.error().message;
        return crls->size() == 1 ? "the list that came does not tell about it"
                                 : "what came has several revocation lists, and one was asked for";
    }

    bool consider(const certs::RevocationQuestion& question, const Place& place, const Bytes& body) {
        certs::RevocationEvidence evidence{place.source, place.url};
        if (place.source == RevocationSource::ocsp) {
            evidence.ocsp = body;
            evidence.nonce = nonce_;
            if (!check_.consider(question.depth, evidence)) return false;
            if (const auto until = certs::ocsp_next_update(body)) {
                keep([&](RevocationStore& store) {
                    return store.keep_ocsp(question.certificate->sha256(), place.url, body, *until,
                                           request_.now);
                });
            }
            return true;
        }
        auto crls = certs::read_crls(body);
        if (!crls || crls->size() != 1) return false;
        evidence.crls = *crls;
        if (!check_.consider(question.depth, evidence)) return false;
        if (const auto until = crls->front()->next_update()) {
            keep([&](RevocationStore& store) {
                return store.keep_crl(place.url, crls->front(), *until, request_.now);
            });
        }
        return true;
    }

    template <class Keep>
    void keep(const Keep& how) {
        if (!request_.store) return;
        if (auto write = how(*request_.store); write && request_.on_disk) request_.on_disk(std::move(write));
    }

    void add_fetch(const std::string& url, FetchResult result, const std::string& detail,
                   milliseconds taken) {
        certs::Fetch fetch;
        fetch.url = printable_ascii(url, 300);
        fetch.result = result;
        fetch.detail = detail;
        fetch.milliseconds = taken.count();
        check_.add_fetch(std::move(fetch));
    }

    /// Nobody is waited for any more.
    void end(Inquest& inquest, FetchResult result, const std::string& detail) {
        inquest.is_over = true;
        inquest.hedge.reset();
        for (Flight& flight : inquest.flights) {
            flight.wait.reset();
            if (flight.is_over) continue;
            flight.is_over = true;
            add_fetch(flight.place.url, result, detail, fetcher_.loop().now() - flight.begin);
        }
    }

    void time_is_up() {
        static const std::string used_up = "the time for this handshake is used up";
        if (inquests_.empty()) ask_store();  // without a budget nothing has begun
        for (Inquest& inquest : inquests_) {
            if (inquest.is_over) continue;
            end(inquest, FetchResult::timeout, used_up);
            check_.give_up(inquest.question.depth, used_up);
        }
        finish_when_done();
    }

    /// The last statement of whoever calls it.
    void finish_when_done() {
        const bool is_over = check_.is_over();
        for (Inquest& inquest : inquests_) {
            if (inquest.is_over) continue;
            if (!is_over) return;
            end(inquest, FetchResult::not_attempted, "another certificate of the path is revoked");
        }
        begin_.reset();
        deadline_.reset();
        const auto completion = std::move(completion_);
        completion(std::move(check_).verdict());
    }

    IssuerFetcher& fetcher_;
    RevocationSearchRequest request_;
    certs::RevocationCheck& check_;
    std::function<void(certs::Verdict)> completion_;
    const Bytes nonce_;
    std::list<Inquest> inquests_;
    int fetches_ = 0;
    OperationPtr deadline_;
    OperationPtr begin_;
};

}  // namespace

std::string ocsp_get_url(const std::string& responder, const Bytes& request) {
    return responder + (responder.ends_with('/') ? "" : "/") + encoded_for_get(request);
}

OperationPtr start_revocation_search(IssuerFetcher& fetcher, RevocationSearchRequest request,
                                     std::function<void(certs::Verdict)> completion) {
    return std::make_unique<RevocationSearch>(fetcher, std::move(request), std::move(completion));
}

}  // namespace chainmend::proxy
