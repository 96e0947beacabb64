#include <regex>
#include <set>
#include <sstream>

#include "tests/proxy/admin/admin_fixture.h"
#include "tests/support/closed_port.h"

namespace chainmend::test {
namespace {

// What the pages say after real traffic.
class StatusPages : public AdminTest {};

TEST_F(StatusPages, CountARepairAndItsFetchAndWhatWasRelayed) {
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    start_with_pages();
    Origin origin(OriginOptions::of(leaf({"/ca1"})));
    EXPECT_NE(visit(origin).find("hello from the origin"), std::string::npos);
    // The client knows that it is done before the proxy does.
    const auto now = status_when([](const auto& status) {
        return !status["tunnels_ended"].empty() && status["connections"]["open"] == 0;
    });
    EXPECT_EQ(now["v"], 1);
    EXPECT_EQ(now["address"], proxy->address());
    EXPECT_EQ(now["ready"], true);
    EXPECT_EQ(now["workers"], 1);
    EXPECT_EQ(now["connections"], (nlohmann::json{{"open", 0}, {"accepted", 1}}));
    EXPECT_EQ(now["decisions"]["accepted"], (nlohmann::json{{"repaired", 1}}));
    EXPECT_EQ(now["decisions"]["refused"], nlohmann::json::object());
    EXPECT_EQ(now["repairs"], (nlohmann::json{{"aia", 1}}));
    EXPECT_GT(now["bytes"]["from_servers"], 20);
    EXPECT_GT(now["bytes"]["from_clients"], 10);
    EXPECT_EQ(now["trust"]["anchors"], 1);
    EXPECT_EQ(now["issuers"]["stored"], 1);
    EXPECT_EQ(now["fetches"]["results"], (nlohmann::json{{"ok", 1}}));
    EXPECT_EQ(now["fetches"]["remembered_failures"], nlohmann::json::array());
    EXPECT_EQ(now["caches"], (nlohmann::json{{"verdicts", 1}, {"minted", 1}}));
    EXPECT_EQ(now["log"]["lines_lost"], 0);
}

TEST_F(StatusPages, TellWhichFailuresAreRememberedAndForHowLong) {
    start_with_pages();
    Origin origin(OriginOptions::of(leaf({"/gone"})));
    EXPECT_EQ(visit(origin).rfind("HTTP/1.1 502 ", 0), 0U);
    const auto now = status();
    EXPECT_EQ(now["decisions"]["refused"], (nlohmann::json{{"issuer_not_found", 1}}));
    EXPECT_EQ(now["fetches"]["results"], (nlohmann::json{{"http_error", 1}}));
    const auto failures = now["fetches"]["remembered_failures"];
    ASSERT_EQ(failures.size(), 1U);
    EXPECT_EQ(failures[0]["url"], issuers.url("/gone"));
    EXPECT_EQ(failures[0]["result"], "http_404");
    EXPECT_GT(failures[0]["seconds_left"], 200);
    EXPECT_LE(failures[0]["seconds_left"], 300);
}

TEST_F(StatusPages, TellWhichHostsKeepFailing) {
    start_with_pages([](auto& settings) { settings.failure.remember = std::chrono::milliseconds{0}; });
    const ClosedPort nobody;
    for (const char* path : {"/a", "/b", "/c"}) {
        CertificateSpec spec;
        spec.ca_issuers = {nobody.url(path)};
        Origin origin(OriginOptions::of(ca1.leaf("leaf.test", spec)));
        EXPECT_EQ(visit(origin).rfind("HTTP/1.1 502 ", 0), 0U);
    }
    const auto hosts = status()["fetches"]["broken_hosts"];
    ASSERT_EQ(hosts.size(), 1U);
    EXPECT_EQ(hosts[0]["host"], nobody.address());
    EXPECT_EQ(hosts[0]["state"], "open");
    EXPECT_EQ(hosts[0]["failures"], 3);
    EXPECT_GT(hosts[0]["probe_in_seconds"], 0);
    EXPECT_NE(page("/metrics").find("\nchainmend_circuit_breakers{state=\"open\"} 1\n"), std::string::npos);
}

// The text format as Prometheus reads it, and the naming rules that `promtool check metrics` has.
TEST_F(StatusPages, WriteMetricsThatPrometheusAccepts) {
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    start_with_pages();
    Origin good(OriginOptions::of(leaf({"/ca1"})));
    Origin bad(OriginOptions::of(Identity::root("Other").leaf("leaf.test")));
    visit(good);
    visit(bad);
    status_when([](const auto& status) { return !status["tunnels_ended"].empty(); });
    const auto answer = page("/metrics");
    EXPECT_NE(answer.find("\r\nContent-Type: text/plain; version=0.0.4"), std::string::npos);
    const std::regex help("# HELP (chainmend_[a-z_]+) [A-Z].*\\.");
    const std::regex type("# TYPE (chainmend_[a-z_]+) (counter|gauge|histogram)");
    const std::regex sample(
        "(chainmend_[a-z_]+?)(_bucket|_sum|_count)?(\\{([a-z]+=\"[A-Za-z0-9_.:+-]+\",?)+\\})? -?[0-9.e-]+");
    std::set<std::string> families;
    std::set<std::string> series;
    std::string family;
    bool is_histogram = false;
    std::istringstream lines(body_of(answer));
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (std::regex_match(line, match, help)) {
            family = match[1];
            EXPECT_TRUE(families.insert(family).second) << line;
        } else if (std::regex_match(line, match, type)) {
            EXPECT_EQ(match[1], family);
            EXPECT_EQ(match[2] == "counter", family.ends_with("_total")) << line;
            is_histogram = match[2] == "histogram";
        } else {
            ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
            EXPECT_EQ(match[1].str() + (is_histogram ? "" : match[2].str()), family) << line;
            EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
        }
    }
    for (const char* expected :
         {"chainmend_connections_total 2", "chainmend_decisions_total{decision=\"accepted\",reason=\"ok\"} 1",
          "chainmend_decisions_total{decision=\"refused\",reason=\"issuer_not_found\"} 1",
          "chainmend_accepted_total{how=\"repaired\"} 1", "chainmend_repairs_total{source=\"aia\"} 1",
          "chainmend_fetches_total{result=\"ok\"} 1", "chainmend_issuers_stored 1",
          "chainmend_trust_anchors 1", "chainmend_circuit_breakers{state=\"open\"} 0",
          "chainmend_log_lines_lost_total 0"}) {
        EXPECT_NE(answer.find(std::string("\n") + expected + "\n"), std::string::npos) << expected << "\n"
                                                                                       << answer;
    }
}

TEST_F(StatusPages, CountWhatIsPassedThroughAmongDecisionsAndTheirTimes) {
    Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    start_with_pages([](auto& settings) {
        config::HostRule rule;
        rule.match = {"leaf.test"};
        rule.action = config::HostAction::pass;
        settings.hosts = {rule};
    });
    ProxyClient client(proxy->address());
    client.connect(target(origin));
    status_when([](const auto& now) { return now["unjudged"] == 1; });
    const auto metrics = page("/metrics");
    EXPECT_NE(metrics.find("\nchainmend_decisions_total{decision=\"accepted\",reason=\"ok\"} 1\n"),
              std::string::npos)
        << metrics;
    EXPECT_NE(metrics.find("\nchainmend_decision_duration_seconds_count{decision=\"accepted\"} 1\n"),
              std::string::npos)
        << metrics;
    EXPECT_NE(metrics.find("\nchainmend_unjudged_total 1\n"), std::string::npos) << metrics;
}

TEST_F(StatusPages, CountWhatIsMintedAlsoAcrossAReload) {
    Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    start_with_pages();
    visit(origin);
    visit(origin);
    EXPECT_NE(page("/metrics").find("\nchainmend_minted_total 1\n"), std::string::npos);
    proxy->server().request_reload();
    status_when([](const auto& now) { return now["generation"] == 2; });
    EXPECT_EQ(status()["minted"], 1);
}

}  // namespace
}  // namespace chainmend::test
