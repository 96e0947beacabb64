#include "certs/exception.h"

#include <tuple>

namespace chainmend::certs {

const char* to_string(ExceptionUse::State state) {
    switch (state) {
        case ExceptionUse::State::used:
            return "used";
        case ExceptionUse::State::not_needed:
            return "not_needed";
        case ExceptionUse::State::other_key:
            return "other_key";
        case ExceptionUse::State::expired:
            return "expired";
        case ExceptionUse::State::other_reason:
            return "other_reason";
    }
    return "";
}

ExceptionPtr nearest_exception(const std::vector<ExceptionPtr>& exceptions, const Sha256& spki, Time at) {
    ExceptionPtr nearest;
    const auto fit = [&](const Exception& exception) {
        return std::make_tuple(exception.spki == spki, at <= exception.expires, exception.expires);
    };
    for (const ExceptionPtr& exception : exceptions) {
        if (!nearest || fit(*exception) > fit(*nearest)) nearest = exception;
    }
    return nearest;
}

}  // namespace chainmend::certs
