#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/exception.h"
#include "certs/verdict.h"

namespace chainmend::certs {

/// Whether the exception forgives this reason. That an issuer could not be fetched within the bounds counts
/// as issuer_not_found.
bool forgives(const Exception& exception, Reason reason);

/// What is to be made of `exception` for an end entity with this key about whom `verdict` was made without
/// it. State::used: it is to be applied.
ExceptionUse look_at_exception(const ExceptionPtr& exception, const Sha256& key, Time at,
                               const Verdict& verdict);

/// What the exception forgave in `verdict`, the reason that it is for first.
std::vector<Reason> forgiven_in(const Verdict& verdict, const Exception& exception, Reason strict);

/// Until when a verdict by this exception holds: its own end or that of the first certificate on the path
/// that is not past its end anyway.
Expiry end_under_exception(const Verdict& verdict, const Exception& exception, Time at);
/// Whether it is an exception, and no certificate, whose end is verdict.expires.
bool ends_with_exception(const Verdict& verdict);

/// What a person is told beside a refusal: "; the exception for it ended on 2026-05-31 (owner: ops)".
std::string why_not_excepted(const ExceptionUse& use);

}  // namespace chainmend::certs
