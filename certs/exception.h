#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "certs/reason.h"
#include "config/bytes.h"
#include "config/time.h"

namespace chainmend::certs {

/// Somebody's word that a host is accepted although it would be refused: for one public key, for named
/// reasons, until a date. All of it is needed.
struct Exception {
    std::string host;           ///< a host or a pattern, as in the settings
    Sha256 spki{};              ///< SHA-256 of the end entity's SubjectPublicKeyInfo
    std::string reason;         ///< why, in somebody's words
    std::string owner;          ///< who answers for it
    Time expires{};             ///< the last second in which it holds
    std::set<Reason> forgives;  ///< of forgivable_reasons()
};
using ExceptionPtr = std::shared_ptr<const Exception>;

/// What became of an exception in one verdict.
struct ExceptionUse {
    enum class State {
        used,          ///< the host was accepted by it
        not_needed,    ///< host and key fit, and the host is accepted without it
        other_key,     ///< it is for another public key
        expired,       ///< it would have fitted, and is over
        other_reason,  ///< host and key fit, but something else is wrong than what it forgives
    };
    State state = State::used;
    ExceptionPtr exception;
    std::int64_t days_left = 0;     ///< whole days; negative when it is over
    std::vector<Reason> forgave{};  ///< what it did forgive; empty unless used
};
const char* to_string(ExceptionUse::State state);

/// Of `exceptions` the one that fits this key best: in force before over, the right key before another. Null
/// when there are none.
ExceptionPtr nearest_exception(const std::vector<ExceptionPtr>& exceptions, const Sha256& spki, Time at);

}  // namespace chainmend::certs
