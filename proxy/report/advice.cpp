#include "proxy/report/advice.h"

namespace chainmend::proxy {

const char* advice_for(certs::Reason reason) {
    using enum certs::Reason;
    switch (reason) {
        case ok:
            return "";
        case issuer_not_found:
            return "The server must send its intermediate certificates. Until it does, give the missing "
                   "issuer to "
                   "chainmend's issuer store: chainmend intermediates import FILE.";
        case untrusted_root:
            return "If this CA is your organisation's, add its root certificate with trust.files.";
        case expired:
            return "The server's administrator must renew the certificate.";
        case not_yet_valid:
            return "Check the clock of this machine; if it is right, the server's certificate is wrong.";
        case host_mismatch:
        case no_san:
            return "Check the name; if it is right, the server's certificate must be issued for it, as a DNS "
                   "name or "
                   "address in the subject alternative name.";
        case bad_signature:
            return "Do not go on: somebody may have forged this certificate. If the CA was renewed, the "
                   "server must "
                   "send the issuer that really signed it.";
        case weak_signature:
        case weak_key:
            return "The certificate must be issued again with SHA-256 and a key of at least RSA 2048 or "
                   "P-256.";
        case bad_eku:
        case bad_key_usage:
            return "The certificate was not issued for this use: the server needs one for servers "
                   "(serverAuth).";
        case not_a_ca:
        case path_length:
        case name_constraint:
            return "An issuer on the path may not issue this certificate: its CA must be asked for another "
                   "one.";
        case max_depth:
            return "The path is longer than verify.max_depth allows; real paths have one to three "
                   "intermediates.";
        case unknown_critical_extension:
        case malformed_certificate:
            return "The certificate breaks the rules of its format: its CA must issue it again.";
        case revoked:
            return "Do not go on: the CA has declared this certificate invalid.";
        case revocation_unknown:
            return "Give a current revocation list or response from the issuer of the certificate.";
        case staple_required:
            return "The certificate demands a stapled OCSP response: the server must be set up to staple "
                   "one.";
        case pin_mismatch:
            return "The server shows another key than the one pinned. If it was changed on purpose, change "
                   "pins.";
        case leaf_as_anchor:
            return "A server's own certificate can not be an anchor: put its issuer into trust.files.";
        case policy:
            return "The configuration forbids this.";
        case build_limit:
            return "The chain holds so many certificates of the same names that the search was stopped: the "
                   "server "
                   "must send only its own path.";
        case fetch_limit:
        case fetch_blocked:
            return "The missing issuer could not be fetched within the bounds of [repair] and [egress].";
    }
    return "";
}

}  // namespace chainmend::proxy
