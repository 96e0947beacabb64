#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "certs/verdict.h"

namespace chainmend::proxy {

/// Keeps keys in the order they are written, so that lines read as they are documented.
using Json = nlohmann::ordered_json;

/// A verdict as the one JSON object that the log, the command line and everything after them use. Its fields
/// are listed in proxy/report/README.md; every field is always there, null or empty when there is nothing to
/// say. `id` is the caller's own, null when absent; `elapsed` is how long the judging took.
Json verdict_json(const certs::Verdict& verdict, const std::optional<std::string>& id = std::nullopt,
                  std::chrono::microseconds elapsed = {});

/// The parts of the above that a decision in the log carries too.
Json path_json(const std::vector<certs::PathElement>& path);
Json missing_json(const std::vector<certs::MissingIssuer>& missing);
Json warnings_json(const std::vector<certs::Warning>& warnings);
Json attempts_json(const std::vector<certs::Attempt>& attempts);
Json fetches_json(const std::vector<certs::Fetch>& fetches);
Json expires_json(const std::optional<certs::Expiry>& expires);
Json stats_json(const certs::BuildStats& stats);
Json fingerprints_json(const std::vector<certs::CertificatePtr>& certificates);

/// One line of pure ASCII without the newline: everything beyond is \u-escaped and bytes that are no UTF-8
/// become U+FFFD, so no text from a certificate or a client can break a line or reorder it on a screen.
std::string to_line(const Json& json);

}  // namespace chainmend::proxy
