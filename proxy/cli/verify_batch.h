#pragma once

#include "proxy/cli/command.h"
#include "proxy/cli/verify_material.h"

namespace chainmend::proxy {

/// `verify --batch`: one JSON object a line in, one verdict a line out, in the same order. A line that can
/// not be read gets {"id":...,"error":"..."} and the batch goes on.
CommandResult run_verify_batch(const VerifyMaterial& material, Console& console);

}  // namespace chainmend::proxy
