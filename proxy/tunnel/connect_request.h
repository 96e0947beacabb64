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
/// own_host is none: only plain HTTP to it is answered, before anybody asks here.
std::optional<Refusal> judge_target(const Authority& authority, bool plain_http, const Snapshot& snapshot);

/// Where this CONNECT may be connected to, or why it is refused before anything is dialled.
std::variant<Authority, Refusal> judge_request(const RequestHead& head, const Snapshot& snapshot);

/// For what the parser would not take.
Refusal refusal_for(const RequestParser::Refusal& refusal);

}  // namespace chainmend::proxy
