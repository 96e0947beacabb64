#include "certs/verdict.h"

#include <gtest/gtest.h>

#include <set>

namespace chainmend::test {
namespace {

using namespace certs;

TEST(Reason, HasANameAndARankOfItsOwnEach) {
    std::set<std::string> names;
    std::set<int> ranks;
    for (int i = 0; i <= static_cast<int>(Reason::fetch_blocked); ++i) {
        names.insert(to_string(static_cast<Reason>(i)));
        ranks.insert(rank(static_cast<Reason>(i)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Reason::fetch_blocked) + 1);
    EXPECT_EQ(ranks.size(), names.size());
    EXPECT_EQ(names.count(""), 0u);
}

TEST(Reason, TellsMoreWhenAnAnchorWasReached) {
    for (const Reason nothing : {Reason::issuer_not_found, Reason::bad_signature, Reason::untrusted_root})
        for (const Reason rule : {Reason::expired, Reason::bad_eku, Reason::policy, Reason::max_depth})
            EXPECT_GT(rank(rule), rank(nothing));
}

TEST(Fetch, IsNamedByItsHttpStatus) {
    Fetch fetch;
    EXPECT_EQ(to_string(fetch), "ok");
    fetch.result = FetchResult::http_error;
    fetch.http_status = 404;
    EXPECT_EQ(to_string(fetch), "http_404");
}

}  // namespace
}  // namespace chainmend::test
