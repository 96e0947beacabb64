#include "tests/matrix/scenario.h"

namespace chainmend::test {
namespace {

const Lines mended = {L, "CA aia /old", R};

/// sent: leaf      /old redirects to `location`, the CA is at /ca
Scenario row(const std::string& name, int status, const std::string& location, Expectation expected) {
    return {name,
            [status, location](Stage& s) {
                const std::string target =
                    location.starts_with("@") ? s.issuers.url(location.substr(1)) : location;
                s.issuers.serve("/old", IssuerAnswer::redirect(status, target));
                s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
                s.send(s.leaf(s.ca, {"/old"}));
            },
            std::move(expected)};
}

/// /old -> /r1 -> ... -> /rN -> /ca
Scenario hops(const std::string& name, int n, Expectation expected) {
    return {name,
            [n](Stage& s) {
                std::string from = "/old";
                for (int i = 1; i < n; ++i) {
                    const std::string to = "/r" + std::to_string(i);
                    s.issuers.serve(from, IssuerAnswer::redirect(302, s.issuers.url(to)));
                    from = to;
                }
                s.issuers.serve(from, IssuerAnswer::redirect(302, "/ca"));
                s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
                s.send(s.leaf(s.ca, {"/old"}));
            },
            std::move(expected)};
}

}  // namespace

Scenarios redirect_rows() {
    const auto followed = repaired(mended, {{"/old", 1}, {"/ca", 1}});
    const auto forbidden = refused("fetch_blocked", {L}, {{"/old", 1}}).fetches({"blocked /old"});
    const auto other_scheme = refused("issuer_not_found", {L}, {{"/old", 1}}).fetches({"blocked /old"});
    const auto no_use = refused("issuer_not_found", {L}, {{"/old", 1}});
    return {
        row("Moved301", 301, "@/ca", followed),
        row("Found302", 302, "@/ca", followed),
        row("SeeOther303", 303, "@/ca", followed),
        row("Temporary307", 307, "@/ca", followed),
        row("Permanent308", 308, "@/ca", followed),
        row("ToAPath", 301, "/ca", followed),
        row("ToANeighbour", 301, "ca", followed),
        row("ToItself", 301, "/old", no_use.fetches({"redirect_loop /old"})),
        row("ToNowhere", 302, "/nowhere",
            refused("issuer_not_found", {L}, {{"/old", 1}, {"/nowhere", 1}}).fetches({"http_404 /old"})),
        row("NotModified304", 304, "/ca", no_use.fetches({"http_304 /old"})),
        row("ToHttps", 301, "https://issuer.test/ca", other_scheme),
        row("ToAFile", 301, "file:///etc/ssl/certs/ca-certificates.crt", other_scheme),
        row("ToMetadata", 302, "http://169.254.169.254/latest/meta-data",
            forbidden.blocked_at("169.254.169.254:80")),
        row("ToMetadataInV6", 302, "http://[::ffff:169.254.169.254]/",
            forbidden.blocked_at("[::ffff:169.254.169.254]:80")),
        row("ToAnotherService", 302, "http://127.0.0.1:22/", forbidden.blocked_at("127.0.0.1:22")),
        row("WithAPassword", 302, "http://user:secret@127.0.0.1:8080/",
            no_use.fetches({"bad_response /old"})),
        hops("ThreeInARow", 3, repaired(mended, {{"/old", 1}, {"/r1", 1}, {"/r2", 1}, {"/ca", 1}})),
        hops("FourInARow", 4,
             refused("issuer_not_found", {L}, {{"/old", 1}, {"/r1", 1}, {"/r2", 1}, {"/r3", 1}})
                 .fetches({"redirect_loop /old"})),
        {"InACircle",
         [](Stage& s) {
             s.issuers.serve("/old", IssuerAnswer::redirect(301, "/new"));
             s.issuers.serve("/new", IssuerAnswer::redirect(301, "/old"));
             s.send(s.leaf(s.ca, {"/old"}));
         },
         refused("issuer_not_found", {L}, {{"/old", 1}, {"/new", 1}}).fetches({"redirect_loop /old"})},
        {"WithoutALocation",
         [](Stage& s) {
             s.issuers.serve("/old", IssuerAnswer::text(301, "gone elsewhere"));
             s.send(s.leaf(s.ca, {"/old"}));
         },
         no_use.fetches({"bad_response /old"})},
    };
}

}  // namespace chainmend::test
