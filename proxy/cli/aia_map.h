#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "certs/certificate.h"
#include "certs/verdict.h"
#include "config/result.h"
#include "config/settings.h"

namespace chainmend::proxy {

/// What stands at one URL of a map.
struct MappedResponse {
    /// How the server behaves. `answer` gives the rest of this; `hang` never answers, `slow` answers after a
    /// second, `huge` never stops sending, `truncated` closes in the middle.
    enum class Behaviour { answer, hang, slow, refused, reset, dns_error, huge, truncated };

    int status = 200;
    std::string location;  ///< for a redirect
    Bytes body;
    Behaviour behaviour = Behaviour::answer;
};

/// A fetch from a map: what a real one would have come to, and how long it would have taken.
struct MappedFetch {
    certs::Fetch fetch;
    std::vector<certs::CertificatePtr> certificates;
};

/// Stands in for the network: JSON `{url: {status, content_type, body (base64), location, behaviour}}`, every
/// key optional. A URL that is not in it has no server. Content types are not looked at, as in a real fetch.
class AiaMap {
  public:
    /// ErrorCode::malformed naming the URL that is wrong.
    static Result<AiaMap> parse(std::string_view json);

    /// Fetches under the bounds of a real fetch: http only, a size, a number of redirects, a timeout. No time
    /// passes: `fetch.milliseconds` says how long it would have taken.
    MappedFetch fetch(const std::string& url, const config::RepairSettings& limits,
                      std::chrono::milliseconds timeout) const;

  private:
    struct Located;
    Located locate(const std::string& url, const config::RepairSettings& limits) const;

    std::map<std::string, MappedResponse> responses_;  // by Url::text()
};

}  // namespace chainmend::proxy
