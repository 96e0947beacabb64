#include "tests/matrix/scenario.h"

namespace chainmend::test {
namespace {

using Manner = IssuerAnswer::Manner;
const Lines mended = {L, "CA aia /ca", R};

/// sent: leaf      missing: CA, which is served so
Scenario form(const std::string& name, std::function<IssuerAnswer(Stage&)> answer) {
    return {name,
            [answer](Stage& s) {
                s.issuers.serve("/ca", answer(s));
                s.send(s.leaf(s.ca, {"/ca"}));
            },
            repaired(mended, {{"/ca", 1}}).fetches({"ok /ca"})};
}

IssuerAnswer typed(IssuerAnswer answer, const std::string& content_type) {
    answer.content_type = content_type;
    return answer;
}

/// A PKCS#7 bag with the CA behind these many that have nothing to do with it.
IssuerAnswer crowded_bag(Stage& s, int others) {
    std::vector<certs::CertificatePtr> bag;
    for (int i = 0; i < others; ++i)
        bag.push_back(s.stranger.intermediate("Other " + std::to_string(i)).certificate());
    bag.push_back(s.ca.certificate());
    return IssuerAnswer::pkcs7(bag);
}

std::string with_crlf(const std::string& text) {
    std::string result;
    for (const char c : text)
        result += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return result;
}

}  // namespace

Scenarios format_rows() {
    Scenarios rows = {
        form("Der", [](Stage& s) { return IssuerAnswer::der(s.ca.certificate()); }),
        form("Pem", [](Stage& s) { return IssuerAnswer::pem({s.ca.certificate()}); }),
        form("Pkcs7", [](Stage& s) { return IssuerAnswer::pkcs7({s.ca.certificate()}); }),
        form("Pkcs7WithRootAndCa",
             [](Stage& s) {
                 return IssuerAnswer::pkcs7({s.root.certificate(), s.ca.certificate()});
             }),
        form("Pkcs7WithFortyOthers", [](Stage& s) { return crowded_bag(s, 40); }),
        form("PemWithOthersAndText",
             [](Stage& s) {
                 return IssuerAnswer::text(
                     200, "# issuers\n" + s.stranger.pem() + "\nand then\n" + s.ca.pem(), "");
             }),
        form("PemWithCarriageReturns",
             [](Stage& s) { return IssuerAnswer::text(200, with_crlf(s.ca.pem()), "text/plain"); }),
        form("DerCalledHtml",
             [](Stage& s) { return typed(IssuerAnswer::der(s.ca.certificate()), "text/html"); }),
        form(
            "PemCalledDer",
            [](Stage& s) { return typed(IssuerAnswer::pem({s.ca.certificate()}), "application/pkix-cert"); }),
        form("Pkcs7CalledPem",
             [](Stage& s) {
                 return typed(IssuerAnswer::pkcs7({s.ca.certificate()}), "application/x-pem-file");
             }),
        form("DerWithoutAType", [](Stage& s) { return typed(IssuerAnswer::der(s.ca.certificate()), ""); }),
        form("Chunked", [](Stage& s) { return IssuerAnswer::der(s.ca.certificate()).with(Manner::chunked); }),
        form("ToTheEndOfTheConnection",
             [](Stage& s) { return IssuerAnswer::der(s.ca.certificate()).with(Manner::to_the_end); }),
    };
    // A bag with both missing levels needs one request.
    rows.push_back(
        {"Pkcs7WithTwoLevels",
         [](Stage& s) {
             const auto lower = s.ca.intermediate("Lower");
             s.issuers.serve("/bag", IssuerAnswer::pkcs7({s.ca.certificate(), lower.certificate()}));
             s.send(s.leaf(lower, {"/bag"}));
         },
         repaired({L, "Lower aia /bag", "CA aia /bag", R}, {{"/bag", 1}})});
    return rows;
}

}  // namespace chainmend::test
