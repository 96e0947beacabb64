#pragma once

#include "proxy/io/connector.h"
#include "proxy/io/resolver.h"
#include "proxy/report/refusal.h"
#include "tls/session.h"

namespace chainmend::proxy {

/// What went wrong on the way to a server, in the words that clients are told it in.
Trouble trouble_of(ResolveFailure failure);
Trouble trouble_of(ConnectFailure failure);
Trouble trouble_of(tls::FailureKind failure);

}  // namespace chainmend::proxy
