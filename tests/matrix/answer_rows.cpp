#include "tests/matrix/scenario.h"

namespace chainmend::test {
namespace {

using Manner = IssuerAnswer::Manner;
using std::chrono::days;
using std::chrono::milliseconds;

/// What is at "/bad", and what a fetch of it comes to.
struct Bad {
    std::string name;
    std::function<IssuerAnswer(Stage&)> answer;
    std::string result;
    bool slow = false;  ///< ends by its timeout only
};

IssuerAnswer der(const Identity& identity) {
    return IssuerAnswer::der(identity.certificate());
}

IssuerAnswer raw(std::string_view text) {
    return IssuerAnswer::text(200, text).with(Manner::raw);
}

/// `begin` as it is, and `refrain` behind it for ever.
IssuerAnswer for_ever(std::string_view begin, std::string refrain) {
    IssuerAnswer answer = raw(begin);
    answer.refrain = std::move(refrain);
    return answer;
}

IssuerAnswer slowly(IssuerAnswer answer, Manner manner) {
    answer.manner = manner;
    answer.interval = milliseconds{50};
    return answer;
}

IssuerAnswer with_absurd_headers(Stage& s) {
    IssuerAnswer answer = der(s.ca);
    for (int i = 0; i < 2000; ++i)
        answer.headers.emplace_back("X-Absurd-" + std::to_string(i), std::string(50, 'a'));
    return answer;
}

IssuerAnswer half(Stage& s) {
    IssuerAnswer answer = der(s.ca);
    answer.body.resize(answer.body.size() / 2);
    return answer;
}

std::vector<Bad> bad_answers() {
    return {
        {"NotFound", [](Stage&) { return IssuerAnswer::not_found(); }, "http_404"},
        {"ServerError", [](Stage&) { return IssuerAnswer::text(500, "oops"); }, "http_500"},
        {"ErrorWithAGoodBody",
         [](Stage& s) {
             IssuerAnswer answer = der(s.ca);
             answer.status = 403;
             return answer;
         },
         "http_403"},
        {"NoContent", [](Stage&) { return IssuerAnswer::text(204, ""); }, "http_204"},
        {"Html", [](Stage&) { return IssuerAnswer::text(200, "<html>please log in</html>"); }, "unparsable"},
        {"Empty", [](Stage&) { return IssuerAnswer::text(200, ""); }, "empty"},
        {"Garbage",
         [](Stage&) {
             return IssuerAnswer::text(200, "\x30\x82\xff\xff\x01garbage", "application/pkix-cert");
         },
         "unparsable"},
        {"HalfACertificate", half, "unparsable"},
        {"Gzip", [](Stage& s) { return der(s.ca).gzipped(); }, "compressed"},
        {"Huge",
         [](Stage& s) {
             IssuerAnswer answer = der(s.ca);
             answer.body.resize(200'000);
             return answer;
         },
         "too_large"},
        {"Endless", [](Stage& s) { return der(s.ca).with(Manner::endless); }, "too_large"},
        {"InterimAnswersWithoutEnd", [](Stage&) { return for_ever("", "HTTP/1.1 100 \r\n\r\n"); },
         "too_large"},
        {"EmptyLinesWithoutEnd", [](Stage&) { return for_ever("", "\r\n"); }, "too_large"},
        {"SpacesWithoutEnd", [](Stage&) { return for_ever("HTTP/1.1 200 OK\r\nX: ", " "); }, "too_large"},
        {"AChunkExtensionWithoutEnd",
         [](Stage&) { return for_ever("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=", "b"); },
         "too_large"},
        {"ClosedWithoutAWord", [](Stage& s) { return der(s.ca).with(Manner::close); }, "truncated"},
        {"Reset", [](Stage& s) { return der(s.ca).with(Manner::reset); }, "truncated"},
        {"ShorterThanItSays", [](Stage& s) { return der(s.ca).with(Manner::too_long); }, "truncated"},
        {"LongerThanItSays", [](Stage& s) { return der(s.ca).with(Manner::too_short); }, "unparsable"},
        {"AbsurdHeaders", with_absurd_headers, "too_large"},
        {"NotHttp", [](Stage&) { return raw("SSH-2.0-OpenSSH_9.2p1\r\n"); }, "bad_response"},
        {"TwoLengths",
         [](Stage&) { return raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"); },
         "bad_response"},
        {"Unrelated", [](Stage& s) { return der(s.stranger.intermediate("Other CA")); }, "wrong_issuer"},
        {"ANamesake", [](Stage& s) { return der(s.root.intermediate("CA")); }, "wrong_issuer"},
        {"TheRoot", [](Stage& s) { return der(s.root); }, "wrong_issuer"},
        {"Hanging", [](Stage& s) { return der(s.ca).with(Manner::hang); }, "timeout", true},
        {"Dripping", [](Stage& s) { return slowly(der(s.ca), Manner::slow); }, "timeout", true},
        {"DrippingHead", [](Stage& s) { return slowly(der(s.ca), Manner::slow_head); }, "timeout", true},
    };
}

/// sent: leaf, with the URLs /bad and /ca
Scenario then_a_good_one(const Bad& bad) {
    auto expected = repaired({L, "CA aia /ca", R}, {{"/bad", 1}, {"/ca", 1}});
    expected.fetched = {(bad.slow ? "not_attempted" : bad.result) + " /bad", "ok /ca"};
    return {bad.name + "ThenAGoodOne",
            [bad](Stage& s) {
                if (bad.slow) s.hedge_after(milliseconds{150});
                s.issuers.serve("/bad", bad.answer(s));
                s.issuers.serve("/ca", der(s.ca));
                s.send(s.leaf(s.ca, {"/bad", "/ca"}));
            },
            expected};
}

/// sent: leaf, with the URL /bad alone
Scenario alone(const Bad& bad) {
    return {bad.name + "Alone",
            [bad](Stage& s) {
                if (bad.slow)
                    s.adjust([](config::Settings& settings) {
                        settings.egress.timeout = std::chrono::seconds{1};
                    });
                s.issuers.serve("/bad", bad.answer(s));
                s.send(s.leaf(s.ca, {"/bad"}));
            },
            refused("issuer_not_found", {L}, {{"/bad", 1}}).fetches({bad.result + " /bad"})};
}

/// What bears the right name and key, verifies the leaf, and must not be on a path.
Scenarios useless_issuers() {
    struct Useless {
        std::string name;
        std::function<Identity(Stage&)> make;
        std::string reason;
    };
    const std::vector<Useless> all = {
        {"AnExpiredIssuer",
         [](Stage& s) {
             CertificateSpec spec;
             spec.not_before = noon() - days{400};
             spec.not_after = noon() - days{1};
             return s.root.intermediate("CA", spec, s.ca.key());
         },
         "expired"},
        {"AnIssuerThatIsNoCa",
         [](Stage& s) {
             CertificateSpec spec;
             spec.common_name = "CA";
             return s.root.issue(spec, s.ca.key());
         },
         "not_a_ca"},
        {"AnIssuerForClientsOnly",
         [](Stage& s) {
             CertificateSpec spec;
             spec.extended_key_usage = "clientAuth";
             return s.root.intermediate("CA", spec, s.ca.key());
         },
         "bad_eku"},
    };
    Scenarios rows;
    for (const Useless& useless : all) {
        rows.push_back({useless.name + "Alone",
                        [useless](Stage& s) {
                            s.issuers.serve("/bad", der(useless.make(s)));
                            s.send(s.leaf(s.ca, {"/bad"}));
                        },
                        refused(useless.reason, {L, "CA aia /bad"}, {{"/bad", 1}})});
        rows.push_back({useless.name + "ThenAGoodOne",
                        [useless](Stage& s) {
                            s.issuers.serve("/bad", der(useless.make(s)));
                            s.issuers.serve("/ca", der(s.ca));
                            s.send(s.leaf(s.ca, {"/bad", "/ca"}));
                        },
                        repaired({L, "CA aia /ca", R}, {{"/bad", 1}, {"/ca", 1}})});
    }
    return rows;
}

}  // namespace

Scenarios answer_rows() {
    Scenarios rows = useless_issuers();
    for (const Bad& bad : bad_answers()) {
        rows.push_back(then_a_good_one(bad));
        rows.push_back(alone(bad));
    }
    // The first URL leads to an issuer below an untrusted root, the second to the one below a trusted.
    rows.push_back({"ACrossSignByAStrangerThenAGoodOne",
                    [](Stage& s) {
                        s.issuers.serve("/bad", der(s.stranger.cross_sign(s.ca, {})));
                        s.issuers.serve("/ca", der(s.ca));
                        s.send(s.leaf(s.ca, {"/bad", "/ca"}));
                    },
                    repaired({L, "CA aia /ca", R}, {{"/bad", 1}, {"/ca", 1}})});
    rows.push_back(
        {"RefusedThenAGoodOne",
         [](Stage& s) {
             s.issuers.serve("/ca", der(s.ca));
             s.send(s.leaf(s.ca, {s.closed.url("/bad"), "/ca"}));
         },
         repaired({L, "CA aia /ca", R}, {{"/ca", 1}}).fetches({"connection_refused /bad", "ok /ca"})});
    rows.push_back({"RefusedAlone", [](Stage& s) { s.send(s.leaf(s.ca, {s.closed.url("/bad")})); },
                    refused("issuer_not_found", {L}).fetches({"connection_refused /bad"})});
    rows.push_back(
        {"FourHangingThenAGoodOne",
         [](Stage& s) {
             s.hedge_after(milliseconds{150});
             for (const char* path : {"/1", "/2", "/3", "/4"})
                 s.issuers.serve(path, der(s.ca).with(Manner::hang));
             s.issuers.serve("/ca", der(s.ca));
             s.send(s.leaf(s.ca, {"/1", "/2", "/3", "/4", "/ca"}));
         },
         repaired({L, "CA aia /ca", R}, {{"/1", 1}, {"/2", 1}, {"/3", 1}, {"/4", 1}, {"/ca", 1}})});
    rows.push_back(
        {"AllHangingUntilTheBudgetIsSpent",
         [](Stage& s) {
             s.hedge_after(milliseconds{150});
             s.adjust([](config::Settings& settings) { settings.repair.budget = std::chrono::seconds{2}; });
             for (const char* path : {"/1", "/2"})
                 s.issuers.serve(path, der(s.ca).with(Manner::hang));
             s.send(s.leaf(s.ca, {"/1", "/2"}));
         },
         refused("fetch_limit", {L}, {{"/1", 1}, {"/2", 1}}).fetches({"timeout /1", "timeout /2"})});
    return rows;
}

}  // namespace chainmend::test
