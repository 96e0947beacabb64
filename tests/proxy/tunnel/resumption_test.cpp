#include "proxy/tunnel/resumption_cache.h"

#include <openssl/ssl.h>

#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {
namespace {

// Sessions of servers that were accepted are resumed, and nothing is passed by with that.
//
//     Test Root  <-  Test CA 1  <-  leaf.test, other.test
class Resumption : public ProxyTest {
  protected:
    OriginOptions complete(int version) const {
        CertificateSpec spec;
        spec.dns_names = {"leaf.test", "other.test"};
        auto options = OriginOptions::of(leaf({}, "leaf.test", spec), {ca1.certificate()});
        options.minimum_version = options.maximum_version = version;
        return options;
    }
    std::string visit(const Origin& origin, const std::string& host = "leaf.test") const {
        ProxyClient client(proxy->address());
        const auto head = client.connect(target(origin, host));
        if (head.rfind("HTTP/1.1 200", 0) != 0) return head;
        EXPECT_EQ(client.start_tls(trusting(host)), "");
        return client.get(host);
    }
    /// Visits until a session has been resumed: the second visit at the latest that offers the same
    /// protocols.
    void warm_up(const Origin& origin) const {
        for (int i = 0; i < 3; ++i)
            EXPECT_NE(visit(origin).find("hello"), std::string::npos);
        EXPECT_FALSE(origin.connections().front().resumed);
        EXPECT_TRUE(last_was_resumed(origin));
    }
    static bool last_was_resumed(const Origin& origin) { return origin.connections().back().resumed; }
    static constexpr int versions[] = {0x0303, 0x0304};
};

TEST_F(Resumption, OfASecondTunnelToTheSameServerGoesByTheFirstOnesVerdict) {
    for (const int version : versions) {
        SCOPED_TRACE(version);
        const Origin origin(complete(version));
        start();
        warm_up(origin);
        const auto decision = last_decision();
        EXPECT_EQ(decision["event"]["outcome"], "success");
        EXPECT_EQ(decision["chainmend"]["path"].size(), 3U) << decision.dump(1);
        EXPECT_EQ(decision["chainmend"]["remembered"], true);
        EXPECT_EQ(decision["tls"]["resumed"], true);
    }
}

TEST_F(Resumption, IsNotUnderAnotherName) {
    for (const int version : versions) {
        const Origin origin(complete(version));
        start();
        warm_up(origin);
        EXPECT_NE(visit(origin, "other.test").find("hello"), std::string::npos);
        EXPECT_FALSE(last_was_resumed(origin));
    }
}

TEST_F(Resumption, IsNotAcrossAReload) {
    for (const int version : versions) {
        const Origin origin(complete(version));
        start();
        warm_up(origin);
        proxy->change_settings([&](config::Settings& settings) {
            settings.trust.files = {
                directory.write("other.pem", Identity::root("Other Root").pem()).string()};
        });
        proxy->server().request_reload();
        std::string answer;
        do {
            answer = visit(origin);
        } while (answer.find("hello") != std::string::npos);
        EXPECT_NE(answer.find("issuer_not_found"), std::string::npos) << answer;
        EXPECT_FALSE(last_was_resumed(origin));
    }
}

TEST_F(Resumption, IsNotPastTheEndOfTheServersCertificate) {
    for (const int version : versions) {
        auto ending = complete(version);
        CertificateSpec spec;
        spec.not_after = noon() + std::chrono::minutes{5};
        const auto identity = leaf({}, "leaf.test", spec);
        ending.certificate = identity.certificate();
        ending.key = identity.key();
        const Origin origin(ending);
        start();
        warm_up(origin);
        proxy->set_time(noon() + std::chrono::minutes{6});
        EXPECT_NE(visit(origin).find("expired"), std::string::npos);
        EXPECT_FALSE(last_was_resumed(origin));
    }
}

// What the cache gives out, without servers.
class Resumptions : public ::testing::Test {
  protected:
    static proxy::Snapshot snapshot(std::uint64_t generation, const Identity& trusted) {
        proxy::Snapshot made;
        made.generation = generation;
        certs::TrustStoreBuilder builder;
        builder.add(trusted.certificate(), "given");
        made.trust = std::move(builder).build();
        return made;
    }
    static certs::ReferenceIdentity name(const std::string& text) {
        return *certs::ReferenceIdentity::dns(text);
    }
    static tls::SessionTicketsPtr ticket() {
        auto made = std::make_shared<tls::SessionTickets>();
        made->add({SSL_SESSION_new(), SSL_SESSION_free});
        return made;
    }
    static certs::Verdict verdict() {
        certs::Verdict made;
        made.decision = certs::Decision::accepted;
        made.at = noon();
        made.expires = certs::Expiry{noon() + std::chrono::hours{24}, 0, 0};
        return made;
    }
    void put(certs::Verdict about, const std::string& key = "k") {
        cache.put(key, std::make_shared<const certs::Verdict>(std::move(about)), ticket());
    }

    const Identity root = Identity::root("Root");
    proxy::ResumptionCache cache;
};

TEST_F(Resumptions, AreKeptApartByServerNameProtocolsAndPolicy) {
    using Cache = proxy::ResumptionCache;
    const proxy::Authority server{name("a.test"), 443};
    const auto key = Cache::key(server, name("a.test"), {"h2"}, snapshot(1, root));
    EXPECT_EQ(key, Cache::key(server, name("a.test"), {"h2"}, snapshot(1, root)));
    for (const auto& other : {
             Cache::key({name("b.test"), 443}, name("a.test"), {"h2"}, snapshot(1, root)),
             Cache::key({name("a.test"), 444}, name("a.test"), {"h2"}, snapshot(1, root)),
             Cache::key(server, name("b.test"), {"h2"}, snapshot(1, root)),
             Cache::key(server, name("a.test"), {}, snapshot(1, root)),
             Cache::key(server, name("a.test"), {"h2", "http/1.1"}, snapshot(1, root)),
             Cache::key(server, name("a.test"), {"h2"}, snapshot(2, root)),
             Cache::key(server, name("a.test"), {"h2"}, snapshot(1, Identity::root("Root"))),
         }) {
        EXPECT_NE(key, other);
    }
}

TEST_F(Resumptions, GoOnlyWithAVerdictThatHolds) {
    put(verdict());
    EXPECT_TRUE(cache.take("k", noon() + std::chrono::minutes{59}));
    EXPECT_FALSE(cache.take("k", noon() + std::chrono::minutes{60}));
    auto ending = verdict();
    ending.expires->at = noon() + std::chrono::minutes{1};
    put(ending);
    EXPECT_TRUE(cache.take("k", noon() + std::chrono::minutes{1}));
    EXPECT_FALSE(cache.take("k", noon() + std::chrono::minutes{1} + std::chrono::seconds{1}));
    auto to_be_asked_again = verdict();
    to_be_asked_again.revocation.recheck_at = noon() + std::chrono::minutes{1};
    put(to_be_asked_again);
    EXPECT_TRUE(cache.take("k", noon()));
    EXPECT_FALSE(cache.take("k", noon() + std::chrono::minutes{1}));
    auto refused = verdict();
    refused.decision = certs::Decision::refused;
    put(refused);
    EXPECT_FALSE(cache.take("k", noon()));
}

TEST_F(Resumptions, AreBounded) {
    for (std::size_t i = 0; i < proxy::ResumptionCache::capacity + 10; ++i)
        put(verdict(), std::to_string(i));
    EXPECT_EQ(cache.size(), proxy::ResumptionCache::capacity);
    EXPECT_FALSE(cache.take("0", noon()));
    EXPECT_TRUE(cache.take("100", noon()));
}

}  // namespace
}  // namespace chainmend::test
