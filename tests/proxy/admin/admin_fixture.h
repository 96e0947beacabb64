#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {

/// A proxy with status pages on a free port.
class AdminTest : public ProxyTest {
  protected:
    RunningProxy& start_with_pages(const RunningProxy::Adjust& adjust = {}) {
        return start([&](config::Settings& settings) {
            settings.listen.admin = "127.0.0.1:0";
            if (adjust) adjust(settings);
        });
    }

    /// The whole answer to these bytes.
    std::string ask(const std::string& request) const {
        ProxyClient client(proxy->admin_address());
        client.send(request);
        return client.receive_all();
    }
    std::string page(const std::string& path) const {
        return ask("GET " + path + " HTTP/1.1\r\nHost: " + proxy->admin_address() + "\r\n\r\n");
    }
    static std::string body_of(const std::string& answer) {
        const auto end = answer.find("\r\n\r\n");
        return end == std::string::npos ? "" : answer.substr(end + 4);
    }
    nlohmann::json status() const { return nlohmann::json::parse(body_of(page("/status"))); }

    /// Asks until `condition` holds, at most 60 s; the last answer.
    nlohmann::json status_when(const std::function<bool(const nlohmann::json&)>& condition) const {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        auto now = status();
        while (!condition(now) && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
            now = status();
        }
        EXPECT_TRUE(condition(now)) << now.dump(1);
        return now;
    }

    /// A GET through the proxy from this origin; its answer.
    std::string visit(const Origin& origin) const {
        ProxyClient client(proxy->address());
        const auto head = client.connect(target(origin));
        if (head.rfind("HTTP/1.1 200", 0) != 0) return head;
        EXPECT_EQ(client.start_tls(trusting()), "");
        return client.get("leaf.test");
    }
};

}  // namespace chainmend::test
