#include "tests/matrix/scenario.h"

namespace chainmend::test {
namespace {

/// sent: leaf and some of "CA 1".."CA n"; those not sent are fetched.
Scenario ladder_row(const std::string& name, int n, std::vector<int> sent, Expectation expected) {
    return {name,
            [n, sent](Stage& s) {
                const auto up = ladder(s, n);
                std::vector<Identity> chain;
                for (const int i : sent)
                    chain.push_back(up[static_cast<std::size_t>(i - 1)]);
                s.send(s.leaf(up.front(), {"/1"}), chain);
            },
            std::move(expected)};
}

Lines mended(int n) {
    Lines lines = rungs(n);
    lines.push_back(R);
    return lines;
}

Requests each_once(int n) {
    Requests requests;
    for (int i = 1; i <= n; ++i)
        requests["/" + std::to_string(i)] = 1;
    return requests;
}

}  // namespace

Scenarios level_rows() {
    return {
        ladder_row("OneMissing", 1, {}, repaired(mended(1), each_once(1))),
        ladder_row("TwoMissing", 2, {}, repaired(mended(2), each_once(2))),
        ladder_row("ThreeMissing", 3, {}, repaired(mended(3), each_once(3))),
        ladder_row("OnlyTheUpperMissing", 2, {1},
                   repaired({L, "CA 1 server", "CA 2 aia /2", R}, {{"/2", 1}})),
        ladder_row("OnlyTheLowerMissing", 2, {2},
                   repaired({L, "CA 1 aia /1", "CA 2 server", R}, {{"/1", 1}})),
        ladder_row("TheMiddleMissing", 3, {3, 1},
                   repaired({L, "CA 1 server", "CA 2 aia /2", "CA 3 server", R}, {{"/2", 1}})),
        // Eight fetches and eight intermediates are as many as there may be.
        ladder_row("EightMissing", 8, {}, repaired(mended(8), each_once(8))),
        ladder_row("TwelveMissing", 12, {}, refused("fetch_limit", rungs(8), each_once(8))),
        // Seven are fetched below the root, which ends it: the URL in the last one is not looked at.
        {"TheFirstAnchorEndsIt",
         [](Stage& s) {
             const auto ca = s.root.intermediate("CA", s.pointing_to({"/older-root"}));
             const auto older = s.stranger.cross_sign(s.root, {});
             s.issuers.serve("/ca", IssuerAnswer::der(ca.certificate()));
             s.issuers.serve("/older-root", IssuerAnswer::der(older.certificate()));
             s.send(s.leaf(ca, {"/ca"}));
         },
         repaired({L, "CA aia /ca", R}, {{"/ca", 1}})},
        {"NothingSaysWhereTheIssuerIs", [](Stage& s) { s.send(s.leaf(s.ca)); },
         refused("issuer_not_found", {L})},
        // The leaf names no URL, but the upper one that was sent does not help either.
        {"TheLowerMissingAndNothingSaysWhere",
         [](Stage& s) {
             const auto up = ladder(s, 2);
             s.send(s.leaf(up[0]), {up[1]});
         },
         refused("issuer_not_found", {L})},
        // No issuer could mend it, so that none is fetched.
        {"AnExpiredLeafIsNotWorthAFetch",
         [](Stage& s) {
             auto spec = s.pointing_to({"/ca"});
             spec.not_before = noon() - std::chrono::days{30};
             spec.not_after = noon() - std::chrono::seconds{1};
             s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
             s.send(s.ca.leaf(Stage::host, spec));
         },
         refused("expired", {L})},
        {"ALeafForAnotherHostIsNotWorthAFetch",
         [](Stage& s) {
             s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
             s.send(s.ca.leaf("another.test", s.pointing_to({"/ca"})));
         },
         refused("host_mismatch", {"another.test server"})},
    };
}

}  // namespace chainmend::test
