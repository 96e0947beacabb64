// The keys of [[host]] and [[exception]].

#include "config/setting_row.h"
#include "config/setting_table.h"

namespace chainmend::config {

std::vector<Setting<HostRule>> host_rule_table() {
    using R = HostRule;
    return {
        row("match", &R::match, not_empty(list(check_host_pattern)),
            "Hosts that the rule is for: names, or \"*.example.com\" for all below a name. Of several rules "
            "that match, the one with the most specific pattern holds alone: a whole name before a pattern, "
            "a "
            "longer pattern before a shorter one, the first in the file among equals.",
            "A pattern too wide changes the rules for hosts nobody thought of; see chainmend config "
            "explain HOST."),
        row("action", &R::action, choice({"inspect", "pass", "refuse"}),
            "inspect verifies and repairs; pass relays the bytes unread and the client verifies itself; "
            "refuse forbids.",
            "pass verifies nothing on the client's behalf."),
        row("trust.files", &R::trust_files, list(check_not_empty),
            "More CA certificates to trust for these hosts alone.",
            "Whoever holds such a CA's key can impersonate these hosts."),
        row("pins", &R::pins, list(check_key_pin),
            "Public keys of which one must be on the path: the SHA-256 of the "
            "SubjectPublicKeyInfo, in base64 or hexadecimal. See chainmend check --pins HOST.",
            "A server that changes its keys is refused until the pin is changed."),
        row("backup_pins", &R::backup_pins, list(check_key_pin),
            "Keys that are kept for the day the pinned ones are replaced. They count as pins; "
            "the first use of one is worth a warning.",
            "Without any, a server whose key is lost can not be reached."),
        row("pins_report_only", &R::pins_report_only, boolean(), "Only warn when no pin is on the path.",
            "True protects nobody."),
        row("client_certificate", &R::client_certificate, text(),
            "File with a certificate and key to show to these hosts: PEM, or PKCS#12.",
            "Every client of the proxy acts under it."),
        row("client_certificate_password", &R::client_certificate_password, password(),
            "Password of a client certificate in PKCS#12.", "Whoever reads this file can use it."),
        row("profile", &R::profile, choice({"default", "rfc5280", "webpki", "compat"}),
            "How strict the rules are for these hosts.",
            "compat accepts SHA-1 and RSA-1024, which can be forged."),
        row("revocation", &R::revocation, choice({"off", "stapled", "soft", "hard"}),
            "How revocation is checked for these hosts.", "See verify.revocation."),
        row("failure_style", &R::failure_style, choice({"connect", "page", "mimic"}),
            "How a refusal reaches the clients of these hosts.", "See failure.style."),
        row("min_tls", &R::min_tls, choice({"1.0", "1.1", "1.2", "1.3"}),
            "Oldest TLS version spoken to these hosts.",
            "Below 1.2 can be broken by whoever is on the line."),
        row("connect.ports", &R::connect_ports, ports(), "Ports of these hosts that clients may CONNECT to.",
            "See connect.ports."),
        row("connect.deny", &R::connect_deny, list(check_network_and_port),
            "Networks that these hosts may not be reached in.", "See connect.deny."),
        row("upstream.proxy", &R::upstream_proxy, proxy_url(),
            "Proxy through which these hosts are reached; empty connects directly.", "See upstream.proxy."),
    };
}

std::vector<Setting<ExceptionRule>> exception_rule_table() {
    using R = ExceptionRule;
    return {
        row("host", &R::host, text(check_host_pattern),
            "The host that is accepted although it would be refused.",
            "A pattern excepts more than one host."),
        row("spki", &R::spki, text(check_key_pin),
            "The public key that its own certificate must have, as in pins: for no other key is anything "
            "forgiven.",
            "A server that changes its key is refused again."),
        row("reason", &R::reason, text(check_not_empty), "Why, for whoever reads this later.",
            "Nobody dares to remove it."),
        row("owner", &R::owner, text(check_not_empty), "Who answers for it.", "Nobody can be asked."),
        row("expires", &R::expires, text(check_date), "The date after which it no longer holds.",
            "Far in the future it outlives its reason."),
        row("forgives", &R::forgives, list(check_forgivable),
            "The reasons that it forgives, for instance [\"expired\"], and no others.",
            "More than the host needs forgives what nobody has looked at."),
    };
}

}  // namespace chainmend::config
