#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/settings.h"
#include "tests/support/closed_port.h"
#include "tests/support/issuer_server.h"
#include "tests/support/origin.h"
#include "tests/support/pki.h"
#include "tests/support/running_proxy.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::test {

/// What became of one CONNECT.
struct Visit {
    std::string head;       ///< the proxy's answer
    bool served = false;    ///< the origin's page came, in TLS that the client trusts
    nlohmann::json record;  ///< the decision's line in the log

    const nlohmann::json& told() const { return record.at("chainmend"); }
    std::string text(const char* field) const;  ///< of told(); "" for null
};

/// What is switched off for a play.
enum class Without { nothing, fetching, repair };

/// A world with one trusted root, a server for caIssuers URLs, an issuer store, a proxy with one worker, and
/// origins. Everything is on loopback and belongs to one test. It is put together first; the first visit (or
/// start()) starts the proxy.
class Stage {
  public:
    explicit Stage(Without without = Without::nothing);

    const Identity root = Identity::root("Root");  ///< the one anchor
    const Identity ca = root.intermediate("CA");
    const Identity stranger = Identity::root("Stranger");  ///< a root that nobody trusts
    IssuerServer issuers;
    ClosedPort closed;

    static constexpr const char* host = "visited.test";

    /// With these caIssuers URLs; one that begins with "/" is on `issuers`.
    CertificateSpec pointing_to(const std::vector<std::string>& urls) const;
    /// An end entity for `host`.
    Identity leaf(const Identity& issuer, const std::vector<std::string>& urls = {}) const {
        return issuer.leaf(host, pointing_to(urls));
    }

    /// What the origin of `host` sends.
    void send(const Identity& leaf, std::vector<Identity> chain = {});
    /// The store holds it from the start, as if fetched from `path` earlier.
    void stored(const Identity& issuer, const std::string& path = "/earlier", Time at = noon());
    void trusted(const Identity& anchor) { anchors_.push_back(anchor.certificate()); }
    void adjust(const RunningProxy::Adjust& adjust) { adjustments_.push_back(adjust); }
    /// The next URL is started after so long; a minute otherwise.
    void hedge_after(std::chrono::milliseconds time) {
        adjust([time](config::Settings& settings) { settings.repair.hedge_after = time; });
    }
    /// `name` resolves to `address`, for CONNECTs and for fetches; no address: 127.0.0.1.
    void resolves(const std::string& name, const std::string& address = "127.0.0.1");

    RunningProxy& start();
    /// Ends the proxy; the next visit starts another in the same directory.
    void stop() { proxy_.reset(); }
    RunningProxy& proxy() { return start(); }
    std::filesystem::path store_directory() const { return directory_ / "intermediates"; }

    /// One client goes to `host` at the origin that send() made, or at another one.
    Visit visit() { return visit(*origin_); }
    Visit visit(Origin& origin, const std::string& name = host);

    /// "visited.test server", "CA aia /ca.crt", "Root trust"
    std::vector<std::string> path(const Visit& visit) const;
    /// "http_404 /gone", "ok /ca.crt"
    std::vector<std::string> fetches(const Visit& visit) const;
    /// Requests that the issuer server got so far, by path; waits until there are as many as `expected`.
    std::map<std::string, int> requests(const std::map<std::string, int>& expected);
    /// Nothing of the client or the host it visited is in any of them, and nothing else than belongs there.
    void expect_requests_tell_nothing() const;

  private:
    std::string on_stage(std::string url) const;

    TemporaryDirectory directory_;
    std::vector<certs::CertificatePtr> anchors_;
    std::vector<RunningProxy::Adjust> adjustments_;
    std::unique_ptr<Origin> origin_;
    std::unique_ptr<RunningProxy> proxy_;
    std::size_t lines_ = 0;  // that the log must have after the visits so far
};

}  // namespace chainmend::test
