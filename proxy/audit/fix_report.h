#pragma once

#include <string>

#include "certs/verdict.h"
#include "config/time.h"
#include "proxy/report/document.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// A server as it was seen, to be repaired by whoever runs it.
struct SeenServer {
    std::string host;
    int port = 443;
    std::string seen;  ///< when, and by which decision: "2026-11-21 14:03:07 UTC, decision 81c20455"
    std::shared_ptr<const certs::Verdict> verdict;  ///< not null
};

/// Whether there is anything to repair: a chain that is not just right, or a refusal.
bool needs_fix(const certs::Verdict& verdict);

/// What the server must send, as PEM: its certificate and the intermediates, in order, without the root. Of a
/// refused path only when it reached an anchor and the certificates themselves could stay (a missing issuer
/// that nobody knows can not be put in). Empty otherwise.
std::string right_chain(const certs::Verdict& verdict);

/// The report for the server's administrator, who does not know chainmend: what is wrong, what was sent, what
/// is missing, the right fullchain.pem, the lines for nginx, Apache, HAProxy, IIS and Tomcat, commands that
/// prove the repair, and which clients fail today and with which words.
Document fix_report(const SeenServer& server);

/// `host port seen needs_fix problem reason how sent missing unused fullchain clients prove`; `prove` is a
/// command that fails today and passes when the server is repaired.
Json fix_json(const SeenServer& server);

}  // namespace chainmend::proxy
