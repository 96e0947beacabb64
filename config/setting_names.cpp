#include "config/setting_names.h"

namespace chainmend::config {

const char* to_string(Revocation value) {
    switch (value) {
        case Revocation::off:
            return "off";
        case Revocation::stapled:
            return "stapled";
        case Revocation::soft:
            return "soft";
        case Revocation::hard:
            return "hard";
    }
    return "";
}

const char* to_string(FailureStyle value) {
    switch (value) {
        case FailureStyle::connect:
            return "connect";
        case FailureStyle::page:
            return "page";
        case FailureStyle::mimic:
            return "mimic";
    }
    return "";
}

const char* to_string(HostAction value) {
    switch (value) {
        case HostAction::inspect:
            return "inspect";
        case HostAction::pass:
            return "pass";
        case HostAction::refuse:
            return "refuse";
    }
    return "";
}

}  // namespace chainmend::config
