#pragma once

#include <vector>

#include "certs/evidence.h"
#include "proxy/report/json.h"

namespace chainmend::proxy {

/// What was known of a path's revocation, as a document.
Json stored_account(const certs::RevocationAccount& account);
certs::RevocationAccount restored_account(const Json& json);

/// What that was made from. Lists are put into `lists` and named by their place there; responses, which are
/// small, stand in the document.
Json stored_inquiry(const certs::RevocationInquiry& inquiry, std::vector<certs::CrlPtr>& lists);

/// Throws what the JSON library throws, and std::out_of_range for a list that is not kept.
certs::RevocationInquiry restored_inquiry(const Json& json, const std::vector<certs::CrlPtr>& lists);

}  // namespace chainmend::proxy
