#include "proxy/server.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include "certs/certificate_file.h"
#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {
namespace {

// Starting, stopping, reloading.
class Serving : public ProxyTest {
  protected:
    OriginOptions complete(OriginBehaviour behaviour = OriginBehaviour::http) {
        auto options = OriginOptions::of(leaf(), {ca1.certificate()});
        options.behaviour = behaviour;
        return options;
    }
    std::unique_ptr<ProxyClient> open(const Origin& origin) {
        auto client = std::make_unique<ProxyClient>(proxy->address());
        EXPECT_EQ(client->connect(target(origin)), "HTTP/1.1 200 Connection established\r\n\r\n");
        EXPECT_EQ(client->start_tls(trusting()), "");
        return client;
    }
    config::Settings settings() {
        config::Settings made;
        made.listen.address = "127.0.0.1:0";
        made.trust.system = false;
        made.trust.files = {directory.write("roots.pem", root.pem())};
        made.repair.store = directory / "intermediates";
        made.intercept.ca_dir = directory / "ca";
        made.log.file = directory / "log.json";
        made.history.database = directory / "history.db";
        return made;
    }
    static ErrorCode error_of(config::Settings settings) {
        proxy::ServerOptions options;
        options.now = [] { return noon(); };
        auto server = proxy::Server::make(std::move(settings), options);
        return server ? ErrorCode::cancelled : server.error().code;
    }
};

TEST_F(Serving, TellsWhereItListensWhomItTrustsAndWhatToDo) {
    start();
    const auto text = proxy->server().start_up_text();
    EXPECT_NE(text.find("on http://" + proxy->address() + "\n"), std::string::npos) << text;
    EXPECT_NE(text.find("1 anchor from "), std::string::npos);
    EXPECT_NE(text.find("0 stored in "), std::string::npos);
    EXPECT_NE(text.find("made now, valid until "), std::string::npos);
    EXPECT_NE(text.find("HTTPS_PROXY=http://" + proxy->address()), std::string::npos);
}

TEST_F(Serving, TellsEveryListener) {
    start([](config::Settings& settings) { settings.listen.also = {"127.0.0.1:0", "127.0.0.1:0"}; });
    const auto text = proxy->server().start_up_text();
    EXPECT_EQ(text.find("on http://" + proxy->address() + "\n  also on  http://127.0.0.1:"),
              text.find("on http://"))
        << text;
    EXPECT_NE(text.find("\n           http://127.0.0.1:"), std::string::npos) << text;
}

TEST_F(Serving, IsRefusedWithoutAnchors) {
    auto empty = settings();
    empty.trust.files.clear();
    EXPECT_EQ(error_of(empty), ErrorCode::configuration);
}

TEST_F(Serving, IsRefusedOnATakenPort) {
    start();
    auto same = settings();
    same.listen.address = proxy->address();
    EXPECT_EQ(error_of(same), ErrorCode::environment);
}

TEST_F(Serving, IsRefusedWithAProtectionThatThisVersionLacks) {
    auto authenticated = settings();
    authenticated.listen.auth = "user:password";
    EXPECT_EQ(error_of(authenticated), ErrorCode::configuration);
}

TEST_F(Serving, IsRefusedWithAPolicyThatDoesNotSayWhatItMeans) {
    auto pinned = settings();
    pinned.hosts = {config::HostRule{.match = {"a.test"}, .pins = {"00"}}};
    EXPECT_EQ(error_of(pinned), ErrorCode::configuration);
    auto limited = settings();
    limited.trust.only_for = {{"/nowhere.pem", "*.a.test"}};
    EXPECT_EQ(error_of(limited), ErrorCode::configuration);
    auto excepted = settings();
    excepted.exceptions = {{"a.test", std::string(64, 'a'), "why", "who", "2026-12-31", {}}};
    EXPECT_EQ(error_of(excepted), ErrorCode::configuration);
    excepted.exceptions[0].forgives = {"revoked"};
    EXPECT_EQ(error_of(excepted), ErrorCode::configuration);
    excepted.exceptions[0].forgives = {"expired"};
    excepted.exceptions.push_back(excepted.exceptions[0]);
    EXPECT_EQ(error_of(excepted), ErrorCode::configuration);
    auto listed = settings();
    listed.verify.crl_files = {"/nowhere.crl"};
    EXPECT_EQ(error_of(listed), ErrorCode::configuration);
}

TEST_F(Serving, DrainingLetsATunnelFinish) {
    const Origin origin(complete(OriginBehaviour::echo));
    start();
    auto client = open(origin);
    proxy->server().request_stop();
    // The listener is gone when a connection is refused.
    for (bool accepting = true; accepting;) {
        try {
            const ProxyClient late(proxy->address());
        } catch (const std::runtime_error&) {
            accepting = false;
        }
    }
    EXPECT_TRUE(client->write("still here"));
    EXPECT_EQ(client->read(10), "still here");
    client->send_close_notify();
    client->read_to_end();
    client.reset();
    ASSERT_TRUE(proxy->wait_for_records(2));
    EXPECT_EQ(proxy->tunnels().at(0)["chainmend"]["end"], "closed");
}

TEST_F(Serving, ASecondStopCutsTunnelsShortAndRecordsThem) {
    const Origin origin(complete(OriginBehaviour::echo));
    start();
    const auto client = open(origin);
    client->write("x");
    client->read(1);
    proxy->server().request_stop();
    proxy->server().request_stop();
    client->read_to_end();
    proxy->stop();
    ASSERT_EQ(proxy->tunnels().size(), 1U);
    EXPECT_EQ(proxy->tunnels()[0]["chainmend"]["end"], "proxy_stopped");
    EXPECT_EQ(proxy->tunnels()[0]["client"]["bytes"], 1);
}

TEST_F(Serving, TheDrainEndsAtItsDeadline) {
    const Origin origin(complete(OriginBehaviour::echo));
    start([](config::Settings& settings) { settings.listen.drain_timeout = std::chrono::milliseconds{50}; });
    const auto client = open(origin);
    proxy->stop();
    EXPECT_EQ(proxy->tunnels().at(0)["chainmend"]["end"], "proxy_stopped");
}

TEST_F(Serving, AReloadTakesUpANewRootAndForgetsOldVerdicts) {
    const auto second = Identity::root("Second Root");
    const auto end_entity = second.leaf("leaf.test");
    const Origin origin(OriginOptions::of(end_entity));
    start();
    EXPECT_NE(status_of(origin).find(" 502 "), std::string::npos);
    directory.write("roots.pem", root.pem() + second.pem());
    proxy->server().request_reload();
    std::string status;
    do {
        status = status_of(origin);
    } while (status.find(" 502 ") != std::string::npos);
    EXPECT_NE(status.find(" 200 "), std::string::npos);
}

TEST_F(Serving, AReloadWithAMistakeChangesNothing) {
    const Origin origin(complete());
    start();
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
    directory.write("roots.pem", "no certificate");
    proxy->change_settings([](config::Settings& settings) { settings.connect.ports = {{443}}; });
    proxy->server().request_reload();
    proxy->server().request_reload();
    while (proxy->reloads() < 2)
        std::this_thread::yield();  // the first one is over
    EXPECT_NE(status_of(origin).find(" 200 "), std::string::npos);
}

TEST_F(Serving, ReloadsUnderTrafficCostNoRequest) {
    const Origin origin(complete());
    start([](config::Settings& settings) { settings.listen.workers = 2; });
    std::atomic<bool> done = false;
    std::thread reloading([&] {
        while (!done) {
            proxy->server().request_reload();
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
    });
    int served = 0;
    for (int number = 0; number < 50; ++number) {
        const auto client = open(origin);
        served += client->get("leaf.test").find("hello from the origin") != std::string::npos;
    }
    done = true;
    reloading.join();
    EXPECT_EQ(served, 50);
}

TEST_F(Serving, TheSigningCaIsRenewedWhileItRuns) {
    CertificateSpec lasting;
    lasting.not_after = noon() + std::chrono::days{5000};
    auto lasting_settings = settings();
    lasting_settings.trust.files = {
        directory.write("lasting.pem", Identity::root("Lasting Root", lasting).pem())};
    std::atomic<Time> now = noon();
    proxy::ServerOptions options;
    options.handle_signals = false;
    options.now = [&now] { return now.load(); };
    options.look_at_ca_every = std::chrono::milliseconds{1};
    auto server = proxy::Server::make(lasting_settings, options);
    ASSERT_TRUE(server) << server.error().message;
    const auto ca = [this] {
        return certs::read_certificates(as_bytes(content_of(directory / "ca/ca.pem")))->certificates.front();
    };
    const auto before = ca();
    std::thread running([&] { (*server)->run(); });
    now = *before->not_after() - std::chrono::days{89};
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (ca()->sha256() == before->sha256() && std::chrono::steady_clock::now() < limit)
        std::this_thread::yield();
    (*server)->request_stop();
    running.join();
    EXPECT_NE(ca()->sha256(), before->sha256());
    EXPECT_EQ(ca()->spki_sha256(), before->spki_sha256());
    EXPECT_GT(ca()->not_after(), before->not_after());
    const auto record = content_of(directory / "log.json");
    EXPECT_NE(record.find(R"("event":"ca_renewed")"), std::string::npos) << record;
}

TEST_F(Serving, TheLogIsOpenedAnewAfterARename) {
    const Origin origin(complete());
    start();
    status_of(origin);
    ASSERT_TRUE(proxy->wait_for_records(2));
    std::filesystem::rename(directory / "log.json", directory / "log.old");
    proxy->server().request_log_reopen();
    status_of(origin);
    proxy->stop();
    EXPECT_EQ(proxy->decisions().size(), 1U);
    EXPECT_NE(content_of(directory / "log.old").find("\"decision\":\"accepted\""), std::string::npos);
}

TEST_F(Serving, EveryWorkerServes) {
    const Origin origin(complete());
    start([](config::Settings& settings) { settings.listen.workers = 4; });
    std::vector<std::thread> clients;
    std::atomic<int> served = 0;
    for (int number = 0; number < 24; ++number) {
        clients.emplace_back([&] {
            const auto client = open(origin);
            served += client->get("leaf.test").find("hello from the origin") != std::string::npos;
        });
    }
    for (auto& client : clients)
        client.join();
    EXPECT_EQ(served, 24);
}

}  // namespace
}  // namespace chainmend::test
