#include "proxy/fetch/circuit_breaker.h"

#include <gtest/gtest.h>

#include "proxy/fetch/fetch_memory.h"

namespace chainmend::proxy {
namespace {

using namespace std::chrono_literals;

TEST(CircuitBreaker, OpensAfterThreeFailuresInARow) {
    CircuitBreaker breaker;
    breaker.failed("a", 1s);
    breaker.failed("a", 1s);
    EXPECT_TRUE(breaker.admit("a", 1s));
    breaker.succeeded("a");
    breaker.failed("a", 1s);
    breaker.failed("a", 1s);
    EXPECT_TRUE(breaker.troubled(1s).empty());
    breaker.failed("a", 1s);
    EXPECT_FALSE(breaker.admit("a", 1s));
    EXPECT_TRUE(breaker.admit("b", 1s));
    ASSERT_EQ(breaker.troubled(1s).size(), 1u);
    EXPECT_EQ(breaker.troubled(1s)[0].state, CircuitBreaker::State::open);
    EXPECT_EQ(breaker.troubled(1s)[0].retry_in, 30s);
}

TEST(CircuitBreaker, LetsOneProbeThroughWhenThePauseIsOver) {
    CircuitBreaker breaker;
    for (int count = 0; count < 3; ++count)
        breaker.failed("a", 0s);
    EXPECT_FALSE(breaker.admit("a", 29s));
    EXPECT_EQ(breaker.troubled(30s)[0].state, CircuitBreaker::State::half_open);
    EXPECT_TRUE(breaker.admit("a", 30s));
    EXPECT_FALSE(breaker.admit("a", 30s)) << "one probe at a time";
    breaker.released("a");
    EXPECT_TRUE(breaker.admit("a", 31s)) << "a probe that told nothing is followed by another";
    breaker.succeeded("a");
    EXPECT_TRUE(breaker.admit("a", 31s));
    EXPECT_TRUE(breaker.troubled(31s).empty());
}

TEST(CircuitBreaker, PausesTwiceAsLongAfterEachFailedProbe) {
    CircuitBreaker breaker;
    for (int count = 0; count < 3; ++count)
        breaker.failed("a", 0s);
    std::chrono::milliseconds now = 30s;
    for (const auto pause : {60s, 120s, 120s}) {
        ASSERT_TRUE(breaker.admit("a", now));
        breaker.failed("a", now);
        EXPECT_FALSE(breaker.admit("a", now + pause - 1ms));
        now += pause;
    }
    EXPECT_TRUE(breaker.admit("a", now));
}

TEST(CircuitBreaker, ForgetsTheHostHeardOfLongestAgoWhenThereAreTooMany) {
    CircuitBreaker breaker;
    for (int count = 0; count < 3; ++count)
        breaker.failed("first", 0s);
    for (std::size_t host = 0; host < CircuitBreaker::max_hosts; ++host)
        breaker.failed(std::to_string(host), 1s);
    EXPECT_TRUE(breaker.admit("first", 1s));
}

certs::Fetch fetch(certs::FetchResult result, int status = 0, std::int64_t bytes = 0) {
    certs::Fetch fetch;
    fetch.result = result;
    fetch.http_status = status;
    fetch.bytes = bytes;
    return fetch;
}

FetchedPtr fetched(const certs::Fetch& of) {
    return std::make_shared<Fetched>(Fetched{of, {}});
}

TEST(FetchMemory, RemembersEachKindForItsTime) {
    using enum certs::FetchResult;
    const std::pair<certs::Fetch, std::chrono::milliseconds> cases[] = {
        {fetch(ok, 200), 60s},          {fetch(http_error, 404), 300s}, {fetch(http_error, 410), 300s},
        {fetch(http_error, 403), 120s}, {fetch(http_error, 503), 30s},  {fetch(http_error, 429), 30s},
        {fetch(timeout), 15s},          {fetch(dns_error), 15s},        {fetch(connection_refused), 15s},
        {fetch(unparsable), 120s},      {fetch(blocked), 15s},          {fetch(not_attempted), 0s},
        {fetch(broken_host), 0s}};
    for (const auto& [what, time] : cases) {
        FetchMemory memory;
        const FetchKey key{"http://a.test/", Reach::loopback};
        memory.remember(key, fetched(what), 10s);
        EXPECT_EQ(memory.recall(key, 10s + time - 1ms) != nullptr, time > 0s) << to_string(what);
        EXPECT_EQ(memory.recall(key, 10s + time), nullptr) << to_string(what);
        EXPECT_EQ(memory.size(), 0u);
    }
}

TEST(FetchMemory, WhatOneKindOfOriginMayFetchSaysNothingAboutAnother) {
    FetchMemory memory;
    memory.remember({"http://a.test/", Reach::loopback}, fetched(fetch(certs::FetchResult::ok, 200)), 0s);
    EXPECT_EQ(memory.recall({"http://a.test/", Reach::public_internet}, 0s), nullptr);
}

TEST(FetchMemory, IsBoundedByNumberAndBytes) {
    FetchMemory memory;
    for (std::size_t count = 0; count < 2 * FetchMemory::max_entries; ++count) {
        memory.remember({std::to_string(count)}, fetched(fetch(certs::FetchResult::http_error, 404)), 0s);
    }
    EXPECT_EQ(memory.size(), FetchMemory::max_entries);
    EXPECT_EQ(memory.recall({"0"}, 0s), nullptr);
    memory.clear();
    for (int count = 0; count < 100; ++count) {
        memory.remember({std::to_string(count)}, fetched(fetch(certs::FetchResult::ok, 200, 64 * 1024)), 0s);
    }
    EXPECT_EQ(memory.size(), 32u);
    memory.remember({"99"}, fetched(fetch(certs::FetchResult::ok, 200, 1)), 0s);
    EXPECT_EQ(memory.size(), 32u) << "replaced, not added";
}

}  // namespace
}  // namespace chainmend::proxy
