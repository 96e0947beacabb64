#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/result.h"
#include "proxy/http/authority.h"
#include "proxy/io/cidr.h"

namespace chainmend::proxy {

/// The proxy through which servers are reached, and which are reached without it.
class UpstreamProxy {
  public:
    /// `url`: "http://proxy.example:3128", with "user:password@" in front of the host if need be,
    /// percent-encoded as in any URL. `exceptions` as in NO_PROXY: "example.com" or ".example.com" (the host
    /// and all below it),
    /// "*.example.com" (all below it), an address, a network, "*" (everything). ErrorCode::configuration.
    static Result<UpstreamProxy> make(const std::string& url, const std::vector<std::string>& exceptions);

    const Authority& authority() const { return authority_; }
    /// "Proxy-Authorization: Basic ...", the end of the line included; empty without credentials.
    const std::string& credentials_line() const { return credentials_line_; }
    /// Whether this server is reached through the proxy.
    bool serves(const Authority& target) const;

  private:
    explicit UpstreamProxy(Authority authority) : authority_(std::move(authority)) {}
    Result<void> add_exception(std::string text);

    Authority authority_;
    std::string credentials_line_;
    bool except_all_ = false;
    std::vector<std::string> hosts_;       // the host itself
    std::vector<std::string> subdomains_;  // ".example.com": all below it
    std::vector<Cidr> networks_;
};

}  // namespace chainmend::proxy
