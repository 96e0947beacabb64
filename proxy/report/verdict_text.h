#pragma once

#include <string>

#include "certs/verdict.h"

namespace chainmend::proxy {

/// A verdict for a person: the outcome, the path drawn from the end entity to the anchor with where each
/// certificate came from, what was missing, what was tried and failed, and, when refused, what to do. Several
/// lines, UTF-8 for the drawing only; strangers' text is printable. `colours` mark the outcome and carry no
/// meaning of their own.
std::string verdict_text(const certs::Verdict& verdict, bool colours);

/// "valid until 2027-01-23 (63 days)", "expired 2026-11-18 (3 days ago)", "valid from 2027-01-01 (in 41
/// days)".
std::string validity_text(const certs::Certificate& certificate, Time at);

/// "sent", "fetched from http://...", "trust: system", ...
std::string source_text(const certs::PathElement& element, Time at);

/// How many characters a terminal shows for `text`: its code points.
std::size_t shown_width(const std::string& text);
/// `text` with spaces behind it up to `width`, and at least two.
std::string padded(const std::string& text, std::size_t width);

}  // namespace chainmend::proxy
