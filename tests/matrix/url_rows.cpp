#include "tests/matrix/scenario.h"

namespace chainmend::test {
namespace {

/// sent: leaf with these URLs; the CA is at /ca
Scenario row(const std::string& name, std::vector<std::string> urls, Expectation expected) {
    return {name,
            [urls](Stage& s) {
                s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
                s.send(s.leaf(s.ca, urls));
            },
            std::move(expected)};
}

std::vector<std::string> gone(int n, std::vector<std::string> then = {}) {
    std::vector<std::string> urls;
    for (int i = 1; i <= n; ++i)
        urls.push_back("/gone" + std::to_string(i));
    urls.insert(urls.end(), then.begin(), then.end());
    return urls;
}

Requests gone_once(int n, Requests more = {}) {
    for (int i = 1; i <= n; ++i)
        more["/gone" + std::to_string(i)] = 1;
    return more;
}

}  // namespace

Scenarios url_rows() {
    const Lines mended = {L, "CA aia /ca", R};
    const auto unusable = refused("issuer_not_found", {L});
    return {
        row("TheFifth", gone(4, {"/ca"}), repaired(mended, gone_once(4, {{"/ca", 1}}))),
        row("NotTheSixth", gone(5, {"/ca"}), refused("issuer_not_found", {L}, gone_once(5))),
        row("NotTwoHundred", gone(200), refused("issuer_not_found", {L}, gone_once(5))),
        row("TheSameFiveTimes", {"/gone1", "/gone1", "/gone1", "/gone1", "/gone1", "/ca"},
            repaired(mended, {{"/gone1", 1}, {"/ca", 1}})),
        row("LdapAndHttpsOnly", {"ldap:///CN=CA?cACertificate?base", "https://issuer.test/ca"}, unusable),
        row("LdapAndHttpsFirst",
            {"ldap:///CN=CA?cACertificate?base", "https://issuer.test/ca", "ftp://issuer.test/ca", "/ca"},
            repaired(mended, {{"/ca", 1}})),
        row("FiveOtherSchemesCountForNothing",
            {"ldap:///1", "ldap:///2", "https://issuer.test/3", "ftp://issuer.test/4", "file:///5", "/ca"},
            repaired(mended, {{"/ca", 1}})),
        row("ALineBreakInIt", {"http://127.0.0.1:8080/ca\r\nX-Injected: yes"}, unusable),
        row("APasswordInIt", {"http://user:secret@127.0.0.1:8080/ca"}, unusable),
        row("AZoneInIt", {"http://[fe80::1%25lo]:8080/ca"}, unusable),
        row("NoHost", {"http:///ca"}, unusable),
        row("WithAQuery", {"/ca?download=1"},
            refused("issuer_not_found", {L}, {{"/ca?download=1", 1}}).fetches({"http_404 /ca?download=1"})),
        // CA points at itself, and its issuer is nowhere.
        {"PointingAtItself",
         [](Stage& s) {
             const auto ghost = Identity::root("Ghost");
             const auto ca = ghost.intermediate("CA", s.pointing_to({"/ca"}));
             s.issuers.serve("/ca", IssuerAnswer::der(ca.certificate()));
             s.send(s.leaf(ca, {"/ca"}));
         },
         refused("issuer_not_found", {L, "CA aia /ca"}, {{"/ca", 1}})},
        // A is signed by B and B by A.
        {"PointingAtEachOther",
         [](Stage& s) {
             const auto a = Identity::root("A");
             const auto b = Identity::root("B");
             const auto a_by_b = b.intermediate("A", s.pointing_to({"/b"}), a.key());
             const auto b_by_a = a.intermediate("B", s.pointing_to({"/a"}), b.key());
             s.issuers.serve("/a", IssuerAnswer::der(a_by_b.certificate()));
             s.issuers.serve("/b", IssuerAnswer::der(b_by_a.certificate()));
             s.send(s.leaf(a_by_b, {"/a"}));
         },
         refused("issuer_not_found", {L, "A aia /a", "B aia /b"}, {{"/a", 1}, {"/b", 1}})},
    };
}

}  // namespace chainmend::test
