#include "proxy/tunnel/dial_trouble.h"

namespace chainmend::proxy {

// "Temporary" is also what the system says of a name server that refuses or can not be reached: an error,
// while a timeout is only what has taken too long by our own clock.
Trouble trouble_of(ResolveFailure) {
    return Trouble::dns_error;
}

Trouble trouble_of(ConnectFailure failure) {
    switch (failure) {
        case ConnectFailure::refused:
            return Trouble::connection_refused;
        case ConnectFailure::unreachable:
            return Trouble::destination_unreachable;
        case ConnectFailure::timed_out:
            return Trouble::connection_timeout;
        case ConnectFailure::none:
        case ConnectFailure::other:
            break;
    }
    return Trouble::internal_error;
}

Trouble trouble_of(tls::FailureKind failure) {
    using tls::FailureKind;
    switch (failure) {
        case FailureKind::not_tls:
            return Trouble::not_tls;
        case FailureKind::closed:
        case FailureKind::truncated:
            return Trouble::connection_terminated;
        case FailureKind::alert:
            return Trouble::tls_alert_received;
        case FailureKind::none:
        case FailureKind::version:
        case FailureKind::parameters:
        case FailureKind::malformed_certificate:
        case FailureKind::refused:
        case FailureKind::protocol:
            break;
    }
    return Trouble::tls_protocol_error;
}

}  // namespace chainmend::proxy
