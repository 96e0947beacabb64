#include "proxy/io/listener_owner.h"

#include <unistd.h>

#include <bit>

#include "proxy/io/listener.h"
#include "tests/proxy/loop_test.h"

namespace chainmend::proxy {
namespace {

using Owners = std::set<uid_t>;

// Who listens on this machine, by the kernel's own table.
class ListenerOwners : public test::LoopTest {
  protected:
    static SocketAddress at(const char* text) { return *SocketAddress::parse(text); }
};

// Addresses stand there as numbers of the machine: these lines are from one that counts from the little end.
constexpr std::string_view table =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1FF6 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 7 1 0 100 0\n"
    "   1: 00000000:1FF7 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8 1 0 100 0\n"
    "   2: 0100007F:1FF7 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 9 1 0 100 0\n"
    "   3: 0100007F:1FF8 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1002        0 9 1 0 100 0\n"
    "   4: not a line\n";
constexpr std::string_view table_of_ipv6 =
    "  sl  local_address                         remote_address                        st tx_queue rx_queue\n"
    "   0: 00000000000000000000000001000000:1FF6 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000  1003        0 7 1 0 100 0\n"
    "   1: 0000000000000000FFFF00000100007F:1FF7 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000  1004        0 7 1 0 100 0\n"
    "   2: 00000000000000000000000000000000:1FF9 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000  1005        0 7 1 0 100 0\n";

TEST_F(ListenerOwners, AreReadFromTheTable) {
    if (std::endian::native != std::endian::little) GTEST_SKIP() << "the table is another one here";
    EXPECT_EQ(listener_owners(table, at("127.0.0.1:8182")), Owners{1000});
    EXPECT_EQ(listener_owners(table, at("127.0.0.2:8182")), Owners{});
    EXPECT_EQ(listener_owners(table, at("127.0.0.1:8183")), (Owners{0, 1001})) << "one has every address";
    EXPECT_EQ(listener_owners(table, at("127.0.0.1:8184")), Owners{}) << "a connection is no listener";
    EXPECT_EQ(listener_owners(table_of_ipv6, at("[::1]:8182")), Owners{1003});
    EXPECT_EQ(listener_owners(table_of_ipv6, at("127.0.0.1:8183")), Owners{1004}) << "an IPv4-mapped one";
    EXPECT_EQ(listener_owners(table_of_ipv6, at("127.0.0.1:8185")), Owners{1005});
    EXPECT_EQ(listener_owners("", at("127.0.0.1:8182")), Owners{});
}

TEST_F(ListenerOwners, IncludeThisProcess) {
    for (const auto* address : {"127.0.0.1:0", "[::1]:0", "0.0.0.0:0"}) {
        const auto listener = Listener::listen_alone(loop, at(address), [](std::unique_ptr<TcpStream>) {});
        ASSERT_TRUE(listener.ok()) << address;
        auto reached = (*listener)->local_address();
        if (reached.address.is_unspecified()) reached.address = *IpAddress::parse("127.0.0.1");
        EXPECT_TRUE(listens_for_us(reached)) << address;
        reached.port ^= 1;  // the neighbour, if there is one, is not asked about
        reached.address = *IpAddress::parse("192.0.2.1");
        EXPECT_FALSE(listens_for_us(reached)) << address;
    }
}

}  // namespace
}  // namespace chainmend::proxy
