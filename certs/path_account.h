#pragma once

#include <set>
#include <vector>

#include "certs/path_search.h"

namespace chainmend::certs {

/// What a path says about the server that sent `presented`: the parts of a Verdict that need nothing but
/// these two.

std::vector<PathElement> elements_of(const std::vector<Candidate>& path);
std::vector<CertificatePtr> certificates_of(const std::vector<Candidate>& path);
/// Sets PathElement::disclosed for the intermediates of `path`.
void note_disclosure(std::vector<PathElement>& path, const std::set<Sha256>& disclosed);

/// How the accepted `path` came about. `sent_path_failed`: what was sent led, by itself, to a root, and that
/// path was refused.
How how_of(const std::vector<Candidate>& path, const PresentedChain& presented, bool sent_path_failed);

/// Everything on `path` below its last certificate was sent.
bool was_sent(const std::vector<Candidate>& path);

/// Intermediates of `path` that were not sent, the leaf-ward first.
std::vector<MissingIssuer> missing_from(const std::vector<Candidate>& path);
/// The issuer that `child` asks for.
MissingIssuer issuer_wanted_by(const Certificate& child);

std::vector<CertificatePtr> superfluous_in(const PresentedChain& presented,
                                           const std::vector<Candidate>& path);
bool is_out_of_order(const PresentedChain& presented, const std::vector<Candidate>& path);
std::optional<Expiry> earliest_expiry(const std::vector<Candidate>& path, Time at);

}  // namespace chainmend::certs
