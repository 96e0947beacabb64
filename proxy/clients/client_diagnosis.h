#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "proxy/clients/client_rules.h"
#include "proxy/clients/client_settings.h"
#include "proxy/clients/proxy_place.h"

namespace chainmend::proxy {

enum class Outcome {
    works,
    depends,  ///< on the program, or on what can not be seen from here
    fails,
};

/// What one half of what a client is told comes to.
struct Finding {
    Outcome outcome = Outcome::fails;
    std::string decides;  ///< the variable or setting; empty when none is set
    std::string text;     ///< what it does, or what is wrong with it; without passwords
};

struct ClientDiagnosis {
    std::string client;
    Finding proxy;
    Finding trust;

    /// The worse of the two.
    Outcome outcome() const { return std::max(proxy.outcome, trust.outcome); }
};

/// What is to be compared with, and how the machine is asked.
struct ExpectedSettings {
    ProxyPlace proxy;
    std::vector<ProxyPlace> also;  ///< the same proxy's further listeners
    certs::CertificatePtr ca;
    bool system_trusts_ca = false;
    VariableLookup present;
    std::function<bool(const std::string& name)> is_empty;  ///< the variable is there and holds nothing
    CommandQuestion ask;
    bool asks_for_password = false;
    /// Whether the proxy takes the user and password of this URL. Null: that can not be told.
    std::function<bool(const std::string& url)> takes_credentials;
};

/// What a client of this rule would really do with the variables and settings that are there. Reads the files
/// that they name and asks the clients themselves where only they know. Blocks.
ClientDiagnosis diagnose(const ClientRule& rule, const ExpectedSettings& expected);

/// What concerns more than one client: hosts that are reached without the proxy and entries that some do not
/// understand, variables that defeat others or are empty, verification switched off; and what settings of the
/// clients of these rules say for some hosts only. A line each.
std::vector<std::string> general_findings(const std::vector<ClientRule>& rules,
                                          const ExpectedSettings& expected);

}  // namespace chainmend::proxy
