#include "proxy/io/lookup_places.h"

#include "tests/proxy/hanging_system.h"
#include "tests/proxy/loop_test.h"

namespace chainmend::proxy {
namespace {

using Place = LookupPlaces::Place;
using test::HangingSystem;

class LookupPlacesTest : public test::LoopTest {
  protected:
    OperationPtr take(LookupPlaces& places, const std::string& who) {
        return places.take(loop, [this, who](Place place) { granted[who] = std::move(place); });
    }
    std::map<std::string, Place> granted;
};

TEST_F(LookupPlacesTest, GoToTheNextInTurnWhenTheyAreReallyFree) {
    LookupPlaces places(2);
    const OperationPtr waits[] = {take(places, "a"), take(places, "b"), take(places, "c"), take(places, "d")};
    EXPECT_TRUE(granted.empty()) << "completed inside the start";
    run_until([&] { return granted.size() == 2; });
    run_some_rounds();
    EXPECT_TRUE(granted.contains("a") && granted.contains("b") && granted.size() == 2);
    auto copy = granted["a"];
    granted.erase("a");
    run_some_rounds();
    EXPECT_EQ(granted.size(), 1u) << "somebody still holds it";
    copy.reset();
    run_until([&] { return granted.contains("c"); });
    EXPECT_EQ(places.waiting(), 1u);
    granted.erase("b");
    run_until([&] { return granted.contains("d"); });
}

TEST_F(LookupPlacesTest, PassOverWhoHasGone) {
    LookupPlaces places(1);
    auto first = take(places, "first");
    auto second = take(places, "second");
    const auto third = take(places, "third");
    second.reset();
    first.reset();  // with its place granted, or as good as
    run_until([&] { return granted.contains("third"); });
    EXPECT_EQ(granted.size(), 1u);
}

TEST_F(LookupPlacesTest, AreGrantedAfterTheirQueueHasGone) {
    auto places = std::make_unique<LookupPlaces>(1);
    const auto wait = take(*places, "a");
    places.reset();
    run_until([&] { return granted.contains("a"); });
}

// A certificate names five hosts that hang. Whoever waited for them has given up long since, the system has
// not: a client's name is looked up all the same, and the next stranger's when the system is done.
TEST_F(LookupPlacesTest, AreNeverThoseThatClientsNamesNeed) {
    HangingSystem system;
    Resolver resolver(loop, {}, system.asked());
    LookupPlaces places(2);
    const auto nobody = [](const Resolution&) { FAIL() << "nobody answers"; };
    std::vector<OperationPtr> lookups;
    const auto ask = [&](const std::string& name) {
        return places.take(loop, [&, name](Place place) {
            lookups.push_back(resolver.resolve(name, std::move(place), nobody));
        });
    };
    std::vector<OperationPtr> waits;
    for (const char* name : {"1.hang", "2.hang", "3.hang", "4.hang", "5.hang"})
        waits.push_back(ask(name));
    run_until([&] { return system.names.size() == 2; });
    run_some_rounds();
    EXPECT_EQ(system.names, (std::set<std::string>{"1.hang", "2.hang"}));
    waits.clear();
    lookups.clear();
    const auto client = resolver.resolve("client.test", nobody);
    EXPECT_TRUE(system.names.contains("client.test"));
    const auto next = ask("pki.test");
    run_some_rounds();
    EXPECT_FALSE(system.names.contains("pki.test"));
    std::erase_if(system.pool, [](const SystemQuestion& question) { return question.host == "1.hang"; });
    run_until([&] { return system.names.contains("pki.test"); });
}

TEST_F(LookupPlacesTest, AreNotNeededForWhatIsKnown) {
    const Resolver resolver(loop, {{"known.test", {*IpAddress::parse("192.0.2.7")}}});
    EXPECT_TRUE(resolver.knows("Known.test"));
    EXPECT_TRUE(resolver.knows("192.0.2.8"));
    EXPECT_FALSE(resolver.knows("other.test"));
}

}  // namespace
}  // namespace chainmend::proxy
