#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "certs/verdict.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// A verdict as the one JSON object that the log, the command line and everything after them use. Its fields
/// are listed in proxy/report/README.md; every field is always there, null or empty when there is nothing to
/// say. `id` is the caller's own, null when absent; `elapsed` is how long the judging took.
Json verdict_json(const certs::Verdict& verdict, const std::optional<std::string>& id = std::nullopt,
                  std::chrono::microseconds elapsed = {});

/// The parts of the above that a decision in the log carries too.
Json path_json(const certs::Verdict& verdict);
Json missing_json(const std::vector<certs::MissingIssuer>& missing);
Json warnings_json(const std::vector<certs::Warning>& warnings);
Json attempts_json(const std::vector<certs::Attempt>& attempts);
Json fetches_json(const std::vector<certs::Fetch>& fetches);
Json expires_json(const std::optional<certs::Expiry>& expires);
Json stats_json(const certs::BuildStats& stats);
Json exception_json(const std::optional<certs::ExceptionUse>& use);
Json revocation_json(const certs::RevocationAccount& account, Time at);
Json fingerprints_json(const std::vector<certs::CertificatePtr>& certificates);

}  // namespace chainmend::proxy
