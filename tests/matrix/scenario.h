#pragma once

#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/matrix/stage.h"

namespace chainmend::test {

/// What must become of a scenario.
struct Expectation {
    std::string decision;
    std::string how;  ///< "" when refused
    std::string reason;
    std::vector<std::string> path;        ///< as Stage::path writes it
    std::map<std::string, int> requests;  ///< that the issuer server gets, by path: these and no others
    std::vector<std::string> fetched;     ///< as Stage::fetches writes them; empty: not looked at
    std::string address;                  ///< that a blocked fetch names; empty: not looked at

    Expectation fetches(std::vector<std::string> lines) const;
    Expectation blocked_at(std::string where) const;
    bool accepted() const { return decision == "accepted"; }
    /// Some certificate on the path came from there.
    bool uses(const std::string& source) const;
};

using Lines = std::vector<std::string>;
using Requests = std::map<std::string, int>;

Expectation as_sent(Lines path);
Expectation reordered(Lines path);
Expectation repaired(Lines path, Requests requests);
Expectation alternate_path(Lines path, Requests requests);
Expectation refused(const std::string& reason, Lines path, Requests requests = {});

/// One row: what is prepared, and what must become of it.
struct Scenario {
    std::string name;
    std::function<void(Stage&)> prepare;
    Expectation expected;
};
std::ostream& operator<<(std::ostream& out, const Scenario& scenario);

using Scenarios = std::vector<Scenario>;

Scenarios complete_rows();    ///< nothing is missing: order, rubbish
Scenarios format_rows();      ///< the forms that issuers come in
Scenarios level_rows();       ///< how many are missing, and which
Scenarios wrong_sent_rows();  ///< what was sent is no use
Scenarios answer_rows();      ///< what issuer servers answer instead of an issuer
Scenarios redirect_rows();    ///< where they point to instead
Scenarios url_rows();         ///< which URLs are followed, and how many
Scenarios anchor_rows();      ///< nothing that comes along becomes an anchor
Scenarios egress_rows();      ///< where nothing is fetched from
Scenarios store_rows();       ///< what the store holds

struct Family {
    std::string name;
    Scenarios (*rows)();
};
std::ostream& operator<<(std::ostream& out, const Family& family);
const std::vector<Family>& families();

/// Words that many rows share.
inline const std::string L = "visited.test server";
inline const std::string R = "Root trust";

/// `n` intermediates "CA 1" (the leaf's issuer) to "CA n" (signed by the root), each served at "/1" to "/n"
/// and pointing to the next.
std::vector<Identity> ladder(Stage& stage, int n);
/// "visited.test server", "CA 1 aia /1", ... without the anchor.
Lines rungs(int n);

}  // namespace chainmend::test
