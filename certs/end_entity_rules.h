#pragma once

#include "certs/path_findings.h"

namespace chainmend::certs {

/// The rules for a certificate in the place of the end entity: what it may be used for and how it names its
/// subject.
void judge_end_entity_form(const Certificate& end_entity, Purpose purpose, PathFindings& findings);

}  // namespace chainmend::certs
