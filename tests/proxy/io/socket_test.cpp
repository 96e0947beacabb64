#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/io/listener.h"
#include "proxy/io/native_address.h"
#include "proxy/io/resolver.h"
#include "proxy/io/tcp_stream.h"
#include "tests/proxy/io/socket_fixture.h"

namespace chainmend::proxy {
namespace {

using namespace std::chrono_literals;

TEST_F(SocketTest, BytesGoBothWaysAndBothEndsKnowEachOther) {
    make_pair();
    EXPECT_EQ(near().peer_address(), listener->local_address());
    EXPECT_EQ(accepted->peer_address(), near().local_address());
    std::string heard;
    std::string answer;
    accepted->set_callbacks({.data = [&](ByteView bytes) {
        heard += as_text(bytes);
        accepted->write(as_bytes("pong"));
    }});
    near().set_callbacks({.data = [&](ByteView bytes) { answer += as_text(bytes); }});
    accepted->start_reading();
    near().start_reading();
    near().write(as_bytes("ping"));
    run_until([&] { return answer == "pong"; });
    EXPECT_EQ(heard, "ping");
    EXPECT_EQ(near().queued(), 0u);
}

TEST_F(SocketTest, WhatTheKernelDoesNotTakeIsQueuedAndDrainedIsToldOnce) {
    make_pair();
    const std::string much(8 * 1024 * 1024, 'x');
    int drained = 0;
    std::size_t received = 0;
    near().set_callbacks({.drained = [&] { ++drained; }});
    near().write(as_bytes(much));
    near().write(as_bytes("the end"));
    EXPECT_GT(near().queued(), 0u);
    EXPECT_EQ(drained, 0);
    accepted->set_callbacks({.data = [&](ByteView bytes) { received += bytes.size(); }});
    accepted->start_reading();
    run_until([&] { return received == much.size() + 7; });
    EXPECT_EQ(near().queued(), 0u);
    EXPECT_EQ(drained, 1);
}

TEST_F(SocketTest, AStreamThatIsNotReadSlowsItsPeer) {
    make_pair();
    accepted->set_callbacks({.data = [&](ByteView) { FAIL() << "reading was never started"; }});
    near().write(as_bytes(std::string(16 * 1024 * 1024, 'x')));
    run_some_rounds();
    EXPECT_GT(near().queued(), 8u * 1024 * 1024);
}

TEST_F(SocketTest, AHalfClosedStreamStillReceives) {
    make_pair();
    std::string heard;
    std::size_t received = 0;
    bool ended = false;
    accepted->set_callbacks({.data = [&](ByteView bytes) { heard += as_text(bytes); },
                             .end =
                                 [&] {
                                     accepted->write(as_bytes(std::string(1024 * 1024, 'y')));
                                     accepted->shutdown_write();
                                 }});
    near().set_callbacks(
        {.data = [&](ByteView bytes) { received += bytes.size(); }, .end = [&] { ended = true; }});
    accepted->start_reading();
    near().start_reading();
    near().write(as_bytes("all"));
    near().shutdown_write();
    near().write(as_bytes("ignored"));
    run_until([&] { return ended; });
    EXPECT_EQ(heard, "all");
    EXPECT_EQ(received, 1024u * 1024);
    near().start_reading();  // after the end: nothing happens
    run_some_rounds();
}

TEST_F(SocketTest, FinComesAfterEverythingThatWasQueued) {
    make_pair();
    std::size_t received = 0;
    bool ended = false;
    near().write(as_bytes(std::string(8 * 1024 * 1024, 'x')));
    near().shutdown_write();
    EXPECT_GT(near().queued(), 0u);
    accepted->set_callbacks({.data = [&](ByteView bytes) { received += bytes.size(); },
                             .end =
                                 [&] {
                                     EXPECT_EQ(received, 8u * 1024 * 1024);
                                     ended = true;
                                 }});
    accepted->start_reading();
    run_until([&] { return ended; });
}

TEST_F(SocketTest, AResetIsAnErrorAndNoEnd) {
    make_pair();
    std::optional<Error> error;
    near().set_callbacks({.data = {},
                          .end = [] { FAIL() << "no FIN was sent"; },
                          .error = [&](const Error& e) { error = e; }});
    near().start_reading();
    accepted->reset();
    accepted->write(as_bytes("ignored"));
    accepted.reset();
    run_until([&] { return error.has_value(); });
    EXPECT_EQ(error->code, ErrorCode::network);
    near().write(as_bytes("ignored, too"));
    EXPECT_EQ(near().queued(), 0u);
}

TEST_F(SocketTest, AWriteToAResetConnectionReportsByCallbackOnly) {
    make_pair();
    accepted->reset();
    accepted.reset();
    std::optional<Error> error;
    near().set_callbacks({.error = [&](const Error& e) { error = e; }});
    run_some_rounds();
    near().write(as_bytes("x"));
    near().write(as_bytes("y"));
    EXPECT_FALSE(error);
    run_until([&] { return error.has_value(); });
}

TEST_F(SocketTest, EveryCallbackMayDestroyTheStream) {
    for (const char* which : {"data", "end", "error", "drained"}) {
        make_pair();
        bool destroyed = false;
        const std::string name = which;
        std::unique_ptr<TcpStream> stream = std::move(outcome->stream);
        const auto destroy = [&, marker = std::make_shared<int>(7)] {
            stream.reset();
            EXPECT_EQ(*marker, 7);  // what the running callback captured is still there
            destroyed = true;
        };
        TcpStream::Callbacks callbacks;
        if (name == "data") callbacks.data = [destroy](ByteView) { destroy(); };
        if (name == "end") callbacks.end = destroy;
        if (name == "error") callbacks.error = [destroy](const Error&) { destroy(); };
        if (name == "drained") callbacks.drained = destroy;
        stream->set_callbacks(std::move(callbacks));
        stream->start_reading();
        accepted->start_reading();
        if (name == "data") accepted->write(as_bytes("x"));
        if (name == "end") accepted->shutdown_write();
        if (name == "error") {
            accepted->reset();
            accepted.reset();
        }
        if (name == "drained") stream->write(as_bytes(std::string(8 * 1024 * 1024, 'x')));
        run_until([&] { return destroyed; });
        accepted.reset();
        outcome.reset();
    }
}

TEST_F(SocketTest, CallbacksMayBeReplacedFromACallback) {
    make_pair();
    std::string first;
    std::string second;
    near().set_callbacks({.data = [&, marker = std::make_shared<int>(7)](ByteView bytes) {
        near().set_callbacks({.data = [&](ByteView more) { second += as_text(more); }});
        EXPECT_EQ(*marker, 7);
        first += as_text(bytes);
        accepted->write(as_bytes("two"));
    }});
    near().start_reading();
    accepted->write(as_bytes("one"));
    run_until([&] { return second == "two"; });
    EXPECT_EQ(first, "one");
}

TEST_F(SocketTest, EveryWorkerMayListenOnTheSamePort) {
    listen();
    auto second = Listener::listen(loop, listener->local_address(), [](std::unique_ptr<TcpStream>) {});
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ((*second)->local_address(), listener->local_address());
    EXPECT_NE(listener->local_address().port, 0);
}

TEST_F(SocketTest, AskedBeforehandAPortInUseIsNotFree) {
    EXPECT_TRUE(Listener::check_free(loopback()));
    listen();
    const auto taken = Listener::check_free(listener->local_address());
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, ErrorCode::environment);
    const std::uint16_t port = listener->local_address().port;
    listener.reset();
    EXPECT_TRUE(Listener::check_free(loopback(port)));
}

TEST_F(SocketTest, ListeningOnAForeignAddressFails) {
    const auto made =
        Listener::listen(loop, *SocketAddress::parse("192.0.2.1:0"), [](std::unique_ptr<TcpStream>) {});
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find("192.0.2.1:0"), std::string::npos);
}

TEST_F(SocketTest, ListensOnIpv6) {
    listen(*SocketAddress::parse("[::1]:0"));
    connect({listener->local_address()});
    run_until([&] { return outcome && accepted; });
    EXPECT_EQ(accepted->peer_address().address.text(), "::1");
}

TEST_F(SocketTest, TheListenerMayBeDestroyedWhenItAccepts) {
    auto made = Listener::listen(loop, loopback(), [this](std::unique_ptr<TcpStream> stream) {
        listener.reset();
        accepted = std::move(stream);
    });
    listener = std::move(*made);
    connect({listener->local_address()});
    run_until([&] { return accepted != nullptr; });
    EXPECT_EQ(listener, nullptr);
}

/// Takes every file descriptor that the process may still have.
class NoDescriptorsLeft {
  public:
    NoDescriptorsLeft() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int next = ::dup(0);
        ::close(next);
        const rlimit tight{static_cast<rlim_t>(next) + 8, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &tight);
        for (int taken; (taken = ::dup(0)) >= 0;)
            taken_.push_back(taken);
    }
    ~NoDescriptorsLeft() { give_back(); }
    void give_back() {
        for (const int taken : taken_)
            ::close(taken);
        taken_.clear();
        ::setrlimit(RLIMIT_NOFILE, &before_);
    }

  private:
    rlimit before_{};
    std::vector<int> taken_;
};

TEST_F(SocketTest, WithoutDescriptorsItPausesReportsOnceAndRecovers) {
    int exhausted = 0;
    auto made = Listener::listen(
        loop, loopback(), [this](std::unique_ptr<TcpStream> stream) { accepted = std::move(stream); },
        [&](const Error& error) {
            EXPECT_EQ(error.code, ErrorCode::environment);
            ++exhausted;
        });
    listener = std::move(*made);
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const NativeAddress to(listener->local_address());
    ::connect(client, to.get(), to.size());
    run_some_rounds();  // UBSan needs descriptors to look at a type for the first time
    accepted.reset();
    const int late = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ::connect(late, to.get(), to.size());
    {
        NoDescriptorsLeft nothing;
        const auto begin = loop.now();
        run_until([&] { return loop.now() - begin > 350ms; });  // three pauses
        EXPECT_EQ(exhausted, 1);
        EXPECT_EQ(accepted, nullptr);
    }
    run_until([&] { return accepted != nullptr; });
    ::close(client);
    ::close(late);
}

using ResolverTest = SocketTest;

TEST_F(ResolverTest, LiteralsNeedNoLookup) {
    const auto resolver = *Resolver::make(loop, {});
    for (const char* literal : {"127.0.0.1", "::1", "2001:db8::1"}) {
        std::optional<Resolution> resolution;
        const OperationPtr lookup =
            resolver->resolve(literal, [&](Resolution r) { resolution = std::move(r); });
        EXPECT_FALSE(resolution);
        run_until([&] { return resolution.has_value(); });
        ASSERT_EQ(resolution->addresses.size(), 1u);
        EXPECT_EQ(resolution->addresses[0].text(), literal);
    }
}

TEST_F(ResolverTest, OverridesComeFirstWhateverTheCase) {
    const auto resolver = *Resolver::make(loop, {{"Intranet.Corp", "192.0.2.7"}});
    std::optional<Resolution> resolution;
    const OperationPtr lookup =
        resolver->resolve("INTRANET.corp", [&](Resolution r) { resolution = std::move(r); });
    run_until([&] { return resolution.has_value(); });
    ASSERT_EQ(resolution->addresses.size(), 1u);
    EXPECT_EQ(resolution->addresses[0].text(), "192.0.2.7");
    EXPECT_FALSE(Resolver::make(loop, {{"x", "not an address"}}));
}

TEST_F(ResolverTest, ItKnowsLocalhostAndSaysWhatDoesNotExist) {
    const auto resolver = *Resolver::make(loop, {});
    std::optional<Resolution> good;
    std::optional<Resolution> bad;
    std::optional<Resolution> too_long;
    const OperationPtr first = resolver->resolve("localhost", [&](Resolution r) { good = std::move(r); });
    const OperationPtr second = resolver->resolve("no such name", [&](Resolution r) { bad = std::move(r); });
    const OperationPtr third =
        resolver->resolve(std::string(300, 'a'), [&](Resolution r) { too_long = std::move(r); });
    run_until([&] { return good && bad && too_long; });
    ASSERT_FALSE(good->addresses.empty());
    EXPECT_TRUE(good->addresses[0].is_loopback());
    EXPECT_TRUE(bad->addresses.empty());
    EXPECT_NE(bad->failure, ResolveFailure::none);
    EXPECT_FALSE(bad->detail.empty());
    EXPECT_EQ(too_long->failure, ResolveFailure::not_found);
}

TEST_F(ResolverTest, ADestroyedLookupIsDetached) {
    const auto resolver = *Resolver::make(loop, {});
    for (int count = 0; count < 20; ++count) {
        OperationPtr lookup =
            resolver->resolve("localhost", [](Resolution) { FAIL() << "it was destroyed"; });
        lookup.reset();
    }
}

TEST_F(ResolverTest, TheCompletionMayDestroyTheLookup) {
    const auto resolver = *Resolver::make(loop, {});
    OperationPtr lookup;
    bool done = false;
    lookup = resolver->resolve("localhost", [&](Resolution) {
        lookup.reset();
        done = true;
    });
    run_until([&] { return done; });
}

}  // namespace
}  // namespace chainmend::proxy
