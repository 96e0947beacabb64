#include "tests/matrix/scenario.h"

namespace chainmend::test {
namespace {

/// Root -> Upper -> CA 1 -> leaf, where every certificate points at the issuer server: nobody need ask it.
struct Chain {
    explicit Chain(Stage& stage)
        : upper(stage.root.intermediate("Upper", stage.pointing_to({"/root"}))),
          lower(upper.intermediate("Lower", stage.pointing_to({"/upper"}))),
          leaf(stage.leaf(lower, {"/lower"})) {
        stage.issuers.serve("/root", IssuerAnswer::der(stage.root.certificate()));
        stage.issuers.serve("/upper", IssuerAnswer::der(upper.certificate()));
        stage.issuers.serve("/lower", IssuerAnswer::der(lower.certificate()));
    }
    const Identity upper, lower, leaf;
};

const Lines whole = {L, "Lower server", "Upper server", R};

}  // namespace

Scenarios complete_rows() {
    return {
        {"InOrder",
         [](Stage& s) {
             const Chain c(s);
             s.send(c.leaf, {c.lower, c.upper});
         },
         as_sent(whole)},
        {"WithTheRoot",
         [](Stage& s) {
             const Chain c(s);
             s.send(c.leaf, {c.lower, c.upper, s.root});
         },
         as_sent(whole)},
        {"Reversed",
         [](Stage& s) {
             const Chain c(s);
             s.send(c.leaf, {c.upper, c.lower});
         },
         reordered(whole)},
        {"RootFirst",
         [](Stage& s) {
             const Chain c(s);
             s.send(c.leaf, {s.root, c.upper, c.lower});
         },
         reordered(whole)},
        {"WithRubbishBetween",
         [](Stage& s) {
             const Chain c(s);
             s.send(c.leaf, {s.stranger, c.lower, s.ca, c.upper, s.stranger.intermediate("Else")});
         },
         reordered(whole)},
        {"WithRubbishBehind",
         [](Stage& s) {
             const Chain c(s);
             s.send(c.leaf, {c.lower, c.upper, s.stranger, s.ca});
         },
         as_sent(whole)},
        {"TheLeafTwice",
         [](Stage& s) {
             const Chain c(s);
             s.send(c.leaf, {c.leaf, c.lower, c.upper});
         },
         reordered(whole)},
        {"EachIssuerTwice",
         [](Stage& s) {
             const Chain c(s);
             s.send(c.leaf, {c.lower, c.upper, c.lower, c.upper});
         },
         as_sent(whole)},
        {"WithANamesakeInFront",
         [](Stage& s) {
             const Chain c(s);
             s.send(c.leaf, {s.stranger.intermediate("Lower"), c.lower, c.upper});
         },
         reordered(whole)},
    };
}

}  // namespace chainmend::test
