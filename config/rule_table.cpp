// The keys of [[host]] and [[exception]].

#include "config/setting_row.h"
#include "config/setting_table.h"

namespace chainmend::config {

std::vector<Setting<HostRule>> host_rule_table() {
    using R = HostRule;
    return {
        row("match", &R::match, list(check_host_pattern),
            "Hosts that the rule is for: names, or \"*.example.com\" for all below a name. The first rule "
            "that matches holds.",
            "A pattern too wide changes the rules for hosts nobody thought of."),
        row("action", &R::action, choice({"inspect", "pass", "refuse"}),
            "inspect verifies and repairs; pass relays the bytes unseen and the client verifies itself; "
            "refuse forbids.",
            "pass verifies nothing on the client's behalf."),
        not_in_force(row("trust.files", &R::trust_files, list(check_not_empty),
                         "More CA certificates to trust for these hosts alone.",
                         "Whoever holds such a CA's key can impersonate these hosts.")),
        not_in_force(row("pins", &R::pins, list(check_key_pin),
                         "Public keys of which one must be on the path.",
                         "A server that changes its keys is refused until the pin is changed.")),
        row("client_certificate", &R::client_certificate, text(),
            "File with a certificate and key to show to these hosts: PEM, or PKCS#12.",
            "Every client of the proxy acts under it."),
        row("client_certificate_password", &R::client_certificate_password, text(),
            "Password of a client certificate in PKCS#12.", "Whoever reads this file can use it."),
        not_in_force(row("profile", &R::profile, choice({"default", "rfc5280", "webpki", "compat"}),
                         "How strict the rules are for these hosts.",
                         "compat accepts SHA-1 and RSA-1024, which can be forged.")),
        row("failure_style", &R::failure_style, choice({"connect", "page", "mimic"}),
            "How a refusal reaches the clients of these hosts.", "See failure.style."),
        not_in_force(row("min_tls", &R::min_tls, choice({"1.0", "1.1", "1.2", "1.3"}),
                         "Oldest TLS version spoken to these hosts.",
                         "Below 1.2 can be broken by whoever is on the line.")),
    };
}

std::vector<Setting<ExceptionRule>> exception_rule_table() {
    using R = ExceptionRule;
    return {
        row("host", &R::host, text(check_host_pattern),
            "The host that is accepted although it would be refused.",
            "A pattern excepts more than one host."),
        row("spki", &R::spki, text(check_key_pin), "The public key that it must show.",
            "The key of a CA excepts everything below it."),
        row("reason", &R::reason, text(check_not_empty), "Why, for whoever reads this later.",
            "Nobody dares to remove it."),
        row("owner", &R::owner, text(check_not_empty), "Who answers for it.", "Nobody can be asked."),
        row("expires", &R::expires, text(check_date), "The date after which it no longer holds.",
            "Far in the future it outlives its reason."),
    };
}

}  // namespace chainmend::config
