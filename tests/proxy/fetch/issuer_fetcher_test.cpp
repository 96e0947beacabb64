#include "proxy/fetch/issuer_fetcher.h"

#include <future>
#include <thread>

#include "proxy/io/process.h"
#include "tests/proxy/hanging_system.h"
#include "tests/proxy/loop_test.h"
#include "tests/support/closed_port.h"
#include "tests/support/issuer_server.h"
#include "tests/support/pki.h"

namespace chainmend::proxy {
namespace {

using namespace std::chrono_literals;
using certs::FetchResult;
using test::HangingSystem;
using test::Identity;
using test::IssuerAnswer;
using test::IssuerServer;
using Manner = test::IssuerAnswer::Manner;

/// What a worker has.
struct Worker {
    Worker(EventLoop& owner, const std::shared_ptr<FetchTable>& table, std::chrono::milliseconds timeout)
        : loop(owner),
          resolver(*Resolver::make(owner, {})),
          fetcher(std::make_unique<IssuerFetcher>(owner, *resolver, *EgressPolicy::make({}, {}, {}), table,
                                                  IssuerFetcher::Options{{.timeout = timeout}, {}})) {}
    OperationPtr fetch(const std::string& url, std::function<void(FetchedPtr)> completion) {
        return fetcher->fetch(url, Reach::loopback, std::move(completion));
    }

    EventLoop& loop;
    std::unique_ptr<Resolver> resolver;
    std::unique_ptr<IssuerFetcher> fetcher;
};

/// A worker with a loop and a thread of its own.
class OtherWorker {
  public:
    explicit OtherWorker(const std::shared_ptr<FetchTable>& table) : worker(loop, table, 5s) {
        thread_ = std::thread([this] { loop.run(); });
    }
    ~OtherWorker() {
        loop.stop();
        thread_.join();
    }
    /// Runs `function` on the worker's thread and waits for it.
    void run(std::function<void()> function) {
        std::promise<void> done;
        loop.post([&] {
            function();
            done.set_value();
        });
        done.get_future().wait();
    }

    EventLoop loop;
    Worker worker;

  private:
    std::thread thread_;
};

class IssuerFetcherTest : public test::LoopTest {
  protected:
    FetchedPtr fetch(const std::string& url) {
        FetchedPtr result;
        const OperationPtr wait = worker.fetch(url, [&](const FetchedPtr& fetched) { result = fetched; });
        EXPECT_EQ(result, nullptr) << "completed inside the start";
        run_until([&] { return result != nullptr; });
        return result;
    }
    FetchTable::Snapshot counts() { return table->snapshot(loop.now()); }

    const Identity root = Identity::root("Root");
    const Identity issuer = root.intermediate("Issuing CA");
    IssuerServer server;
    const std::shared_ptr<FetchTable> table = std::make_shared<FetchTable>();
    Worker worker{loop, table, 5s};
};

TEST_F(IssuerFetcherTest, DecodesWhateverFormCertificatesComeIn) {
    server.serve("/der", IssuerAnswer::der(issuer.certificate()));
    server.serve("/pem", IssuerAnswer::pem({issuer.certificate(), root.certificate()}));
    server.serve("/p7c", IssuerAnswer::pkcs7({issuer.certificate(), root.certificate()}));
    for (const std::string form : {"der", "pem", "pkcs7"}) {
        const FetchedPtr fetched = fetch(server.url(form == "pkcs7" ? "/p7c" : "/" + form));
        EXPECT_EQ(fetched->fetch.result, FetchResult::ok) << form << fetched->fetch.detail;
        EXPECT_EQ(fetched->fetch.format, form);
        ASSERT_EQ(fetched->certificates.size(), form == "der" ? 1u : 2u);
        EXPECT_EQ(fetched->certificates[0]->sha256(), issuer.certificate()->sha256());
    }
}

TEST_F(IssuerFetcherTest, WhatIsNoCertificateIsUnparsable) {
    server.serve("/html", IssuerAnswer::text(200, "<html>Please log in</html>"));
    const FetchedPtr fetched = fetch(server.url("/html"));
    EXPECT_EQ(fetched->fetch.result, FetchResult::unparsable);
    EXPECT_FALSE(fetched->fetch.detail.empty());
    EXPECT_TRUE(fetched->certificates.empty());
}

TEST_F(IssuerFetcherTest, ResultsGoodAndBadAreRemembered) {
    server.serve("/der", IssuerAnswer::der(issuer.certificate()));
    for (const char* path : {"/der", "/missing"}) {
        EXPECT_FALSE(fetch(server.url(path))->fetch.from_cache);
        EXPECT_TRUE(fetch(server.url(path))->fetch.from_cache);
        EXPECT_EQ(server.count(path), 1);
    }
    EXPECT_EQ(counts().remembered, 2u);
    EXPECT_EQ(counts().failures, 1u);
    table->forget();
    EXPECT_FALSE(fetch(server.url("/missing"))->fetch.from_cache);
}

TEST_F(IssuerFetcherTest, AThousandWaitersOfTwoWorkersMakeOneRequest) {
    server.serve("/der", IssuerAnswer::der(issuer.certificate()));
    OtherWorker other(table);
    int here = 0;
    std::atomic<int> there = 0;
    std::vector<OperationPtr> waits;
    std::vector<OperationPtr> others;
    const auto is_good = [&](const FetchedPtr& fetched) {
        return fetched->fetch.result == FetchResult::ok && fetched->certificates.size() == 1;
    };
    // This worker is the pilot; its loop does not run before everybody has joined.
    for (int count = 0; count < 500; ++count) {
        waits.push_back(worker.fetch(server.url("/der"), [&](const FetchedPtr& f) { here += is_good(f); }));
    }
    other.run([&] {
        for (int count = 0; count < 500; ++count) {
            others.push_back(
                other.worker.fetch(server.url("/der"), [&](const FetchedPtr& f) { there += is_good(f); }));
        }
    });
    run_until([&] { return here == 500 && there == 500; });
    EXPECT_EQ(server.total(), 1);
    EXPECT_EQ(counts().flights, 1u);
    EXPECT_EQ(counts().joined, 999u);
    EXPECT_EQ(counts().in_flight, 0u);
    other.run([&] { others.clear(); });
}

TEST_F(IssuerFetcherTest, AFlightGoesOnForOthersWhenItsStarterLosesInterest) {
    server.serve("/der", IssuerAnswer::der(issuer.certificate()));
    OtherWorker other(table);
    std::atomic<bool> told = false;
    OperationPtr theirs;
    OperationPtr mine =
        worker.fetch(server.url("/der"), [](const FetchedPtr&) { FAIL() << "it was destroyed"; });
    other.run([&] {
        theirs = other.worker.fetch(server.url("/der"),
                                    [&](const FetchedPtr& f) { told = f->fetch.result == FetchResult::ok; });
    });
    mine.reset();
    run_until([&] { return told.load(); });
    EXPECT_EQ(server.total(), 1);
    EXPECT_EQ(counts().handed_over, 0u);
    other.run([&] { theirs.reset(); });
}

TEST_F(IssuerFetcherTest, AFlightIsHandedOverWhenItsWorkerGoesAway) {
    server.serve("/der", IssuerAnswer::der(issuer.certificate()));
    OtherWorker other(table);
    std::atomic<bool> told = false;
    OperationPtr theirs;
    OperationPtr mine =
        worker.fetch(server.url("/der"), [](const FetchedPtr&) { FAIL() << "it was destroyed"; });
    other.run([&] {
        theirs = other.worker.fetch(server.url("/der"),
                                    [&](const FetchedPtr& f) { told = f->fetch.result == FetchResult::ok; });
    });
    mine.reset();
    worker.fetcher.reset();
    run_until([&] { return told.load(); });
    EXPECT_EQ(server.total(), 1) << "the first had not sent its request yet";
    EXPECT_EQ(counts().handed_over, 1u);
    other.run([&] { theirs.reset(); });
}

TEST_F(IssuerFetcherTest, AnHeirThatGoesAwayBeforeItTakesOffHandsOverInTurn) {
    server.serve("/der", IssuerAnswer::der(issuer.certificate()));
    // Three workers; the first two share this thread's loop, which does not run in between.
    auto second = std::make_unique<Worker>(loop, table, 5s);
    auto third = std::make_unique<Worker>(loop, table, 5s);
    const auto fail = [](const FetchedPtr&) { FAIL() << "it was destroyed"; };
    bool told = false;
    OperationPtr first_wait = worker.fetch(server.url("/der"), fail);
    OperationPtr second_wait = second->fetch(server.url("/der"), fail);
    OperationPtr third_wait = third->fetch(server.url("/der"), [&](const FetchedPtr&) { told = true; });
    first_wait.reset();
    worker.fetcher.reset();
    second_wait.reset();
    second.reset();
    run_until([&] { return told; });
    EXPECT_EQ(counts().handed_over, 2u);
    EXPECT_EQ(server.total(), 1);
    third_wait.reset();
}

TEST_F(IssuerFetcherTest, AFlightThatNobodyWaitsForEnds) {
    server.serve("/hang", IssuerAnswer::not_found().with(Manner::hang));
    OperationPtr wait =
        worker.fetch(server.url("/hang"), [](const FetchedPtr&) { FAIL() << "it was destroyed"; });
    run_until([&] { return server.total() == 1; });
    wait.reset();
    EXPECT_EQ(counts().in_flight, 0u);
    EXPECT_EQ(counts().cancelled, 1u);
    EXPECT_EQ(counts().remembered_now, 0u) << "a cancelled fetch says nothing about the server";
}

TEST_F(IssuerFetcherTest, TheLastWaiterOfAnotherWorkerEndsTheFlightToo) {
    server.serve("/hang", IssuerAnswer::not_found().with(Manner::hang));
    OtherWorker other(table);
    OperationPtr theirs;
    OperationPtr mine =
        worker.fetch(server.url("/hang"), [](const FetchedPtr&) { FAIL() << "it was destroyed"; });
    other.run([&] {
        theirs =
            other.worker.fetch(server.url("/hang"), [](const FetchedPtr&) { FAIL() << "it was destroyed"; });
    });
    mine.reset();
    EXPECT_EQ(counts().in_flight, 1u);
    other.run([&] { theirs.reset(); });
    run_until([&] { return counts().in_flight == 0; });
    EXPECT_EQ(counts().cancelled, 1u);
}

TEST_F(IssuerFetcherTest, AHostThatKeepsFailingIsLeftAlone) {
    const test::ClosedPort closed;
    const std::string base = closed.url("/");
    for (const char* path : {"1", "2", "3"}) {
        EXPECT_EQ(fetch(base + path)->fetch.result, FetchResult::connection_refused);
    }
    const FetchedPtr left_alone = fetch(base + "4");
    EXPECT_EQ(left_alone->fetch.result, FetchResult::broken_host);
    EXPECT_EQ(left_alone->fetch.url, base + "4");
    ASSERT_EQ(counts().hosts.size(), 1u);
    EXPECT_EQ(counts().hosts[0].host, closed.address());
    EXPECT_EQ(counts().broken, 1u);
    EXPECT_EQ(fetch(server.url("/other-host"))->fetch.result, FetchResult::http_error);
}

TEST_F(IssuerFetcherTest, AServerThatAnswersIsNotLeftAloneHoweverBadTheAnswers) {
    for (int count = 0; count < 5; ++count) {
        EXPECT_EQ(fetch(server.url("/missing" + std::to_string(count)))->fetch.result,
                  FetchResult::http_error);
    }
    EXPECT_TRUE(counts().hosts.empty());
}

TEST_F(IssuerFetcherTest, OriginsOfDifferentReachDoNotShareAFlight) {
    server.serve("/der", IssuerAnswer::der(issuer.certificate()));
    FetchedPtr from_loopback;
    FetchedPtr from_public;
    const OperationPtr first = worker.fetcher->fetch(server.url("/der"), Reach::loopback,
                                                     [&](const FetchedPtr& f) { from_loopback = f; });
    const OperationPtr second = worker.fetcher->fetch(server.url("/der"), Reach::public_internet,
                                                      [&](const FetchedPtr& f) { from_public = f; });
    run_until([&] { return from_loopback && from_public; });
    EXPECT_EQ(from_loopback->fetch.result, FetchResult::ok);
    EXPECT_EQ(from_public->fetch.result, FetchResult::blocked);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(IssuerFetcherTest, ACompletionMayDestroyEveryOtherWait) {
    server.serve("/der", IssuerAnswer::der(issuer.certificate()));
    std::vector<OperationPtr> waits;
    int told = 0;
    for (int count = 0; count < 10; ++count) {
        waits.push_back(worker.fetch(server.url("/der"), [&](const FetchedPtr&) {
            ++told;
            waits.clear();
        }));
    }
    run_until([&] { return told > 0; });
    run_some_rounds();
    EXPECT_EQ(told, 1);
}

// All workers' fetches together: however many hosts certificates name, clients' names are looked up.
TEST_F(IssuerFetcherTest, HaveFewNamesLookedUpAtOnce) {
    HangingSystem system;
    const auto shared = std::make_shared<FetchTable>();
    Resolver resolver(loop, {}, system.asked());
    const auto make = [&] {
        return std::make_unique<IssuerFetcher>(loop, resolver, *EgressPolicy::make({}, {}, {}), shared,
                                               IssuerFetcher::Options{{.timeout = 30s}, {}});
    };
    const auto one = make();
    const auto other = make();
    std::vector<OperationPtr> fetches;
    for (int i = 0; i < 40; ++i) {
        fetches.push_back((i % 2 ? one : other)
                              ->fetch("http://h" + std::to_string(i) + ".hang/ca", Reach::public_internet,
                                      [](const FetchedPtr&) {}));
    }
    const auto most = std::max<std::size_t>(lookup_threads() / 4, 1);
    run_until([&] { return system.names.size() == most; });
    run_some_rounds();
    EXPECT_EQ(system.names.size(), most);
    fetches.clear();
    run_some_rounds();
    EXPECT_EQ(system.names.size(), most) << "what nobody waits for any more keeps its place until it ends";
    server.serve("/ca", IssuerAnswer::der(issuer.certificate()));
    FetchedPtr literal;
    const auto needs_no_name =
        one->fetch(server.url("/ca"), Reach::loopback, [&](const FetchedPtr& fetched) { literal = fetched; });
    run_until([&] { return literal != nullptr; });
    EXPECT_EQ(literal->fetch.result, FetchResult::ok);
    system.pool.clear();
}

// A host whose turn never came has not failed: it is neither remembered nor left alone.
TEST_F(IssuerFetcherTest, HoldNothingAgainstAHostWhoseNameWasNotLookedUp) {
    HangingSystem system;
    const auto shared = std::make_shared<FetchTable>();
    Resolver resolver(loop, {}, system.asked());
    IssuerFetcher fetcher(loop, resolver, *EgressPolicy::make({}, {}, {}), shared,
                          IssuerFetcher::Options{{.timeout = 20ms}, {}});
    std::vector<LookupPlaces::Place> held;
    std::vector<OperationPtr> waits;
    for (std::size_t i = 0; i < lookup_threads(); ++i) {
        waits.push_back(shared->lookups()->take(
            loop, [&](LookupPlaces::Place place) { held.push_back(std::move(place)); }));
    }
    for (int i = 1; i <= CircuitBreaker::failures_to_open + 1; ++i) {
        FetchedPtr result;
        const auto wait = fetcher.fetch("http://pki.test/ca", Reach::public_internet,
                                        [&](const FetchedPtr& fetched) { result = fetched; });
        run_until([&] { return result != nullptr; });
        EXPECT_EQ(result->fetch.result, FetchResult::not_attempted);
        EXPECT_EQ(shared->snapshot(loop.now()).flights, static_cast<std::uint64_t>(i));
    }
    EXPECT_TRUE(shared->snapshot(loop.now()).hosts.empty());
    EXPECT_TRUE(system.names.empty());
}

}  // namespace
}  // namespace chainmend::proxy
