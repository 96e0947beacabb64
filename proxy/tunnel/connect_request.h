#pragma once

#include <optional>
#include <string>
#include <variant>

#include "proxy/http/authority.h"
#include "proxy/http/request_head.h"
#include "proxy/http/request_parser.h"
#include "proxy/report/refusal.h"
#include "proxy/snapshot.h"

namespace chainmend::proxy {

/// Why the policy forbids this host or port, before anything is dialled; nothing when it does not. (Addresses
/// are judged once they are known.) `plain_http`: for a request over plain HTTP, which may also use port 80.
std::optional<Refusal> judge_target(const Authority& authority, bool plain_http, const Snapshot& snapshot);

/// Where this CONNECT may be connected to, or why it is refused before anything is dialled.
std::variant<Authority, Refusal> judge_request(const RequestHead& head, const Snapshot& snapshot);

/// For what the parser would not take.
Refusal refusal_for(const RequestParser::Refusal& refusal);

/// Whether a [[host]] pattern is for this host: the name itself, or "*.example.com" for every name below
/// example.com (not example.com itself). Without regard to case.
bool host_matches(const std::string& pattern, const std::string& host);

/// The first rule that is for this host, or nullptr.
const config::HostRule* host_rule_for(const config::Settings& settings, const std::string& host);

}  // namespace chainmend::proxy
