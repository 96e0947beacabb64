#pragma once

#include <string>
#include <vector>

#include "certs/replay.h"
#include "certs/verdict.h"

namespace chainmend::proxy {

/// What would have made a refused verdict an accepted one: a root that is trusted, another time, another
/// name, a laxer profile, another pin, less asked about revocation, an issuer that is sent; a line each. All
/// but the last were tried: the verdict was made again with just that changed. Of an accepted one: until when
/// it holds. Empty when nothing is known.
std::vector<std::string> would_pass(const certs::Verdict& verdict);

/// The same of a verdict that a replay of `question` gave. What is known is then in the question: a replay
/// that ended before it asked for issuers has no evidence of them.
std::vector<std::string> would_pass(const certs::Verdict& verdict, const certs::ReplayQuestion& question);

}  // namespace chainmend::proxy
