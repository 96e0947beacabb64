#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/exception.h"
#include "certs/reason.h"
#include "certs/revocation.h"

namespace chainmend::certs {

struct Evidence;  // certs/evidence.h

enum class Decision { accepted, refused };

/// How an accepted path came about.
enum class How { as_sent, reordered, repaired, alternate_path, by_exception };

const char* to_string(Decision decision);
const char* to_string(How how);

/// Where a certificate on a path came from.
enum class Source {
    server,     ///< sent in the handshake
    untrusted,  ///< given by the caller beside the chain
    store,      ///< the issuer store
    import,     ///< the issuer store, put there by an import or preload
    aia,        ///< fetched now from a caIssuers URL
    trust,      ///< the trust store
};
const char* to_string(Source source);

struct PathElement {
    CertificatePtr certificate;
    Source source = Source::server;
    std::string origin;  ///< the URL (aia, store) or the file (trust, import); empty for server
    /// Whether this intermediate is on Mozilla's list of those that their owners have disclosed. Nothing when
    /// no list is there, and for end entities and anchors, which the list does not have.
    std::optional<bool> disclosed = std::nullopt;
    /// When it came from there: stored or imported then, or fetched for this verdict. Nothing for what was
    /// sent or is an anchor.
    std::optional<Time> obtained_at = std::nullopt;
};

/// What is wrong with one path, as a value.
struct Failure {
    Reason reason = Reason::ok;
    int depth = 0;       ///< index in the path of the offending certificate, 0 = end entity
    std::string detail;  ///< one printable line for a person, without the reason code in front
};

/// Something a stricter profile would have refused, or that somebody should look at.
struct Warning {
    std::string code;  ///< a to_string(Reason), or one of the codes listed in certs/README.md
    int depth = 0;
    std::string detail;
};

struct Attempt {
    std::vector<PathElement> path;
    Failure failure;
};

/// An issuer that the server should have sent and did not: what the leaf-ward certificate says about it.
struct MissingIssuer {
    std::string subject;  ///< RFC 2253, printable
    std::string key_id;   ///< hexadecimal, empty when unknown
};

enum class FetchResult {
    ok,
    http_error,  ///< a status other than 200; to_string gives "http_404"
    timeout,
    too_large,
    blocked,  ///< the egress policy forbids the address, port or scheme
    unparsable,
    redirect_loop,
    wrong_issuer,  ///< a certificate, but not the issuer of the one that pointed here
    dns_error,
    connection_refused,
    connection_failed,
    bad_response,  ///< not HTTP, or a redirect that can not be followed
    truncated,     ///< the connection ended, or was reset, before the response did
    compressed,    ///< an encoding that was not asked for
    empty,
    not_attempted,  ///< a bound was reached or a better answer came first
    broken_host,    ///< the circuit breaker leaves this host alone for now
};

struct Fetch {
    std::string url;
    FetchResult result = FetchResult::ok;
    int http_status = 0;
    std::int64_t bytes = 0;
    std::int64_t milliseconds = 0;
    std::string format;   ///< "der", "pem", "pkcs7" or empty
    std::string address;  ///< the address connected to, or that was refused
    std::string detail;
    bool from_cache = false;  ///< answered by a remembered result
};
/// "ok", "http_404", "timeout", ...
std::string to_string(const Fetch& fetch);

struct Expiry {
    Time at{};
    std::int64_t days = 0;  ///< whole_days() from the time of the verdict; negative when past
    int depth = 0;
};

struct BuildStats {
    int paths = 0;       ///< candidate paths handed to the validator
    int signatures = 0;  ///< signatures really checked (memo hits not counted)
    int nodes = 0;       ///< certificates put on the search path
};

/// The decision about one presented chain, with everything needed to explain it.
struct Verdict {
    Decision decision = Decision::refused;
    std::optional<How> how;  ///< set when accepted
    Failure failure;         ///< reason ok when accepted
    std::string profile;
    std::string host;  ///< the reference identity, empty for none
    Time at{};

    /// The validated path, end entity first, anchor last; when refused the best candidate, possibly without
    /// an anchor.
    std::vector<PathElement> path;
    std::vector<CertificatePtr> presented;    ///< what the server sent, in its order
    std::vector<CertificatePtr> superfluous;  ///< presented and not on the path
    bool out_of_order = false;                ///< presented certificates on the path were not in path order
    std::vector<MissingIssuer> missing;
    std::vector<Warning> warnings;
    std::vector<Attempt> attempts;  ///< every path that failed, most telling first, at most max_attempts
    std::vector<Fetch> fetches;
    std::optional<Expiry> expires;  ///< earliest notAfter on the path
    BuildStats stats;
    /// The exception for this host that came nearest to being used, whatever became of it.
    std::optional<ExceptionUse> exception = std::nullopt;
    RevocationAccount revocation = {};
    /// What it was made from, for making it again. Null when it was not made by a path builder.
    std::shared_ptr<const Evidence> evidence = nullptr;

    bool accepted() const { return decision == Decision::accepted; }
};

}  // namespace chainmend::certs
