#include "proxy/cli/exit_status.h"

namespace chainmend::proxy {

ExitStatus exit_status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_argument:
            return ExitStatus::usage;
        case ErrorCode::configuration:
        case ErrorCode::malformed:
        case ErrorCode::not_found:
        case ErrorCode::limit_exceeded:
            return ExitStatus::configuration;
        case ErrorCode::blocked:
            return ExitStatus::refused;
        case ErrorCode::signing_ca:
            return ExitStatus::signing_ca;
        case ErrorCode::already_exists:
        case ErrorCode::permission:
        case ErrorCode::environment:
        case ErrorCode::network:
        case ErrorCode::timed_out:
        case ErrorCode::cancelled:
            return ExitStatus::environment;
    }
    return ExitStatus::environment;
}

}  // namespace chainmend::proxy
