#pragma once

#include <string>
#include <vector>

#include "certs/exception.h"
#include "config/result.h"
#include "config/settings.h"

namespace chainmend::proxy {

/// [[exception]]. ErrorCode::configuration when one forgives nothing, or two are for the same host and key.
Result<std::vector<certs::ExceptionPtr>> exceptions_of(const std::vector<config::ExceptionRule>& rules);

/// Those that are for this host.
std::vector<certs::ExceptionPtr> exceptions_for(const std::vector<certs::ExceptionPtr>& exceptions,
                                                const std::string& host);

/// "the exception for old.test (owner: ops)"
std::string name_of(const certs::Exception& exception);

}  // namespace chainmend::proxy
