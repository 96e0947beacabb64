#include "certs/verify_request.h"

namespace chainmend::certs {

const char* to_string(Profile profile) {
    switch (profile) {
        case Profile::compat:
            return "compat";
        case Profile::default_:
            return "default";
        case Profile::rfc5280:
            return "rfc5280";
        case Profile::webpki:
            return "webpki";
    }
    return "default";
}

std::optional<Profile> profile_from(std::string_view name) {
    for (const Profile profile : {Profile::compat, Profile::default_, Profile::rfc5280, Profile::webpki}) {
        if (name == to_string(profile)) return profile;
    }
    return std::nullopt;
}

const char* to_string(Purpose purpose) {
    switch (purpose) {
        case Purpose::server:
            return "server";
        case Purpose::client:
            return "client";
        case Purpose::any:
            return "any";
    }
    return "any";
}

std::optional<Purpose> purpose_from(std::string_view name) {
    for (const Purpose purpose : {Purpose::server, Purpose::client, Purpose::any}) {
        if (name == to_string(purpose)) return purpose;
    }
    return std::nullopt;
}

}  // namespace chainmend::certs
