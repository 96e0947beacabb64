#pragma once

#include <string>
#include <vector>

#include "certs/certificate.h"
#include "proxy/clients/client_environment.h"
#include "proxy/clients/client_rules.h"

namespace chainmend::proxy {

/// What one half of a client's setting comes to.
struct Finding {
    bool good = false;
    std::string variable;  ///< the one that decides; empty when none is set
    std::string text;      ///< what it does, or what is wrong with it
};

struct ClientDiagnosis {
    std::string client;
    Finding proxy;
    Finding trust;

    bool good() const { return proxy.good && trust.good; }
};

/// What is to be compared with.
struct ExpectedSettings {
    ProxyPlace proxy;
    certs::CertificatePtr ca;
    bool system_trusts_ca = false;
    VariableLookup present;
};

/// What a client of this rule would really do in the environment of `expected.present`. Reads the files that
/// the variables name.
ClientDiagnosis diagnose(const ClientRule& rule, const ExpectedSettings& expected);

/// What concerns all clients: hosts that are reached without the proxy and entries that some do not
/// understand, variables that defeat others, verification switched off. A line each.
std::vector<std::string> general_findings(const ExpectedSettings& expected);

/// Whether `file` holds the certificate, as PEM, as DER, or in a PKCS#12 store that is not encrypted.
Result<bool> holds_certificate(const std::string& file, const certs::Certificate& certificate);

}  // namespace chainmend::proxy
