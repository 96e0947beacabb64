#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// The rules about the form of every certificate on a path, whatever its place: fields and extensions.
void judge_form(const Certificate& certificate, int depth, bool is_anchor, PathFindings& findings);

}  // namespace chainmend::certs
