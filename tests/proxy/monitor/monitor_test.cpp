#include "proxy/monitor/monitor.h"

#include <gtest/gtest.h>

#include <mutex>

#include "proxy/files/input_file.h"
#include "proxy/files/signing_ca_directory.h"
#include "proxy/history/history_query.h"
#include "tests/proxy/admin/admin_fixture.h"
#include "tests/support/closed_port.h"
#include "tests/support/http_origin.h"

namespace chainmend::test {
namespace {

using nlohmann::json;
using std::chrono::days;

/// A running proxy that looks at origins by itself. Its clock stands at noon().
class Monitoring : public AdminTest {
  protected:
    RunningProxy& watch(const std::vector<std::string>& hosts,
                        const std::function<void(config::MonitorSettings&)>& adjust = {}) {
        return start_with_pages([&](config::Settings& settings) {
            settings.monitor.hosts = hosts;
            settings.monitor.interval = std::chrono::seconds{1};
            if (adjust) adjust(settings.monitor);
        });
    }

    std::vector<json> events() const {
        std::vector<json> found;
        for (const auto& record : proxy->records()) {
            if (record["event"]["action"] == "monitor") found.push_back(record);
        }
        return found;
    }
    /// Waits for an event of this kind.
    json event_of(const std::string& kind) const {
        json found;
        status_when([&](const json&) {
            for (const auto& event : events()) {
                if (event["chainmend"]["event"] == kind) found = event;
            }
            return !found.is_null();
        });
        return found;
    }
    void wait_for_looks(int looks) const {
        status_when([&](const json& now) { return now["monitor"]["looks"] >= looks; });
    }
    static CertificateSpec until(Time end) {
        CertificateSpec spec;
        spec.not_before = noon() - days{300};
        spec.not_after = end;
        return spec;
    }
    Identity leaf_until(Time end) { return ca1.leaf("leaf.test", until(end)); }
};

TEST_F(Monitoring, TellsOnceHowManyDaysAreLeft) {
    Origin origin(OriginOptions::of(leaf_until(noon() + days{5}), {ca1.certificate()}));
    watch({target(origin)});
    const auto event = event_of("expiring");
    EXPECT_EQ(event["destination"]["domain"], "leaf.test");
    EXPECT_EQ(event["destination"]["port"], origin.port());
    EXPECT_EQ(event["chainmend"]["certificate"], "leaf.test");
    EXPECT_EQ(event["chainmend"]["expires"]["days"], 5);
    wait_for_looks(4);
    proxy->set_time(noon() + days{4});
    status_when([&](const json&) { return events().size() >= 2; });
    EXPECT_EQ(events().back()["chainmend"]["expires"]["days"], 1);
    const auto looks = status()["monitor"]["looks"].get<int>();
    wait_for_looks(looks + 3);
    EXPECT_EQ(events().size(), 2U) << proxy->log_text();
}

TEST_F(Monitoring, TellsOnceAlsoAfterARestart) {
    Origin origin(OriginOptions::of(leaf_until(noon() + days{5}), {ca1.certificate()}));
    watch({target(origin)});
    event_of("expiring");
    proxy->stop();
    watch({target(origin)});
    wait_for_looks(3);
    EXPECT_EQ(events().size(), 1U) << proxy->log_text();
}

TEST_F(Monitoring, TellsWhatGotWorseAndWhatIsFixed) {
    Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    watch({target(origin)});
    wait_for_looks(1);
    proxy->set_time(noon() + days{4000});
    const auto worse = event_of("got_worse");
    EXPECT_EQ(worse["chainmend"]["detail"], "as_sent before, expired now");
    EXPECT_EQ(worse["destination"]["port"], origin.port());
    proxy->set_time(noon());
    EXPECT_EQ(event_of("fixed")["chainmend"]["detail"], "expired before, as_sent now");
}

// The CA was made long ago, and renews itself at the start that is within 90 days of its end.
TEST_F(Monitoring, WarnsOfTheEndOfTheCertificateUnderWhichClientsTrustTheProxy) {
    auto ending = proxy::signing_ca_options({});
    ending.validity = days{20};
    const auto trusted = proxy::open_signing_ca(directory / "ca", ending, noon());
    ASSERT_TRUE(trusted) << trusted.error().message;
    watch({});
    const auto event = event_of("expiring");
    EXPECT_EQ(event["chainmend"]["expires"]["days"], 20);
    EXPECT_NE(event["message"].get<std::string>().find("before it was renewed"), std::string::npos) << event;
    EXPECT_NE(body_of(page("/metrics"))
                  .find("\nchainmend_signing_ca_former_expiry_timestamp_seconds{sha256=\"" +
                        to_hex(trusted->ca->certificate()->sha256()) + "\"} " +
                        std::to_string(trusted->ca->certificate()->not_after()->time_since_epoch().count())),
              std::string::npos);
    EXPECT_NE(proxy->ca()->sha256(), trusted->ca->certificate()->sha256());
    proxy->set_time(noon() + days{19});
    proxy->server().request_reload();
    status_when([&](const json&) {
        return events().back()["chainmend"]["event"] == "expiring" &&
               events().back()["chainmend"]["expires"]["days"] == 1;
    });
}

TEST_F(Monitoring, LooksAtEveryAddressBehindAName) {
    Origin complete(OriginOptions::of(leaf(), {ca1.certificate()}));
    auto options = OriginOptions::of(ca1.leaf("leaf.test"), {ca1.certificate()});
    options.address = "127.0.0.2";
    options.port = complete.port();
    Origin renewed(options);
    start_with_pages([&](config::Settings& settings) {
        settings.monitor.hosts = {target(complete)};
        settings.monitor.interval = std::chrono::seconds{1};
        settings.upstream.resolve["leaf.test"] = "127.0.0.1 127.0.0.2";
    });
    const auto event = event_of("chain_differs");
    EXPECT_EQ(event["destination"]["domain"], "leaf.test");
    EXPECT_EQ(event["chainmend"]["detail"], "127.0.0.2 sends another chain than 127.0.0.1");
    EXPECT_GE(complete.accepted(), 1);
    EXPECT_GE(renewed.accepted(), 1);
}

TEST_F(Monitoring, LooksAtHostsThatClientsAskedForLately) {
    Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    start_with_pages();
    visit(origin);
    status_when([](const json& now) { return now["history"]["written"] > 0; });
    proxy->stop();
    watch({}, [](config::MonitorSettings& settings) { settings.seen_within = days{7}; });
    wait_for_looks(1);
    EXPECT_EQ(status()["monitor"]["hosts"], 1);
    EXPECT_TRUE(origin.wait_until([](const auto& connections) { return connections.size() >= 2; }));
}

TEST_F(Monitoring, LooksSoonAtHostsThatClientsBeginToAskFor) {
    Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    watch({}, [](config::MonitorSettings& settings) { settings.seen_within = days{7}; });
    visit(origin);
    wait_for_looks(1);
    EXPECT_EQ(status()["monitor"]["hosts"], 1);
}

TEST_F(Monitoring, TellsOnceOfAnAddressThatIsNotReached) {
    Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    start_with_pages([&](config::Settings& settings) {
        settings.monitor.hosts = {target(origin)};
        settings.monitor.interval = std::chrono::seconds{1};
        settings.upstream.resolve["leaf.test"] = "127.0.0.1 127.0.0.3";
    });
    EXPECT_EQ(event_of("address_silent")["chainmend"]["detail"],
              "an address of this name was not reached: 127.0.0.3 (connection_refused)");
    wait_for_looks(3);
    EXPECT_EQ(events().size(), 1U) << proxy->log_text();
}

TEST_F(Monitoring, TellsNoNewKeyOfTwoAddressesThatHaveTheirOwn) {
    Origin first(OriginOptions::of(leaf(), {ca1.certificate()}));
    auto options = OriginOptions::of(leaf(), {ca1.certificate()});
    options.address = "127.0.0.2";
    options.port = first.port();
    Origin second(options);
    start_with_pages([&](config::Settings& settings) {
        settings.monitor.hosts = {target(first)};
        settings.monitor.interval = std::chrono::seconds{1};
        settings.upstream.resolve["leaf.test"] = "127.0.0.1 127.0.0.2";
    });
    visit(first);
    wait_for_looks(6);
    event_of("chain_differs");
    EXPECT_EQ(events().size(), 1U) << proxy->log_text();
}

TEST_F(Monitoring, LeavesWhatItSawInTheHistoryAndTheMetrics) {
    Origin good(OriginOptions::of(leaf(), {ca1.certificate()}));
    const ClosedPort closed;
    watch({target(good), closed.address()});
    wait_for_looks(2);
    const auto metrics = body_of(page("/metrics"));
    EXPECT_NE(metrics.find("\nchainmend_monitor_hosts 2\n"), std::string::npos) << metrics;
    EXPECT_NE(metrics.find("\nchainmend_host_expiry_timestamp_seconds{host=\"leaf.test\",port=\"" +
                           std::to_string(good.port()) + "\"} "),
              std::string::npos)
        << metrics;
    EXPECT_GE(status()["monitor"]["bad_looks"], 1);
    status_when([](const json& now) { return now["history"]["written"] >= 2; });
    auto history = proxy::open_history(directory / "history.db");
    ASSERT_TRUE(history);
    const auto hosts = (*history)->hosts({}, 10);
    ASSERT_TRUE(hosts);
    EXPECT_EQ(hosts->size(), 2U);
    EXPECT_TRUE((*history)->asked_for({}, 10)->empty()) << "no client asked for it";
}

TEST_F(Monitoring, RunsACommandWithTheEventOnItsInput) {
    Origin origin(OriginOptions::of(leaf_until(noon() + days{5}), {ca1.certificate()}));
    const std::string file = directory / "event";
    watch({target(origin)}, [&](config::MonitorSettings& settings) {
        settings.command = {"/bin/sh", "-c", "cat > " + file + ".part && mv " + file + ".part " + file};
    });
    status_when([](const json& now) { return now["monitor"]["delivered"] == 1; });
    const auto bytes = proxy::read_input_file(file, 64 * 1024);
    ASSERT_TRUE(bytes);
    const auto event = json::parse(as_text(*bytes));
    EXPECT_EQ(event["chainmend"]["event"], "expiring");
    EXPECT_NE(event["message"].get<std::string>().find("leaf.test ends in 5 days"), std::string::npos);
}

TEST_F(Monitoring, GoesOnWhileACommandHangsAndAWebhookIsSilent) {
    Origin origin(OriginOptions::of(leaf_until(noon() + days{5}), {ca1.certificate()}));
    HttpOrigin silent([](HttpOrigin::Conversation& conversation) { conversation.read_to_end(); });
    watch({target(origin)}, [&](config::MonitorSettings& settings) {
        settings.command = {"/bin/sh", "-c", "sleep 1000"};
        settings.webhook = silent.url("/hook");
        settings.timeout = std::chrono::minutes{5};
    });
    event_of("expiring");
    const auto looks = status()["monitor"]["looks"].get<int>();
    wait_for_looks(looks + 2);
    EXPECT_NE(visit(origin).find("hello from the origin"), std::string::npos);
    proxy->stop();  // kills the command, or this would last
}

TEST_F(Monitoring, PostsToAWebhookWithItsToken) {
    Origin origin(OriginOptions::of(leaf_until(noon() + days{5}), {ca1.certificate()}));
    HttpOrigin hook([](HttpOrigin::Conversation& conversation) {
        conversation.read_head();
        conversation.send(http_ok("thanks"));
        conversation.read_to_end();
    });
    const std::string token = directory.write("token", "open-sesame\n");
    watch({target(origin)}, [&](config::MonitorSettings& settings) {
        settings.webhook = hook.url("/hook?channel=1");
        settings.webhook_token_file = token;
    });
    status_when([](const json& now) { return now["monitor"]["delivered"] == 1; });
    proxy->stop();
    const auto received = hook.received();
    EXPECT_EQ(received.rfind("POST /hook?channel=1 HTTP/1.1\r\n", 0), 0U) << received;
    EXPECT_NE(received.find("\r\nAuthorization: Bearer open-sesame\r\n"), std::string::npos) << received;
}

TEST_F(Monitoring, PostsToAWebhookBehindTls) {
    Origin origin(OriginOptions::of(leaf_until(noon() + days{5}), {ca1.certificate()}));
    Origin hook(OriginOptions::of(leaf(), {ca1.certificate()}));
    watch({target(origin)},
          [&](config::MonitorSettings& settings) { settings.webhook = "https://" + target(hook) + "/hook"; });
    status_when([](const json& now) { return now["monitor"]["delivered"] == 1; });
    proxy->stop();
    const auto connections = hook.connections();
    ASSERT_FALSE(connections.empty());
    EXPECT_EQ(connections[0].received.rfind("POST /hook HTTP/1.1\r\n", 0), 0U) << connections[0].received;
}

TEST_F(Monitoring, WantsAHistory) {
    try {
        watch({"leaf.test:1"}, {});
        proxy->stop();
        start_with_pages([](config::Settings& settings) {
            settings.monitor.hosts = {"leaf.test:1"};
            settings.history.database = "";
        });
        FAIL() << "it started";
    } catch (const std::exception& refused) {
        EXPECT_NE(std::string(refused.what()).find("history.database"), std::string::npos) << refused.what();
    }
}

}  // namespace
}  // namespace chainmend::test
