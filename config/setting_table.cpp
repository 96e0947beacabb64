#include "config/setting_table.h"

#include "config/setting_row.h"

namespace chainmend::config {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

using Rows = std::vector<Setting<Settings>>;

const std::vector<std::string> profiles{"default", "rfc5280", "webpki", "compat"};
const std::vector<std::string> tls_versions{"1.0", "1.1", "1.2", "1.3"};
const std::vector<std::string> styles{"connect", "page", "mimic"};
const std::vector<std::string> revocations{"off", "stapled", "soft", "hard"};
constexpr std::int64_t mebibyte = 1024 * 1024;

Rows listen_rows() {
    constexpr auto section = &Settings::listen;
    using S = ListenSettings;
    return {
        row("listen.address", section, &S::address, text(check_listen_address),
            "Where clients connect; this goes into HTTPS_PROXY. Port 0 takes any free one.",
            "Beyond loopback everybody who reaches the port can use the proxy."),
        row("listen.also", section, &S::also, list(check_listen_address),
            "More addresses to listen on, for instance [\"[::1]:8181\"]. Sockets that systemd hands over "
            "replace "
            "all of them.",
            "Beyond loopback everybody who reaches the port can use the proxy."),
        row("listen.workers", section, &S::workers, integer(0, 1024), "Threads that relay; 0 is one a core.",
            "Too many only compete; too few leave cores idle."),
        row("listen.admin", section, &S::admin, text(check_optional_listen_address),
            "Where /status, /metrics, /healthz, /readyz, /ca.pem, /proxy.pac and /d/ID are; empty "
            "switches them off.",
            "Beyond loopback strangers can read how the proxy is used and what it fetches."),
        row("listen.max_connections", section, &S::max_connections, integer(1, 1'000'000),
            "Connections of clients open at once over all workers; one beyond is answered with 503.",
            "Too low and clients are turned away; too high and the process runs out of descriptors (ulimit "
            "-n)."),
        row("listen.request_timeout", section, &S::request_timeout, duration(100ms, 10min),
            "How long a client may take for its CONNECT request and its TLS ClientHello.",
            "Too short breaks slow clients; too long lets idle connections pile up."),
        row("listen.drain_timeout", section, &S::drain_timeout, duration(0ms, 1h),
            "How long open tunnels may go on after TERM.",
            "Too long delays a restart; too short cuts transfers."),
        row("listen.proxy_protocol_from", section, &S::proxy_protocol_from, list(check_network),
            "Peers (load balancers) that put a PROXY protocol header, version 1 or 2, in front of each "
            "connection. From these it is demanded, from others never believed.",
            "A peer that should not be here can claim any client address."),
        row("listen.auth", section, &S::auth, text(),
            "File of users and hashed passwords, one user:hash a line, as htpasswd -B or openssl passwd -6 "
            "make "
            "them; empty asks for none.",
            "Empty beyond loopback means an open proxy."),
    };
}

Rows trust_rows() {
    constexpr auto section = &Settings::trust;
    using S = TrustSettings;
    return {
        row("trust.system", section, &S::system, boolean(), "Trust the CAs of the operating system.",
            "False without files of one's own: the proxy does not start, for nothing could be verified."),
        row("trust.files", section, &S::files, list(check_not_empty),
            "More CA certificates to trust: PEM, DER or PKCS#7. They add to the system's.",
            "Whoever holds the key of a CA in here can impersonate every host."),
        row("trust.dirs", section, &S::dirs, list(check_not_empty), "Directories of such files.",
            "Whoever can write into the directory decides what is trusted."),
        row("trust.intermediates_as_anchors", section, &S::intermediates_as_anchors, boolean(),
            "Take CA certificates that are not self-signed as anchors too. Otherwise they only complete "
            "paths.",
            "True trusts a subordinate CA even after its root was withdrawn."),
        row("trust.distrust", section, &S::distrust, list(check_key_pin),
            "SHA-256 of certificates, or of their public keys, that are never anchors, wherever they are "
            "found.",
            "A fingerprint too many makes the hosts below that CA unreachable."),
        row("trust.distrust_after", section, &S::distrust_after, text_map(check_date),
            "CAs, by the SHA-256 of their certificate or public key, that vouch only for server "
            "certificates "
            "that begin on this date or earlier, such as \"2025-11-30\".",
            "Too early makes hosts below that CA unreachable."),
        row("trust.only_for", section, &S::only_for, text_map(check_host_patterns),
            "CAs that are trusted for some hosts alone: a file of trust.files, or the SHA-256 "
            "of a certificate "
            "or public key, and the hosts, such as \"*.corp.example intranet\".",
            "A host left out is refused; a pattern too wide lets the CA vouch for strangers."),
    };
}

Rows repair_rows() {
    constexpr auto section = &Settings::repair;
    using S = RepairSettings;
    return {
        row("repair.enabled", section, &S::enabled, boolean(),
            "Complete chains with issuers that the server did not send.",
            "False refuses every host that forgets its intermediate."),
        row("repair.fetch", section, &S::fetch, boolean(),
            "Fetch missing issuers from the URL in the certificate.",
            "False repairs only from the issuer store."),
        row("repair.store", section, &S::store, text(check_not_empty),
            "Directory of the issuers known so far.", "On a slow or full disk every start fetches again."),
        row("repair.preload", section, &S::preload, list(check_not_empty),
            "Files of intermediates to have in the store from the start.",
            "A missing file stops the start, so that nobody relies on it in vain."),
        row("repair.list_url", section, &S::list_url, text(check_optional_http_url),
            "A list that is fetched on a schedule: intermediates in PEM, PKCS#7 or CCADB's CSV, of which "
            "only "
            "CA certificates that lead to an anchor are taken; or, over https, Mozilla's JSON of what is "
            "revoked or disclosed. Empty: none.",
            "An address that moved is told in the notes; what was taken before stays in use."),
        row("repair.list_interval", section, &S::list_interval, duration(1min, days{30}),
            "Time between two looks at the list; one that has not changed is not sent again.",
            "Short is a burden on the list's server; long learns late of new issuers."),
        row("repair.list_max_bytes", section, &S::list_max_bytes, size(64 * 1024, 128 * mebibyte),
            "Size of the list.", "Smaller than the list is and it is never taken."),
        row("repair.renew_before", section, &S::renew_before, duration(0ms, days{90}),
            "A stored issuer that was fetched and expires within this time is fetched again; 0 does without.",
            "0 lets the first handshake after its end wait for a fetch."),
        row("repair.max_urls_per_certificate", section, &S::max_urls_per_certificate, integer(1, 20),
            "URLs tried for one certificate.", "Many let a certificate name many hosts to knock at."),
        row("repair.max_fetches", section, &S::max_fetches, integer(1, 64), "Fetches for one handshake.",
            "Too few and long chains stay broken; many make one handshake costly."),
        row("repair.budget", section, &S::budget, duration(100ms, 1min),
            "Time for all fetches of one handshake.", "Long, and clients give up before the answer comes."),
        row("repair.max_bytes", section, &S::max_bytes, size(1024, 16 * mebibyte),
            "Size of one fetched answer.",
            "Too small loses PKCS#7 bundles; too big lets a server send for nothing."),
        row("repair.max_redirects", section, &S::max_redirects, integer(0, 10),
            "Redirects followed for one URL.", "0 loses CAs that moved their files."),
        row("repair.hedge_after", section, &S::hedge_after, duration(10ms, 1min),
            "When the first URL has not answered for this long the second is started.",
            "Very short doubles the load on the CA's servers."),
    };
}

Rows egress_rows() {
    constexpr auto section = &Settings::egress;
    using S = EgressSettings;
    return {
        row("egress.allow", section, &S::allow, list(check_network_and_port),
            "Networks that issuers may be fetched from although the rule forbids them. The rule: never from "
            "a more "
            "private network than the host itself is on.",
            "A network here can be probed by any certificate from the internet."),
        row("egress.deny", section, &S::deny, list(check_network_and_port), "Networks never fetched from.",
            "A CA's own network in here leaves its hosts unrepaired."),
        row("egress.timeout", section, &S::timeout, duration(100ms, 1min), "Time for one fetch.",
            "Long keeps a handshake waiting for one dead server."),
        row("egress.proxy", section, &S::proxy, text(check_optional_proxy_address),
            "Address and port of an HTTP proxy for fetches; empty connects directly.",
            "A wrong one leaves every chain unrepaired."),
    };
}

Rows connect_rows() {
    constexpr auto section = &Settings::connect;
    using S = ConnectSettings;
    return {
        row("connect.ports", section, &S::ports, or_auto(ports()),
            "Ports that clients may CONNECT to. \"auto\": any while all listeners are on loopback, else 443 "
            "and 8443.",
            "\"any\" on an open listener makes it a relay for mail and worse."),
        row("connect.deny", section, &S::deny, or_auto(list(check_network_and_port)),
            "Networks that clients may not reach. \"auto\": link-local and metadata addresses; loopback too "
            "when a "
            "listener is beyond loopback.",
            "An empty list lets clients reach the cloud's metadata service through the proxy."),
    };
}

Rows verify_rows() {
    constexpr auto section = &Settings::verify;
    using S = VerifySettings;
    return {
        row("verify.profile", section, &S::profile, choice(profiles),
            "How strict the rules are. webpki adds what the CA/Browser Forum forbids.",
            "webpki refuses many private CAs; compat lets outdated signatures pass, so give it to single "
            "hosts only."),
        row("verify.revocation", section, &S::revocation, choice(revocations),
            "stapled honours what the server staples; soft and hard also ask the CA (OCSP, revocation "
            "lists), hard refuses without an answer.",
            "hard makes the CA's servers a part of every handshake; off accepts revoked certificates."),
        row("verify.crl_files", section, &S::crl_files, list(check_not_empty),
            "Files and directories of revocation lists (PEM or DER), for soft and hard; with stapled they "
            "only tell "
            "what hard would say.",
            "A list out of date is as good as none."),
        row("verify.revocation_cache", section, &S::revocation_cache, text(check_not_empty),
            "Directory of OCSP responses and revocation lists, kept until they end.",
            "On a slow or full disk every start asks again."),
        row("verify.crl_max_bytes", section, &S::crl_max_bytes, size(1024, 64 * mebibyte),
            "Size of one fetched revocation list.",
            "Too small leaves hosts of big CAs unknown; too big lets a server send for "
            "nothing."),
        row("verify.ocsp_nonce", section, &S::ocsp_nonce, boolean(),
            "Ask OCSP responders with a nonce and take only answers that repeat it.",
            "Most public responders do not repeat it: their hosts stay unknown."),
        row("verify.max_depth", section, &S::max_depth, integer(0, 255),
            "Greatest number of intermediates on a path.",
            "Below 3 refuses good hosts with cross-signed CAs."),
        row("verify.min_tls", section, &S::min_tls, choice(tls_versions),
            "Oldest TLS version spoken to servers.", "Below 1.2 can be broken by whoever is on the line."),
    };
}

Rows intercept_rows() {
    constexpr auto section = &Settings::intercept;
    using S = InterceptSettings;
    return {
        row("intercept.ca_dir", section, &S::ca_dir, text(check_not_empty),
            "Directory of the signing CA and its key; made at first start, readable by its owner only.",
            "Another directory is another CA, which no client trusts yet."),
        row("intercept.key_type", section, &S::key_type, choice({"rsa2048", "ecdsa-p256"}),
            "Kind of key when the CA is made. It does not change a CA that exists.",
            "Very old clients do not know ECDSA."),
        row("intercept.min_tls", section, &S::min_tls, choice(tls_versions),
            "Oldest TLS version spoken to clients.",
            "Below 1.2 is for clients that can do no better, on loopback: it also allows SHA-1 signatures, "
            "CBC "
            "suites and RSA key exchange."),
        row("intercept.not_tls", section, &S::not_tls, choice({"refuse", "relay"}),
            "What happens to a tunnel in which something else than TLS is spoken (SSH, SMTP): relay passes "
            "it "
            "unread. TLS is never passed unread this way.",
            "relay lets clients reach any service on the allowed ports. A server that keeps silent is known "
            "for one only after upstream.handshake_timeout, unless its client speaks before it is answered."),
        row("intercept.sni_mismatch", section, &S::sni_mismatch, choice({"verify", "refuse"}),
            "What happens when a client names another host in its TLS handshake than in its CONNECT: verify "
            "verifies the server for the name that the client will check.",
            "verify lets one host be reached under the name of another that it has a certificate for."),
        row("intercept.validity", section, &S::validity, duration(1h, days{90}),
            "Validity of minted certificates; never beyond the server's own.",
            "Very short mints often and breaks clients with wrong clocks."),
        row("intercept.cache", section, &S::cache, integer(1, 1'000'000), "Minted certificates remembered.",
            "Too few mints again and again; each costs about 4 KiB."),
    };
}

Rows upstream_rows() {
    constexpr auto section = &Settings::upstream;
    using S = UpstreamSettings;
    return {
        row("upstream.connect_timeout", section, &S::connect_timeout, duration(100ms, 10min),
            "Time to resolve a host and connect to it.", "Long, and clients give up without knowing why."),
        row("upstream.handshake_timeout", section, &S::handshake_timeout, duration(100ms, 10min),
            "Time for the TLS handshake with a server, fetches not counted.",
            "Too short refuses slow servers."),
        row("upstream.idle_timeout", section, &S::idle_timeout, duration(1s, days{7}),
            "A tunnel without a byte either way for this long is closed.",
            "Too short cuts long polls; too long keeps dead tunnels."),
        row("upstream.proxy", section, &S::proxy, proxy_url(),
            "HTTP proxy through which servers are reached, \"http://user:password@proxy.example:3128\"; "
            "empty "
            "connects directly. It looks the names up.",
            "A wrong one makes every host unreachable."),
        row("upstream.no_proxy", section, &S::no_proxy, list(check_not_empty),
            "Hosts reached without upstream.proxy: names (and all below them), \"*.example.com\" (only what "
            "is "
            "below), addresses, networks, \"*\".",
            "A name that only the proxy can reach is unreachable in here."),
        row("upstream.dns_cache", section, &S::dns_cache, duration(0ms, 1min),
            "How long an address that was looked up is used again without asking; 0 asks each time. The "
            "system's "
            "resolver does not tell how long it may be.",
            "Long keeps clients on an address that its host has left."),
        row("upstream.resolve", section, &S::resolve, text_map(check_ip_addresses),
            "Addresses for hosts, instead of asking the DNS: one each, or several separated by blanks.",
            "An outdated one sends the host's clients elsewhere."),
    };
}

Rows failure_rows() {
    constexpr auto section = &Settings::failure;
    using S = FailureSettings;
    return {
        row("failure.style", section, &S::style, choice(styles),
            "How a refusal reaches programs: in the answer to CONNECT, as a page inside the tunnel, or as a "
            "certificate with the same defect.",
            "Programs that hide the CONNECT answer show no reason."),
        row("failure.browser_style", section, &S::browser_style, choice(styles),
            "The same for browsers (a User-Agent that begins with Mozilla/).",
            "With \"connect\" browsers show their own page, without the reason."),
        row("failure.remember", section, &S::remember, duration(0ms, 1h),
            "How long a refusal is remembered; clients retry at once.",
            "Long, and a repaired server stays refused for that time."),
    };
}

Rows record_rows() {
    return {
        row("log.file", &Settings::log, &LogSettings::file, text(check_not_empty),
            "Where decisions are logged, one JSON line each; \"-\" is stdout.",
            "On a full disk lines are lost."),
        row("log.requests", &Settings::log, &LogSettings::requests, boolean(),
            "Log the plain HTTP requests as well.", "The log then holds what users visit in detail."),
        row("log.max_size", &Settings::log, &LogSettings::max_size, size(64 * 1024, 1024 * 1024 * mebibyte),
            "Size at which the log file is rotated.", "Small rotates often; big fills the disk."),
        row("log.keep", &Settings::log, &LogSettings::keep, integer(0, 1000), "Rotated files kept.",
            "0 forgets at every rotation."),
        row("history.database", &Settings::history, &HistorySettings::database, text(),
            "Database that keeps decisions for audit, explain, fix and replay; empty keeps none.",
            "On a full disk decisions are not kept, and the record says how many."),
        row("history.keep", &Settings::history, &HistorySettings::keep, duration(1h, days{3650}),
            "How long decisions are kept.", "Long fills the disk."),
        row("history.max_size", &Settings::history, &HistorySettings::max_size,
            size(mebibyte, 1024 * 1024 * mebibyte), "Size beyond which the oldest decisions are forgotten.",
            "Small forgets early: a decision takes about 200 bytes, one with a new verdict 5 KiB."),
    };
}

Rows monitor_rows() {
    constexpr auto section = &Settings::monitor;
    using S = MonitorSettings;
    return {
        row("monitor.hosts", section, &S::hosts, list(check_host_and_port),
            "Hosts looked at on a schedule, with a port unless it is 443. What is found is in the history.",
            "Hosts of others may object to being looked at."),
        row("monitor.seen_within", section, &S::seen_within, duration(0ms, days{365}),
            "Hosts that clients asked for within this time are looked at too, the latest 1,000; 0 for none.",
            "What clients visit is then visited again and again without them."),
        row("monitor.interval", section, &S::interval, duration(1min, days{30}),
            "Time between two looks at a host, a tenth more or less.",
            "Short is noise for the hosts; long notices late."),
        row("monitor.warn_days", section, &S::warn_days, integer(0, 3650),
            "Say once when something on a path in use, or the signing CA, ends within this many days, and "
            "again "
            "within 14, 7 and 1; 0 says nothing.",
            "Small warns too late to act."),
        row("monitor.command", section, &S::command, list(check_not_empty),
            "Program and arguments to run on each event, such as an end or a change; it gets the event as a "
            "line "
            "of JSON on its standard input. Empty runs none.",
            "It runs as the proxy's user. Everybody on the machine can read its arguments: no secrets "
            "there."),
        row("monitor.webhook", section, &S::webhook, text(check_optional_http_url),
            "An http or https URL that each event is posted to as JSON; empty posts none. The server behind "
            "https "
            "is verified like any other.",
            "Over http everybody on the way reads it. A secret belongs into monitor.webhook_token_file."),
        row("monitor.webhook_token_file", section, &S::webhook_token_file, text(),
            "File with the token that goes along as \"Authorization: Bearer\"; read for each event. Empty "
            "sends "
            "none.",
            "A file that others can read gives the token away."),
        row("monitor.timeout", section, &S::timeout, duration(100ms, 10min),
            "Time for one run of the command or one post; after three failures an event is given up.",
            "Long lets a dead receiver hold up the events behind it."),
    };
}

}  // namespace

std::vector<Setting<Settings>> setting_table() {
    Rows table;
    for (const auto& rows :
         {listen_rows(), trust_rows(), repair_rows(), egress_rows(), connect_rows(), verify_rows(),
          intercept_rows(), upstream_rows(), failure_rows(), record_rows(), monitor_rows()}) {
        table.insert(table.end(), rows.begin(), rows.end());
    }
    return table;
}

std::vector<SectionText> section_texts() {
    return {{"listen", "Where the proxy listens and what it asks of its clients."},
            {"trust", "What is trusted to vouch for servers. Everything here adds up."},
            {"repair", "How incomplete chains are completed."},
            {"egress", "What issuers may be fetched from."},
            {"connect", "What clients may reach."},
            {"verify", "How servers are judged."},
            {"intercept", "The proxy's own CA and what clients are shown."},
            {"upstream", "Connections to servers."},
            {"failure", "What a client sees of a refused server."},
            {"log", "The decision log."},
            {"history", "The memory of past decisions."},
            {"monitor", "Servers looked at on a schedule, and who is told."}};
}

}  // namespace chainmend::config
