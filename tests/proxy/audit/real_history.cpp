#include "tests/proxy/audit/real_history.h"

#include "config/sha256_text.h"
#include "tests/support/revocation.h"

namespace chainmend::test {
namespace {

using std::chrono::days;

CertificateSpec valid(Time from, Time until) {
    CertificateSpec spec;
    spec.not_before = from;
    spec.not_after = until;
    return spec;
}

}  // namespace

void RealHistory::visit_every_kind() {
    // CAs that were there when the certificates that have expired by now were good.
    root = Identity::root("Test Root", valid(noon() - days{400}, noon() + days{400}));
    ca1 = root.intermediate("Test CA 1", valid(noon() - days{300}, noon() + days{300}));
    excepted_ = ca1.leaf("excepted.test", valid(noon() - days{90}, noon() - days{3}));
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    start_with_pages([this](config::Settings& settings) { add_rules(settings); });
    complete_kinds();
    incomplete_kinds();
    broken_kinds();
    kinds_by_rule();
    unreachable_kinds();
    settle();
}

void RealHistory::settle() {
    for (const auto& [kind, id] : ids_)
        EXPECT_EQ(page("/d/" + id).rfind("HTTP/1.1 200 ", 0), 0U) << kind;
}

/// The id of the decision that this request brings: the refusal names it, else the newest line of the log
/// does.
std::string RealHistory::ask_for(const std::string& kind, const std::string& authority) {
    const auto before = proxy->decisions().size();
    ProxyClient client(proxy->address());
    const auto head = client.connect(authority);
    const auto at = head.find("/d/");
    auto found = proxy->decisions();
    for (int i = 0; i < 2000 && found.size() <= before; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        found = proxy->decisions();
    }
    if (found.size() <= before) throw std::runtime_error("no decision was logged for " + kind);
    return ids_[kind] = at != std::string::npos ? head.substr(at + 3, 8)
                                                : found.back()["chainmend"]["id"].get<std::string>();
}

void RealHistory::serve(const std::string& kind, OriginOptions options, const std::string& host) {
    origins_.push_back(std::make_unique<Origin>(std::move(options)));
    servers_[kind] = target(*origins_.back(), host);
    ask_for(kind, servers_[kind]);
}

void RealHistory::complete_kinds() {
    const auto ca2 = ca1.intermediate("Test CA 2");
    const auto other = root.intermediate("Test CA 3");
    serve("as_sent", OriginOptions::of(leaf(), {ca1.certificate()}));
    serve("superfluous", OriginOptions::of(leaf(), {ca1.certificate(), other.certificate()}));
    serve("reordered", OriginOptions::of(ca2.leaf("leaf.test"), {ca1.certificate(), ca2.certificate()}));
    serve("other_name", OriginOptions::of(leaf({}, "other.test"), {ca1.certificate()}), "other.test");
}

void RealHistory::incomplete_kinds() {
    serve("gone", OriginOptions::of(root.intermediate("Gone CA").leaf("leaf.test", [this] {
              CertificateSpec spec;
              spec.ca_issuers = {issuers.url("/gone")};
              return spec;
          }())));
    serve("nothing_to_ask", OriginOptions::of(root.intermediate("Silent CA").leaf("leaf.test")));
    serve("not_http", OriginOptions::of(root.intermediate("Directory CA").leaf("leaf.test", [] {
              CertificateSpec spec;
              spec.ca_issuers = {"ldap://directory.test/ca"};
              return spec;
          }())));
    serve("fetched", OriginOptions::of(leaf({"/ca1"})));
    serve("stored", OriginOptions::of(leaf({"/ca1"})));
    const auto ca2 = root.intermediate("Test CA 2");
    issuers.serve("/ca2", IssuerAnswer::der(ca2.certificate()));
    const auto expired =
        root.intermediate("Test CA 2", valid(noon() - days{300}, noon() - days{3}), ca2.key());
    CertificateSpec spec;
    spec.ca_issuers = {issuers.url("/ca2")};
    serve("alternate_path", OriginOptions::of(ca2.leaf("leaf.test", spec), {expired.certificate()}));
}

void RealHistory::broken_kinds() {
    const auto sent = [this](const CertificateSpec& spec) {
        return OriginOptions::of(ca1.leaf("leaf.test", spec), {ca1.certificate()});
    };
    serve("expired", sent(valid(noon() - days{90}, noon() - days{3})));
    serve("not_yet_valid", sent(valid(noon() + days{3}, noon() + days{90})));
    serve("host_mismatch", OriginOptions::of(leaf({}, "other.test"), {ca1.certificate()}));
    CertificateSpec no_san;
    no_san.san_is_common_name = false;
    serve("no_san", sent(no_san));
    CertificateSpec for_mail;
    for_mail.extended_key_usage = "emailProtection";
    serve("bad_eku", sent(for_mail));
    CertificateSpec odd;
    odd.extensions = {{"1.2.3.4", "critical,DER:0500"}};
    serve("unknown_critical_extension", sent(odd));
    const auto stranger = Identity::root("Stranger Root");
    serve("untrusted_root", OriginOptions::of(stranger.leaf("leaf.test"), {stranger.certificate()}));
    const auto no_ca = ca1.leaf("no.test");
    serve("not_a_ca", OriginOptions::of(no_ca.leaf("leaf.test"), {no_ca.certificate(), ca1.certificate()}));
    CertificateSpec flat;
    flat.path_length = 0;
    const auto last = root.intermediate("Last CA", flat);
    const auto too_deep = last.intermediate("Too Deep CA");
    serve("path_length",
          OriginOptions::of(too_deep.leaf("leaf.test"), {too_deep.certificate(), last.certificate()}));
    CertificateSpec narrow;
    narrow.name_constraints = "critical,permitted;DNS:.corp.test";
    const auto narrow_ca = root.intermediate("Narrow CA", narrow);
    serve("name_constraint", OriginOptions::of(narrow_ca.leaf("leaf.test"), {narrow_ca.certificate()}));
}

void RealHistory::add_rules(config::Settings& settings) const {
    for (const char* name : {"pinned.test", "excepted.test", "passed.test", "stapled.test"})
        settings.upstream.resolve[name] = "127.0.0.1";
    config::HostRule pinned;
    pinned.match = {"pinned.test"};
    pinned.pins = {to_base64(root.intermediate("Never Seen CA").certificate()->spki_sha256())};
    config::HostRule passed;
    passed.match = {"passed.test"};
    passed.action = config::HostAction::pass;
    settings.hosts = {pinned, passed};
    config::ExceptionRule excepted;
    excepted.host = "excepted.test";
    excepted.spki = to_base64(excepted_->certificate()->spki_sha256());
    excepted.reason = "renewal is late";
    excepted.owner = "ops";
    excepted.expires = to_date(noon() + days{10});
    excepted.forgives = {"expired"};
    settings.exceptions = {excepted};
}

void RealHistory::kinds_by_rule() {
    const auto sent = [this](const std::string& name, CertificateSpec spec = {}) {
        return OriginOptions::of(ca1.leaf(name, std::move(spec)), {ca1.certificate()});
    };
    serve("pin_mismatch", sent("pinned.test"), "pinned.test");
    serve("by_exception", OriginOptions::of(*excepted_, {ca1.certificate()}), "excepted.test");
    serve("passed", sent("passed.test"), "passed.test");
    CertificateSpec stapled;
    stapled.extensions = {{"tlsfeature", "status_request"}};
    serve("staple_required", sent("stapled.test", stapled), "stapled.test");
    const auto revoked = ca1.leaf("stapled.test");
    ResponseDraft draft;
    draft.status = ResponseDraft::Status::revoked;
    auto options = OriginOptions::of(revoked, {ca1.certificate()});
    options.staple = forge_response(*revoked.certificate(), ca1, draft);
    serve("revoked", std::move(options), "stapled.test");
}

void RealHistory::unreachable_kinds() {
    const ClosedPort closed;
    ask_for("connection_refused", "leaf.test:" + closed.address().substr(closed.address().find(':') + 1));
    for (const auto& [kind, behaviour] : {std::pair{"not_tls", OriginBehaviour::greet},
                                          std::pair{"connection_terminated", OriginBehaviour::close}}) {
        OriginOptions options;
        options.behaviour = behaviour;
        options.body = "SSH-2.0-OpenSSH_9.2\r\n";
        serve(kind, std::move(options));
    }
    ask_for("bad_request", "not an authority");
    ask_for("destination_denied", "169.254.169.254:80");
}

}  // namespace chainmend::test
