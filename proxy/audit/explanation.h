#pragma once

#include "proxy/history/history_query.h"
#include "proxy/report/document.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// One decision in full: who asked, what the server sent, the path, every path that was tried and why it
/// failed, every fetch, the rules, how the tunnel went, and what would have made it another decision.
Document explanation(const StoredDecision& stored);

/// The decision as in the log, and beside it `end` (as in the log, or null), `policy` (hash and text, or
/// null), `sent` (each certificate: sha256, subject, issuer, not_before, not_after, pem) and `would_pass`
/// (lines).
Json explanation_json(const StoredDecision& stored);

/// "a.test:443", "[::1]:443"; the host alone when no port is known.
std::string server_name(const std::string& host, int port);
/// "2026-11-21 14:03:07 UTC"
std::string moment(RecordTime time);

}  // namespace chainmend::proxy
