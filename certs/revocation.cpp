#include "certs/revocation.h"

namespace chainmend::certs {

const char* to_string(RevocationMode mode) {
    switch (mode) {
        case RevocationMode::off:
            return "off";
        case RevocationMode::stapled:
            return "stapled";
        case RevocationMode::soft:
            return "soft";
        case RevocationMode::hard:
            return "hard";
    }
    return "";
}

const char* to_string(RevocationStatus status) {
    switch (status) {
        case RevocationStatus::good:
            return "good";
        case RevocationStatus::revoked:
            return "revoked";
        case RevocationStatus::unknown:
            return "unknown";
    }
    return "";
}

const char* to_string(RevocationSource source) {
    switch (source) {
        case RevocationSource::none:
            return "none";
        case RevocationSource::staple:
            return "staple";
        case RevocationSource::ocsp:
            return "ocsp";
        case RevocationSource::crl:
            return "crl";
        case RevocationSource::exempt:
            return "exempt";
    }
    return "";
}

}  // namespace chainmend::certs
