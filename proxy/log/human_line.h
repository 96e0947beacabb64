#pragma once

#include <string>

#include "proxy/log/decision_record.h"

namespace chainmend::proxy {

/// The line for a person's terminal: time of day, outcome, server, how or why, client, and of a refusal the
/// command that tells more.
///
///     14:02:11 repaired  old.example.org:443    1 issuer fetched (R13, 41 ms)    python-requests
///     14:02:19 refused   intranet.corp:443      expired: 3 days ago              java       chainmend
///     explain 7f3a19
///
/// The colour marks the outcome only. Nothing in it but `colours` is beyond printable ASCII.
std::string human_line(const DecisionRecord& record, bool colours);

}  // namespace chainmend::proxy
