#include "tests/matrix/scenario.h"

#include <algorithm>

namespace chainmend::test {
namespace {

Expectation accepted(const char* how, Lines path, Requests requests) {
    return {"accepted", how, "ok", std::move(path), std::move(requests), {}, ""};
}

}  // namespace

Expectation Expectation::fetches(std::vector<std::string> lines) const {
    Expectation copy = *this;
    copy.fetched = std::move(lines);
    return copy;
}

Expectation Expectation::blocked_at(std::string where) const {
    Expectation copy = *this;
    copy.address = std::move(where);
    return copy;
}

bool Expectation::uses(const std::string& source) const {
    return std::any_of(path.begin(), path.end(), [&](const std::string& line) {
        return (line + " ").find(" " + source + " ") != std::string::npos;
    });
}

Expectation as_sent(Lines path) {
    return accepted("as_sent", std::move(path), {});
}

Expectation reordered(Lines path) {
    return accepted("reordered", std::move(path), {});
}

Expectation repaired(Lines path, Requests requests) {
    return accepted("repaired", std::move(path), std::move(requests));
}

Expectation alternate_path(Lines path, Requests requests) {
    return accepted("alternate_path", std::move(path), std::move(requests));
}

Expectation refused(const std::string& reason, Lines path, Requests requests) {
    return {"refused", "", reason, std::move(path), std::move(requests), {}, ""};
}

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
    return out << scenario.name;
}

std::ostream& operator<<(std::ostream& out, const Family& family) {
    return out << family.name;
}

const std::vector<Family>& families() {
    static const std::vector<Family> all = {{"Complete", complete_rows}, {"Format", format_rows},
                                            {"Level", level_rows},       {"WrongSent", wrong_sent_rows},
                                            {"Answer", answer_rows},     {"Redirect", redirect_rows},
                                            {"Url", url_rows},           {"Anchor", anchor_rows},
                                            {"Egress", egress_rows},     {"Store", store_rows}};
    return all;
}

std::vector<Identity> ladder(Stage& stage, int n) {
    std::vector<Identity> rungs_down;
    for (int i = n; i >= 1; --i) {
        const Identity& issuer = rungs_down.empty() ? stage.root : rungs_down.back();
        const std::vector<std::string> urls =
            i < n ? std::vector<std::string>{"/" + std::to_string(i + 1)} : std::vector<std::string>{};
        rungs_down.push_back(issuer.intermediate("CA " + std::to_string(i), stage.pointing_to(urls)));
        stage.issuers.serve("/" + std::to_string(i), IssuerAnswer::der(rungs_down.back().certificate()));
    }
    std::reverse(rungs_down.begin(), rungs_down.end());
    return rungs_down;
}

Lines rungs(int n) {
    Lines lines = {L};
    for (int i = 1; i <= n; ++i)
        lines.push_back("CA " + std::to_string(i) + " aia /" + std::to_string(i));
    return lines;
}

}  // namespace chainmend::test
