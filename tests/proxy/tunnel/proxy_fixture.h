#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/support/issuer_server.h"
#include "tests/support/origin.h"
#include "tests/support/pki.h"
#include "tests/support/proxy_client.h"
#include "tests/support/replayed_history.h"
#include "tests/support/running_proxy.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::test {

/// A small PKI, an issuer server and the proxy. Whatever a test has the proxy decide, in the end every
/// verdict is made again from the history and must be the same.
///
///     Root  <-  CA 1  <-  leaf.test
///     (trusted)  (at issuers' /ca1 where the leaf says so)
class ProxyTest : public ::testing::Test {
  protected:
    void TearDown() override {
        proxy.reset();
        for (const auto& difference : replay_differences(directory / "history.db"))
            ADD_FAILURE() << "made again, the verdict is another: " << difference;
    }

    RunningProxy& start(const RunningProxy::Adjust& adjust = {},
                        std::vector<certs::CertificatePtr> roots = {}) {
        if (roots.empty()) roots = {root.certificate()};
        proxy.reset();
        proxy = std::make_unique<RunningProxy>(directory, roots,
                                               std::vector<std::string>{"leaf.test", "other.test"}, adjust);
        return *proxy;
    }

    /// A leaf for `name` whose caIssuers URLs are these paths of the issuer server.
    Identity leaf(const std::vector<std::string>& paths = {}, const std::string& name = "leaf.test",
                  CertificateSpec spec = {}) const {
        for (const auto& path : paths)
            spec.ca_issuers.push_back(issuers.url(path));
        return ca1.leaf(name, std::move(spec));
    }

    std::string target(const Origin& origin, const std::string& host = "leaf.test") const {
        return host + ":" + std::to_string(origin.port());
    }
    ClientTlsOptions trusting(const std::string& name = "leaf.test") const { return {proxy->ca(), name}; }

    /// The status line of a CONNECT to this origin.
    std::string status_of(const Origin& origin, const std::string& host = "leaf.test") {
        ProxyClient client(proxy->address());
        const auto head = client.connect(target(origin, host));
        return head.substr(0, head.find("\r\n"));
    }

    /// The only decision in the log; stops the proxy.
    nlohmann::json only_decision() {
        proxy->stop();
        const auto decisions = proxy->decisions();
        EXPECT_EQ(decisions.size(), 1U);
        return decisions.empty() ? nlohmann::json::object() : decisions.front();
    }

    /// The latest one, where earlier proxies wrote the same log; stops the proxy.
    nlohmann::json last_decision() {
        proxy->stop();
        const auto decisions = proxy->decisions();
        EXPECT_FALSE(decisions.empty());
        return decisions.empty() ? nlohmann::json::object() : decisions.back();
    }

    TemporaryDirectory directory;
    IssuerServer issuers;
    Identity root = Identity::root("Test Root");
    Identity ca1 = root.intermediate("Test CA 1");
    std::unique_ptr<RunningProxy> proxy;
};

}  // namespace chainmend::test
