#include "proxy/fetch/egress_policy.h"

#include <gtest/gtest.h>

namespace chainmend::proxy {
namespace {

constexpr Reach kOrigins[] = {Reach::public_internet, Reach::private_network, Reach::loopback};

config::EgressSettings settings(std::vector<std::string> allow, std::vector<std::string> deny = {}) {
    config::EgressSettings result;
    result.allow = std::move(allow);
    result.deny = std::move(deny);
    return result;
}

std::shared_ptr<const EgressPolicy> policy(const config::EgressSettings& given = {},
                                           std::vector<SocketAddress> listeners = {},
                                           std::vector<IpAddress> addresses = {}) {
    auto made = EgressPolicy::make(given, std::move(listeners), std::move(addresses));
    if (!made) {
        ADD_FAILURE() << made.error().message;
        return nullptr;
    }
    return *made;
}

SocketAddress at(const std::string& address, std::uint16_t port = 80) {
    const auto parsed = IpAddress::parse(address);
    if (!parsed) ADD_FAILURE() << address;
    return {parsed.value_or(IpAddress{}), port};
}

TEST(Reach, KnowsEveryKindOfAddress) {
    struct Case {
        Reach reach;
        std::vector<const char*> addresses;
    };
    const Case cases[] = {
        {Reach::public_internet,
         {"8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "11.0.0.0",
          "2606:4700::1111", "2a00::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
          "::8.8.8.8"}},
        {Reach::private_network,
         {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.255.255", "100.64.0.1", "198.18.0.1",
          "fd00::1", "fc00::1", "fec0::1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1",
          "64:ff9b:1::192.168.0.1", "2002:a00:1::1", "::10.0.0.1"}},
        {Reach::loopback,
         {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1",
          "2002:7f00:1::", "::127.0.0.1", "::ffff:7f00:1"}},
        {Reach::reserved, {"0.0.0.0",         "0.1.2.3",     "192.0.0.1", "192.0.2.1", "198.51.100.1",
                           "203.0.113.1",     "192.88.99.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
                           "255.255.255.255", "::",          "ff02::1",   "2001::1",   "2001:db8::1",
                           "3fff::1",         "100::1",      "4000::1",   "5f00::1",   "::ffff:0.0.0.0",
                           "::ffff:224.0.0.1"}},
        {Reach::never,
         {"169.254.169.254", "169.254.0.1", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fe80::1",
          "febf::1", "fd00:ec2::254", "fd20:ce::254", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254",
          "2002:a9fe:a9fe::1", "::169.254.169.254", "::ffff:a9fe:a9fe"}},
    };
    for (const Case& c : cases) {
        for (const char* address : c.addresses) {
            EXPECT_EQ(reach_of(at(address).address), c.reach)
                << address << " is " << to_string(reach_of(at(address).address));
        }
    }
}

TEST(EgressPolicy, NeverLeadsToWhatIsMorePrivateThanTheOrigin) {
    struct Case {
        const char* target;
        bool from_public, from_private, from_loopback;
    };
    for (const Case& c :
         {Case{"8.8.8.8", true, true, true}, Case{"10.0.0.1", false, true, true},
          Case{"fd00::1", false, true, true}, Case{"127.0.0.1", false, false, true},
          Case{"::1", false, false, true}, Case{"::ffff:127.0.0.1", false, false, true},
          Case{"::ffff:10.1.1.1", false, true, true}, Case{"64:ff9b::10.1.1.1", false, true, true},
          Case{"2002:7f00:1::1", false, false, true}, Case{"224.0.0.1", false, false, false},
          Case{"0.0.0.0", false, false, false}, Case{"169.254.169.254", false, false, false},
          Case{"fe80::1", false, false, false}, Case{"100.100.100.200", false, false, false}}) {
        const bool expected[] = {c.from_public, c.from_private, c.from_loopback};
        for (int origin = 0; origin < 3; ++origin) {
            const std::string refusal = policy()->refusal(at(c.target), kOrigins[origin]);
            EXPECT_EQ(refusal.empty(), expected[origin])
                << c.target << " from " << to_string(kOrigins[origin]) << ": " << refusal;
            if (!expected[origin]) {
                EXPECT_NE(refusal.find(at(c.target).text()), std::string::npos) << refusal;
            }
        }
    }
}

TEST(EgressPolicy, AnOriginGivesTheReachOfItsOwnAddressAndNoMore) {
    EXPECT_EQ(EgressPolicy::origin_reach(at("8.8.8.8").address), Reach::public_internet);
    EXPECT_EQ(EgressPolicy::origin_reach(at("10.0.0.1").address), Reach::private_network);
    EXPECT_EQ(EgressPolicy::origin_reach(at("::ffff:127.0.0.1").address), Reach::loopback);
    EXPECT_EQ(EgressPolicy::origin_reach(at("169.254.1.1").address), Reach::public_internet);
    EXPECT_EQ(EgressPolicy::origin_reach(at("224.0.0.1").address), Reach::public_internet);
}

TEST(EgressPolicy, PortsAre80Or1024AndAbove) {
    for (const int port : {80, 1024, 8080, 65535})
        EXPECT_TRUE(policy()->allows(at("8.8.8.8", static_cast<std::uint16_t>(port)), Reach::public_internet))
            << port;
    for (const int port : {0, 1, 22, 25, 79, 81, 443, 1023}) {
        EXPECT_FALSE(policy()->allows(at("8.8.8.8", static_cast<std::uint16_t>(port)), Reach::loopback))
            << port;
    }
}

TEST(EgressPolicy, AllowOpensAddressesAndWhereItNamesOneAPort) {
    const auto open = policy(settings({"10.0.0.0/8", "192.168.1.1:81", "[fd00::/8]:443", "203.0.113.0/24"}));
    EXPECT_TRUE(open->allows(at("10.9.9.9"), Reach::public_internet));
    EXPECT_TRUE(open->allows(at("::ffff:10.9.9.9"), Reach::public_internet));
    EXPECT_FALSE(open->allows(at("10.9.9.9", 81), Reach::public_internet));
    EXPECT_TRUE(open->allows(at("192.168.1.1", 81), Reach::public_internet));
    EXPECT_FALSE(open->allows(at("192.168.1.1", 80), Reach::public_internet));
    EXPECT_FALSE(open->allows(at("192.168.1.2", 81), Reach::public_internet));
    EXPECT_TRUE(open->allows(at("fd00::1", 443), Reach::public_internet));
    EXPECT_TRUE(open->allows(at("203.0.113.7"), Reach::public_internet));
}

TEST(EgressPolicy, AllowNeverOpensLinkLocalMetadataOrTheProxyItself) {
    const auto open = policy(settings({"0.0.0.0/0", "::/0"}), {at("127.0.0.1", 8181)});
    for (const char* address :
         {"169.254.169.254", "168.63.129.16", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254"}) {
        EXPECT_FALSE(open->allows(at(address), Reach::loopback)) << address;
    }
    EXPECT_FALSE(open->allows(at("127.0.0.1", 8181), Reach::loopback));
    EXPECT_TRUE(open->allows(at("127.0.0.1", 8182), Reach::public_internet));
}

TEST(EgressPolicy, DenyBeatsAllow) {
    const auto both = policy(settings({"10.0.0.0/8"}, {"10.1.0.0/16", "8.8.8.8:8080"}));
    EXPECT_TRUE(both->allows(at("10.2.0.1"), Reach::public_internet));
    EXPECT_FALSE(both->allows(at("10.1.0.1"), Reach::public_internet));
    EXPECT_FALSE(both->allows(at("10.1.0.1"), Reach::loopback));
    EXPECT_TRUE(both->allows(at("8.8.8.8"), Reach::public_internet));
    EXPECT_FALSE(both->allows(at("8.8.8.8", 8080), Reach::public_internet));
    const auto mapped = policy(settings({}, {"::ffff:127.0.0.0/104"}));
    EXPECT_FALSE(mapped->allows(at("127.0.0.1"), Reach::loopback));
    EXPECT_FALSE(mapped->allows(at("::ffff:127.0.0.1"), Reach::loopback));
}

TEST(EgressPolicy, TheProxysOwnListenersAreRefusedUnderEveryNameOfThisMachine) {
    const auto own = policy({}, {at("0.0.0.0", 8181), at("::1", 8182)}, {at("192.168.7.7").address});
    for (const char* address :
         {"127.0.0.1", "127.3.3.3", "::1", "192.168.7.7", "::ffff:192.168.7.7", "0.0.0.0"}) {
        EXPECT_FALSE(own->allows(at(address, 8181), Reach::loopback)) << address;
    }
    EXPECT_TRUE(own->allows(at("192.168.7.8", 8181), Reach::loopback));
    EXPECT_FALSE(own->allows(at("::1", 8182), Reach::loopback));
    EXPECT_TRUE(own->allows(at("127.0.0.1", 8182), Reach::loopback));
}

TEST(EgressPolicy, RefusesEntriesThatAreNone) {
    const auto bad = EgressPolicy::make(settings({"10.0.0.1/8"}), {}, {});
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, ErrorCode::configuration);
    EXPECT_NE(bad.error().message.find("egress.allow"), std::string::npos);
    EXPECT_FALSE(EgressPolicy::make(settings({}, {"example.com"}), {}, {}));
}

TEST(EgressPolicy, KnowsTheAddressesOfThisMachine) {
    const auto addresses = interface_addresses();
    EXPECT_NE(std::find(addresses.begin(), addresses.end(), at("127.0.0.1").address), addresses.end());
}

}  // namespace
}  // namespace chainmend::proxy
