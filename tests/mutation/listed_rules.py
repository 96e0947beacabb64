"""Rules of policy that run.py can not find by their form: which condition holds each of them, and which tests must notice
when it is gone. GONE stands for "taken away". A text that is not there exactly once is a mistake: whoever changes a rule
changes its line here.
"""
from typing import NamedTuple


class Rule(NamedTuple):
    what: str
    file: str
    text: str  # as it stands in the source
    gone: str  # the same with GONE in it
    tests: str  # PROGRAM:FILTER


def condition(what, file, text, tests):
    """`text` begins with "if (": it never holds when the rule is gone."""
    return Rule(what, file, text, text.replace("if (", "if (!GONE && ", 1), tests)


EXCEPTIONS = "certs_tests:Exceptions*"
DISTRUST = "certs_tests:Distrust*"
CONNECT = "proxy_tests:ConnectPolicy*"
EGRESS = "proxy_tests:EgressPolicy*"
RESUMPTION = "proxy_tests:Resumption*"
WISHES = "proxy_tests:ClientWishes*:Tunnels*:HostPolicyTest*"
REVOCATION = "proxy_tests:*Revocation*"
TLS = "tls_tests:*"

RULES = [
    condition("an exception is for one key", "certs/exception_rules.cpp", "if (exception->spki != key) {", EXCEPTIONS),
    condition("an exception ends", "certs/exception_rules.cpp", "if (at > exception->expires) {", EXCEPTIONS),
    Rule("an exception forgives what it names", "certs/exception_rules.cpp", "return exception.forgives.contains(",
         "return GONE || exception.forgives.contains(", EXCEPTIONS),
    Rule("distrust by certificate", "certs/distrust.cpp", "list_.fingerprints.contains(certificate.sha256())",
         "(!GONE && list_.fingerprints.contains(certificate.sha256()))", DISTRUST),
    Rule("distrust by key", "certs/distrust.cpp", "list_.fingerprints.contains(certificate.spki_sha256())",
         "(!GONE && list_.fingerprints.contains(certificate.spki_sha256()))", DISTRUST),
    condition("distrust by issuer and serial number", "certs/distrust.cpp", "if (!list_.issuer_and_serial.empty() &&",
              DISTRUST),
    Rule("distrust by subject and key", "certs/distrust.cpp", "return !list_.subject_and_key.empty() &&",
         "return !GONE && !list_.subject_and_key.empty() &&", DISTRUST),

    condition("the proxy is not connected to itself", "proxy/connect_policy.cpp", "if (is_own_listener(plain))", CONNECT),
    condition("nobody's addresses", "proxy/connect_policy.cpp", "if (is_nobodys(plain.address))", CONNECT),
    condition("metadata addresses", "proxy/connect_policy.cpp", "if (default_denials_ && reach == Reach::never)", CONNECT),
    condition("loopback for strangers", "proxy/connect_policy.cpp",
              "if (default_denials_ && deny_loopback_ && reach == Reach::loopback) {", CONNECT),
    condition("connect.deny", "proxy/connect_policy.cpp", "if (block.contains(plain))", CONNECT),
    Rule("connect.ports", "proxy/connect_policy.cpp", "if (!ports_ || ports_->empty() ||",
         "if (GONE || !ports_ || ports_->empty() ||", CONNECT),
    condition("refuse a host", "proxy/tunnel/connect_request.cpp", "if (policy.action == config::HostAction::refuse)",
              "proxy_tests:HostPolicyTest*"),
    Rule("the most specific rule holds", "proxy/policy/host_rules.cpp",
         "return specificity(a.pattern) > specificity(b.pattern);",
         "return !GONE && specificity(a.pattern) > specificity(b.pattern);", "proxy_tests:HostRules*:HostPolicyTest*"),
    condition("a refused host is no SNI either", "proxy/tunnel/tunnel.cpp",
              "if (const auto& policy = policy_for(identity.text());\n"
              "        identity != *identity_ && policy.action != config::HostAction::inspect) {", WISHES)._replace(
                  gone="if (const auto& policy = policy_for(identity.text());\n"
                       "        !GONE && identity != *identity_ && policy.action != config::HostAction::inspect) {"),
    condition("sni_mismatch", "proxy/tunnel/tunnel.cpp",
              'if (identity != *identity_ && snapshot_->settings.intercept.sni_mismatch == "refuse") {', WISHES),

    condition("egress: metadata addresses", "proxy/fetch/egress_policy.cpp", "if (reach == Reach::never)", EGRESS),
    condition("egress: the proxy itself", "proxy/fetch/egress_policy.cpp", "if (is_own_listener(target))", EGRESS),
    condition("egress.deny", "proxy/fetch/egress_policy.cpp", "if (const CidrPort* denied = find(deny_, target))", EGRESS)
    ._replace(gone="if (const CidrPort* denied = GONE ? nullptr : find(deny_, target))"),
    condition("egress: ports", "proxy/fetch/egress_policy.cpp",
              "if (!port_named && !is_usual_port(target.port) && target.port != another_port)", EGRESS),
    Rule("egress: nothing more private than the origin", "proxy/fetch/egress_policy.cpp",
         "if (allowed || privacy(reach) <= privacy(origin))", "if (GONE || allowed || privacy(reach) <= privacy(origin))",
         EGRESS),

    Rule("resumed with the same server", "proxy/tunnel/resumption_cache.cpp",
         "Key key = server.host.text() + ':' + std::to_string(server.port) + '\\0';",
         "Key key = (GONE ? std::string() : server.host.text() + ':' + std::to_string(server.port)) + '\\0';", RESUMPTION),
    Rule("resumed under the same name", "proxy/tunnel/resumption_cache.cpp", "+ identity.text() + '\\0';",
         "+ (GONE ? std::string() : identity.text()) + '\\0';", RESUMPTION),
    Rule("resumed for the same protocols", "proxy/tunnel/resumption_cache.cpp", "for (const auto& protocol : protocols)",
         "for (const auto& protocol : GONE ? std::vector<std::string>() : protocols)", RESUMPTION),
    Rule("never resumed across a reload", "proxy/tunnel/resumption_cache.cpp", "std::to_string(snapshot.generation)",
         "std::to_string(GONE ? 0 : snapshot.generation)", RESUMPTION),
    Rule("a resumption's verdict is judged again", "proxy/tunnel/resumption_cache.cpp",
         "return !VerdictCache::holds(*one.verdict, now, {});",
         "return !GONE && !VerdictCache::holds(*one.verdict, now, {});", RESUMPTION),
    condition("a verdict ends with its revocation evidence", "proxy/tunnel/verdict_cache.cpp",
              "if (verdict.revocation.recheck_at && now >= *verdict.revocation.recheck_at)",
              "proxy_tests:Verdicts*:Resumption*:*Revocation*"),
    condition("a refused verdict is forgotten", "proxy/tunnel/verdict_cache.cpp", "if (!verdict.accepted())",
              "proxy_tests:Verdicts*"),
    Rule("a verdict ends with its certificates", "proxy/tunnel/verdict_cache.cpp", "now <= verdict.expires->at",
         "(GONE || now <= verdict.expires->at)", "proxy_tests:Verdicts*:Resumption*"),

    Rule("the staple of TLS 1.2 is judged", "proxy/tunnel/upstream_dial.cpp",
         "if (is_final || policy().revocation == certs::RevocationMode::off) return succeed();",
         "if (GONE || is_final || policy().revocation == certs::RevocationMode::off) return succeed();", REVOCATION),
    Rule("revocation is checked", "proxy/tunnel/upstream_dial.cpp",
         "if (!verdict.accepted() || policy().revocation == certs::RevocationMode::off)",
         "if (GONE || !verdict.accepted() || policy().revocation == certs::RevocationMode::off)", REVOCATION),
    Rule("an old response is not used", "proxy/files/revocation_store.cpp",
         "if (entry == entries_.end() || entry->second.until < now)",
         "if (entry == entries_.end() || (!GONE && entry->second.until < now))", REVOCATION),

    Rule("ALPN as offered", "tls/upstream_session.cpp", "return selected.empty() ||", "return GONE || selected.empty() ||",
         TLS),
    Rule("the verdict decides", "tls/upstream_session.cpp", "if (verdict.reason == certs::Reason::ok) return 1;",
         "if (GONE || verdict.reason == certs::Reason::ok) return 1;", TLS),
    Rule("the oldest version", "tls/context.cpp", "SSL_CTX_set_min_proto_version(ctx, version_number(minimum))",
         "SSL_CTX_set_min_proto_version(ctx, GONE ? TLS1_VERSION : version_number(minimum))", TLS),
    Rule("forward secrecy and AEAD only", "tls/context.cpp", "(old ? older : std::string(suites_floor))",
         "(old || GONE ? older : std::string(suites_floor))", TLS),
    Rule("no SHA-1 in handshakes", "tls/context.cpp", '(old ? signature_algorithms_1_0 : "")',
         '(old || GONE ? signature_algorithms_1_0 : "")', TLS),
    Rule("a staple is asked for", "tls/upstream_session.cpp",
         "SSL_CTX_set_tlsext_status_type(*made, TLSEXT_STATUSTYPE_ocsp);",
         "if (!GONE) SSL_CTX_set_tlsext_status_type(*made, TLSEXT_STATUSTYPE_ocsp);", TLS),
]
