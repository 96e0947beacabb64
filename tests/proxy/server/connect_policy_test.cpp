#include "proxy/connect_policy.h"

#include <gtest/gtest.h>

namespace chainmend::proxy {
namespace {

ConnectPolicy policy_for(const char* listener, const config::ConnectSettings& settings = {}) {
    auto made =
        ConnectPolicy::make(settings, {*SocketAddress::parse(listener)}, {*IpAddress::parse("192.0.2.7")});
    EXPECT_TRUE(made.ok());
    return std::move(made).value();
}

bool denies(const ConnectPolicy& policy, const char* target) {
    return policy.deny_address(*SocketAddress::parse(target)).has_value();
}

TEST(ConnectPolicy, OnLoopbackAllowsAnyPortAndPrivateNetworksAndLoopback) {
    const auto policy = policy_for("127.0.0.1:8181");
    EXPECT_FALSE(policy.deny_port(25));
    EXPECT_FALSE(denies(policy, "10.1.2.3:443"));
    EXPECT_FALSE(denies(policy, "127.0.0.1:443"));
    EXPECT_FALSE(denies(policy, "[fd00::1]:443"));
}

TEST(ConnectPolicy, BeyondLoopbackAllowsTwoPortsAndNoLoopback) {
    const auto policy = policy_for("192.0.2.7:8181");
    EXPECT_FALSE(policy.deny_port(443));
    EXPECT_FALSE(policy.deny_port(8443));
    EXPECT_TRUE(policy.deny_port(25));
    EXPECT_FALSE(denies(policy, "10.1.2.3:443"));
    for (const auto* target : {"127.0.0.1:443", "127.9.9.9:443", "[::1]:443", "[::ffff:127.0.0.1]:443"}) {
        EXPECT_TRUE(denies(policy, target)) << target;
    }
}

TEST(ConnectPolicy, LinkLocalMetadataAndNobodysAddressesAreDenied) {
    const auto policy = policy_for("127.0.0.1:8181");
    for (const auto* target :
         {"169.254.169.254:80", "[fe80::1]:443", "[::ffff:169.254.169.254]:80", "0.0.0.0:443", "[::]:443",
          "224.0.0.1:443", "255.255.255.255:443", "[ff02::1]:443"}) {
        EXPECT_TRUE(denies(policy, target)) << target;
    }
}

TEST(ConnectPolicy, OwnListenersAreALoopHoweverTheyAreSpelt) {
    const auto policy = policy_for("127.0.0.1:8181");
    for (const auto* target : {"127.0.0.1:8181", "[::ffff:127.0.0.1]:8181"}) {
        const auto denial = policy.deny_address(*SocketAddress::parse(target));
        ASSERT_TRUE(denial) << target;
        EXPECT_EQ(denial->trouble, Trouble::proxy_loop);
    }
    EXPECT_FALSE(denies(policy, "127.0.0.1:8182"));
    EXPECT_TRUE(denies(policy_for("[::ffff:127.0.0.1]:8181"), "127.0.0.1:8181"));
    const auto everywhere = policy_for("0.0.0.0:8181");
    for (const auto* target : {"192.0.2.7:8181", "127.0.0.1:8181", "[::1]:8181"}) {
        const auto denial = everywhere.deny_address(*SocketAddress::parse(target));
        ASSERT_TRUE(denial) << target;
        EXPECT_EQ(denial->trouble, Trouble::proxy_loop);
    }
}

TEST(ConnectPolicy, SettingsReplaceTheDefaults) {
    const auto policy = policy_for("127.0.0.1:8181", {.ports = {{25}}, .deny = {{"10.0.0.0/8"}}});
    EXPECT_TRUE(policy.deny_port(443));
    EXPECT_FALSE(policy.deny_port(25));
    EXPECT_TRUE(denies(policy, "10.1.2.3:25"));
    EXPECT_FALSE(denies(policy, "169.254.1.1:25"));
}

TEST(ConnectPolicy, ABlockInTheIpv4MappedFormDeniesItsAddresses) {
    const auto policy = policy_for("127.0.0.1:8181", {.deny = {{"::ffff:127.0.0.0/104"}}});
    for (const auto* target : {"127.0.0.1:443", "[::ffff:127.0.0.1]:443"})
        EXPECT_TRUE(denies(policy, target)) << target;
    EXPECT_FALSE(denies(policy, "128.0.0.1:443"));
}

TEST(ConnectPolicy, MistakesAreConfigurationErrors) {
    const std::vector<SocketAddress> listeners{*SocketAddress::parse("127.0.0.1:8181")};
    EXPECT_EQ(ConnectPolicy::make({.ports = {{0}}}, listeners, {}).error().code, ErrorCode::configuration);
    EXPECT_EQ(ConnectPolicy::make({.deny = {{"10.0.0.1/8"}}}, listeners, {}).error().code,
              ErrorCode::configuration);
}

}  // namespace
}  // namespace chainmend::proxy
