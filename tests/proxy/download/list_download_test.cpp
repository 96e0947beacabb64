#include "proxy/download/list_download.h"

#include <gtest/gtest.h>

#include "proxy/judging_snapshot.h"
#include "tests/support/issuer_server.h"
#include "tests/support/origin.h"
#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using test::Identity;
using test::IssuerAnswer;
using test::Origin;
using test::OriginBehaviour;
using test::OriginOptions;
using Manner = test::IssuerAnswer::Manner;

/// The bounds of a download, over http and over https.
class ListDownloadTest : public ::testing::Test {
  protected:
    ListDownloadTest() {
        config::Settings settings;
        settings.trust.system = false;
        settings.trust.files = {home.write("root.pem", root.pem()).string()};
        settings.repair.store = (home / "intermediates").string();
        settings.intercept.ca_dir = (home / "ca").string();
        snapshot = *read_judging_snapshot(settings, test::noon());
        options.now = [] { return test::noon(); };
        options.patience = minutes{1};
        options.silence = minutes{1};
    }

    ErrorCode trouble(const std::string& url) {
        const auto body = download_list(snapshot, url, options);
        EXPECT_FALSE(body);
        if (body) return ErrorCode::cancelled;
        EXPECT_NE(body.error().message.find(url), std::string::npos) << body.error().message;
        return body.error().code;
    }
    /// 127.0.0.1 says `body` after the handshake.
    OriginOptions origin(OriginBehaviour behaviour, const std::string& body) {
        test::CertificateSpec spec;
        spec.ip_addresses = {"127.0.0.1"};
        auto made = OriginOptions::of(root.leaf("list.test", spec));
        made.behaviour = behaviour;
        made.body = body;
        return made;
    }

    const test::TemporaryDirectory home;
    const Identity root = Identity::root("Root");
    test::IssuerServer server;
    SnapshotPtr snapshot;
    ListDownloadOptions options;
};

TEST_F(ListDownloadTest, ReadsUpToItsBoundAndNoFurther) {
    options.max_bytes = 100'000;
    server.serve("/fits", IssuerAnswer::text(200, std::string(100'000, 'x')));
    server.serve("/large", IssuerAnswer::text(200, std::string(100'001, 'x')));
    server.serve("/endless", IssuerAnswer::text(200, "").with(Manner::endless));
    std::int64_t told = 0;
    options.progressed = [&](std::int64_t bytes) { told = bytes; };
    const auto body = download_list(snapshot, server.url("/fits"), options);
    ASSERT_TRUE(body) << body.error().message;
    EXPECT_EQ(body->size(), 100'000U);
    EXPECT_GT(told, 0);
    EXPECT_EQ(trouble(server.url("/large")), ErrorCode::limit_exceeded);
    EXPECT_EQ(trouble(server.url("/endless")), ErrorCode::limit_exceeded);
    const Origin secure(
        origin(OriginBehaviour::send_and_close, "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'001, 'x')));
    EXPECT_EQ(trouble("https://" + secure.authority() + "/"), ErrorCode::limit_exceeded);
}

TEST_F(ListDownloadTest, GivesUpOnAServerThatHasHung) {
    options.silence = milliseconds{100};
    server.serve("/hang", IssuerAnswer::not_found().with(Manner::hang));
    EXPECT_EQ(trouble(server.url("/hang")), ErrorCode::timed_out);
    const Origin silent(origin(OriginBehaviour::silent, ""));
    EXPECT_EQ(trouble("https://" + silent.authority() + "/"), ErrorCode::timed_out);
    const Origin sink(origin(OriginBehaviour::sink, ""));
    EXPECT_EQ(trouble("https://" + sink.authority() + "/"), ErrorCode::timed_out);
}

TEST_F(ListDownloadTest, GivesUpOnOneThatDripsForEver) {
    options.patience = milliseconds{300};
    auto slow = IssuerAnswer::text(200, std::string(100'000, 'x')).with(Manner::slow);
    slow.interval = milliseconds{10};
    server.serve("/slow", slow);
    EXPECT_EQ(trouble(server.url("/slow")), ErrorCode::timed_out);
    auto dripping = origin(OriginBehaviour::drip, "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'));
    dripping.interval = milliseconds{10};
    const Origin drip(dripping);
    EXPECT_EQ(trouble("https://" + drip.authority() + "/"), ErrorCode::timed_out);
}

}  // namespace
}  // namespace chainmend::proxy
