#include "proxy/audit/fix_report.h"

#include <nlohmann/json.hpp>

#include "certs/evidence.h"
#include "proxy/audit/client_messages.h"
#include "proxy/audit/explanation.h"
#include "proxy/clients/shell_text.h"
#include "proxy/report/advice.h"
#include "proxy/report/verdict_json.h"
#include "proxy/report/verdict_text.h"

namespace chainmend::proxy {
namespace {

using certs::How;
using certs::Reason;
using certs::Verdict;
using Kind = Document::Kind;

bool reached_anchor(const Verdict& verdict) {
    return !verdict.path.empty() && verdict.path.back().source == certs::Source::trust;
}

/// Refusals that another certificate mends and no other chain does.
bool leaf_must_go(const Verdict& verdict) {
    if (verdict.accepted()) return false;
    switch (verdict.failure.reason) {
        case Reason::issuer_not_found:
        case Reason::untrusted_root:
        case Reason::fetch_limit:
        case Reason::fetch_blocked:
            return false;
        default:
            return verdict.failure.depth == 0;
    }
}

std::string problem(const SeenServer& server) {
    const auto& verdict = *server.verdict;
    const auto name = server_name(server.host, server.port);
    if (!verdict.accepted()) return name + " is refused: " + verdict.failure.detail + ".";
    switch (verdict.how.value_or(How::as_sent)) {
        case How::repaired:
            return name + " does not send its whole chain: " + std::to_string(verdict.missing.size()) +
                   (verdict.missing.size() == 1 ? " certificate is" : " certificates are") +
                   " missing. Browsers fetch or know what is missing; other clients fail.";
        case How::alternate_path:
            return name +
                   " sends a chain that does not verify; there is a better one for the same certificate.";
        case How::reordered:
            return name + " sends its certificates in the wrong order.";
        case How::by_exception:
            return name + " is reached only by an exception.";
        case How::as_sent:
            break;
    }
    if (!verdict.superfluous.empty()) return name + " sends certificates that nobody needs.";
    return name + " sends the right chain. There is nothing to repair.";
}

std::vector<std::string> sent_lines(const Verdict& verdict) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < verdict.presented.size(); ++i) {
        const auto& certificate = *verdict.presented[i];
        lines.push_back(std::to_string(i) + "  subject=" + certificate.subject());
        lines.push_back("   issuer=" + certificate.issuer());
        lines.push_back("   " + validity_text(certificate, verdict.at));
    }
    if (lines.empty()) lines.push_back("nothing that could be read");
    return lines;
}

std::vector<std::string> missing_lines(const Verdict& verdict) {
    std::vector<std::string> lines;
    for (const auto& issuer : verdict.missing)
        lines.push_back(issuer.subject +
                        (issuer.key_id.empty() ? "" : ", subject key identifier " + issuer.key_id));
    return lines;
}

std::vector<std::string> superfluous_lines(const Verdict& verdict) {
    std::vector<std::string> lines;
    for (const auto& certificate : verdict.superfluous)
        lines.push_back(certificate->subject() + " [" + certs::short_fingerprint(*certificate) + "]");
    return lines;
}

void add_server_lines(Document& document, const std::string& host) {
    const std::string directory = "/etc/ssl/" + host;
    document.section("nginx").add(Kind::code, {"ssl_certificate     " + directory + "/fullchain.pem;",
                                               "ssl_certificate_key " + directory + "/privkey.pem;",
                                               "# then: nginx -t && nginx -s reload"});
    document.section("Apache httpd 2.4.8 and later")
        .add(Kind::code,
             {"SSLCertificateFile    " + directory + "/fullchain.pem",
              "SSLCertificateKeyFile " + directory + "/privkey.pem",
              "# without SSLCertificateChainFile; then: apachectl configtest && apachectl graceful"});
    document.section("HAProxy").add(Kind::code,
                                    {"# cat fullchain.pem privkey.pem > " + directory + "/haproxy.pem",
                                     "bind :443 ssl crt " + directory + "/haproxy.pem"});
    document.section("IIS").add(
        Kind::code,
        {"# Windows sends the intermediates that it finds in this store; save those of fullchain.pem as .cer "
         "files",
         "Import-Certificate -FilePath intermediate.cer -CertStoreLocation Cert:\\LocalMachine\\CA",
         "# then bind the certificate again: netsh http show sslcert, iisreset"});
    document.section("Tomcat 8.5 and later")
        .add(Kind::code, {"<Connector port=\"443\" SSLEnabled=\"true\">", "  <SSLHostConfig>",
                          "    <Certificate certificateFile=\"" + directory + "/cert.pem\"",
                          "                 certificateChainFile=\"" + directory + "/chain.pem\"",
                          "                 certificateKeyFile=\"" + directory + "/privkey.pem\" />",
                          "  </SSLHostConfig>", "</Connector>",
                          "# cert.pem is the first certificate of fullchain.pem, chain.pem the others"});
}

/// What `openssl s_client` is told about the server: where it is, and its name, which it is to show and
/// prove.
std::string connection(const SeenServer& server, bool verify) {
    const bool is_address = server.host.find(':') != std::string::npos ||
                            server.host.find_first_not_of("0123456789.") == std::string::npos;
    std::string text = "openssl s_client -connect " + server_name(server.host, server.port);
    if (!is_address) text += " -servername " + server.host;
    if (verify) text += (is_address ? " -verify_ip " : " -verify_hostname ") + server.host;
    return text;
}

/// The anchor that the server's chain leads to; of a refused one that ended before, the anchor that was found
/// for it. Null when the chain leads nowhere.
const certs::PathElement* anchor_of(const Verdict& verdict) {
    if (reached_anchor(verdict)) return &verdict.path.back();
    if (!verdict.evidence) return nullptr;
    for (const auto& issuer : verdict.evidence->issuers) {
        if (issuer.element.source == certs::Source::trust) return &issuer.element;
    }
    return nullptr;
}

/// The anchor as OpenSSL is told of it; nothing when it is one of the system's, which OpenSSL knows.
std::string anchor_option(const certs::PathElement& anchor) {
    if (anchor.origin.empty() || anchor.origin == "system") return "";
    return " -CAfile " + sh_quoted(anchor.origin) +
           (anchor.certificate->is_self_signed() ? "" : " -partial_chain");
}

/// The first fails today and passes when the server is repaired.
std::vector<std::string> proving_commands(const SeenServer& server) {
    const auto& verdict = *server.verdict;
    const auto chain = right_chain(verdict);
    const bool only_form =
        verdict.accepted() && verdict.missing.empty() && !chain.empty() && verdict.how != How::by_exception;
    if (only_form) {
        // Clients sort, so nothing but a comparison shows the wrong order or what is too much.
        return {connection(server, false) +
                    " -showcerts </dev/null 2>/dev/null | sed -n '/-BEGIN CERT/,/-END CERT/p' | cmp - "
                    "fullchain.pem",
                "# fullchain.pem is the one above; must print nothing and end with 0"};
    }
    if (!openssl_notices(verdict)) {
        return {"chainmend check " + server_name(server.host, server.port),
                "# OpenSSL does not notice what is wrong; this must end with 0"};
    }
    const auto* anchor = anchor_of(verdict);
    std::vector<std::string> commands{connection(server, true) + (anchor ? anchor_option(*anchor) : "") +
                                          " -verify_return_error </dev/null",
                                      "# must end with: Verify return code: 0 (ok)"};
    if (!anchor) commands.push_back("# and, when its root is a private one, with -CAfile FILE: that root");
    return commands;
}

}  // namespace

bool needs_fix(const Verdict& verdict) {
    return !verdict.accepted() || verdict.how != How::as_sent || !verdict.superfluous.empty();
}

std::string right_chain(const Verdict& verdict) {
    if (!reached_anchor(verdict) || leaf_must_go(verdict)) return "";
    if (!verdict.accepted() && verdict.failure.depth > 0 &&
        verdict.failure.depth + 1 < static_cast<int>(verdict.path.size()))
        return "";  // an intermediate is at fault and no better one is known
    std::string pem;
    for (std::size_t i = 0; i < verdict.path.size(); ++i) {
        // An anchor that is no root is an intermediate to everybody who trusts what is above it.
        if (i > 0 && i + 1 == verdict.path.size() && verdict.path[i].certificate->is_self_issued()) break;
        pem += verdict.path[i].certificate->pem();
    }
    return pem;
}

Document fix_report(const SeenServer& server) {
    const auto& verdict = *server.verdict;
    Document document{"The certificate chain of " + server_name(server.host, server.port), {}};
    auto& first =
        document.section("What is wrong").add(Kind::text, {problem(server), "Seen " + server.seen + "."});
    const std::string advice = verdict.accepted() ? "" : advice_for(verdict);
    if (!advice.empty()) first.add(Kind::text, {advice});
    document.section("What the server sent").add(Kind::code, sent_lines(verdict));
    document.section("What is missing").add(Kind::list, missing_lines(verdict));
    document.section("What need not be sent").add(Kind::list, superfluous_lines(verdict));
    if (!needs_fix(verdict)) return document;
    const auto chain = right_chain(verdict);
    if (!chain.empty()) {
        document.section("The right fullchain.pem")
            .add(Kind::text,
                 {"The server's certificate and the intermediates, in this order, without the root "
                  "(RFC 8446 section 4.4.2). The key stays as it is."})
            .add(Kind::file, lines_of(chain));
        add_server_lines(document, server.host);
    }
    document.section("To prove it").add(Kind::code, proving_commands(server));
    document.section("Who fails today").add(Kind::list, client_messages(verdict));
    return document;
}

Json fix_json(const SeenServer& server) {
    const auto& verdict = *server.verdict;
    return {{"v", 1},
            {"host", server.host},
            {"port", server.port},
            {"seen", server.seen},
            {"needs_fix", needs_fix(verdict)},
            {"problem", problem(server)},
            {"reason", certs::to_string(verdict.failure.reason)},
            {"how", verdict.how ? Json(certs::to_string(*verdict.how)) : Json(nullptr)},
            {"sent", fingerprints_json(verdict.presented)},
            {"missing", missing_json(verdict.missing)},
            {"unused", fingerprints_json(verdict.superfluous)},
            {"fullchain", right_chain(verdict)},
            {"clients", Json(client_messages(verdict))},
            {"prove", proving_commands(server).front()}};
}

}  // namespace chainmend::proxy
