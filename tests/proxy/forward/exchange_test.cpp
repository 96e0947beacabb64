#include <sys/socket.h>

#include <thread>

#include "tests/proxy/forward/exchange_fixture.h"

namespace chainmend::test {
namespace {

using Conversation = HttpOrigin::Conversation;

// Requests in absolute form over plain HTTP.
class Exchanges : public ExchangeTest {};

TEST_F(Exchanges, GoToTheServerInOriginFormWithItsOwnHost) {
    const HttpOrigin origin([](Conversation& c) { c.answer_each(http_ok("hello")); });
    const auto answer =
        ask("GET " + origin.url("/a/b?c=d") +
            " HTTP/1.1\r\nhOST: elsewhere.test\r\nX-Odd-CASE: 1\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nVia: 1.1 chainmend\r\n"))
        << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\nhello")) << answer;
    EXPECT_EQ(origin.received(), "GET /a/b?c=d HTTP/1.1\r\nHost: leaf.test:" + std::to_string(origin.port()) +
                                     "\r\nX-Odd-CASE: 1\r\nVia: 1.1 chainmend\r\n\r\n");
}

TEST_F(Exchanges, LeaveOutWhatIsForOneHop) {
    const HttpOrigin origin([](Conversation& c) {
        c.answer_each(http_ok("x",
                              "Connection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\n"
                              "Proxy-Authenticate: Basic\r\nProxy-Connection: close\r\nX-Stays: 1\r\n"));
    });
    const auto answer =
        ask(get(origin.url(),
                "Connection: close, X-Mine\r\nX-Mine: 1\r\nProxy-Connection: keep-alive\r\nKeep-Alive: 3\r\n"
                "Proxy-Authorization: Basic c2VjcmV0\r\nTE: trailers, deflate\r\nVia: 1.0 other\r\n"));
    for (const auto* name : {"X-Mine", "Proxy-", "Keep-Alive", "c2VjcmV0", "deflate", "close"})
        EXPECT_EQ(origin.received().find(name), std::string::npos) << name << "\n" << origin.received();
    EXPECT_NE(origin.received().find("\r\nVia: 1.0 other, 1.1 chainmend\r\n"), std::string::npos);
    EXPECT_NE(origin.received().find("\r\nTE: trailers\r\nConnection: TE\r\n"), std::string::npos);
    for (const auto* name : {"X-Hop", "Keep-Alive", "Proxy-"})
        EXPECT_EQ(answer.find(name), std::string::npos) << name << "\n" << answer;
    EXPECT_NE(answer.find("X-Stays: 1\r\n"), std::string::npos);
}

TEST_F(Exchanges, KeepBothConnectionsForTheNextRequest) {
    const HttpOrigin origin([](Conversation& c) { c.answer_each(http_ok("hello")); });
    ProxyClient client(proxy->address());
    for (int i = 0; i < 3; ++i) {
        client.send(get(origin.url("/" + std::to_string(i))));
        EXPECT_TRUE(read(client, 5).ends_with("\r\n\r\nhello"));
    }
    EXPECT_EQ(origin.connections(), 1);
}

TEST_F(Exchanges, AnswerPipelinedRequestsInTheirOrder) {
    const HttpOrigin origin([](Conversation& c) {
        while (c.read_head().size() > 4)
            c.send(http_ok(c.read(0) + "x"));
    });
    const HttpOrigin other([](Conversation& c) { c.answer_each(http_ok("y")); });
    ProxyClient client(proxy->address());
    client.send(get(origin.url("/1")) + get(other.url("/2")) +
                get(origin.url("/3"), "Connection: close\r\n"));
    EXPECT_TRUE(read(client, 1).ends_with("x"));
    EXPECT_TRUE(read(client, 1).ends_with("y"));
    EXPECT_TRUE(client.receive_all().ends_with("x"));
}

TEST_F(Exchanges, AConnectMayFollowThem) {
    const HttpOrigin http([](Conversation& c) { c.answer_each(http_ok("hello")); });
    const Origin origin(OriginOptions::of(leaf(), {ca1.certificate()}));
    ProxyClient client(proxy->address());
    client.send(get(http.url()));
    EXPECT_TRUE(read(client, 5).ends_with("hello"));
    EXPECT_TRUE(client.connect(target(origin)).starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(client.start_tls(trusting()), "");
    EXPECT_NE(client.get("leaf.test").find("hello from the origin"), std::string::npos);
}

TEST_F(Exchanges, PassABodyOnByItsLength) {
    const auto body = pattern(1'000'000);
    const HttpOrigin origin([&](Conversation& c) {
        c.read_head();
        c.send(http_ok(c.read(body.size())));
    });
    ProxyClient client(proxy->address());
    client.send("POST " + origin.url() + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    std::thread sender([&] { client.send(body); });
    const auto head = client.receive_head();
    EXPECT_EQ(client.receive(body.size()), body);
    sender.join();
    EXPECT_NE(head.find("Content-Length: 1000000\r\n"), std::string::npos);
    EXPECT_NE(origin.received().find("\r\nContent-Length: 1000000\r\n"), std::string::npos);
}

TEST_F(Exchanges, PassChunksAndTrailersOn) {
    const HttpOrigin origin([](Conversation& c) {
        c.read_head();
        c.read(std::string_view("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n").size());
        c.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Done\r\n\r\n"
            "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Done: yes\r\nContent-Length: 7\r\n\r\n");
        c.read_to_end();
    });
    ProxyClient client(proxy->address());
    client.send(
        "POST " + origin.url() +
        " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");
    const auto head = client.receive_head();
    EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_NE(head.find("Trailer: X-Done\r\n"), std::string::npos);
    const std::string body = "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Done: yes\r\n\r\n";
    EXPECT_EQ(client.receive(body.size()), body);
    EXPECT_NE(origin.received().find("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), std::string::npos);
}

TEST_F(Exchanges, LetTheServerSayThatItWantsTheBody) {
    const HttpOrigin origin([](Conversation& c) {
        c.read_head();
        c.send("HTTP/1.1 100 Continue\r\n\r\n");
        c.read(4);
        c.send(http_ok("done"));
        c.read_to_end();
    });
    ProxyClient client(proxy->address());
    client.send("PUT " + origin.url() +
                " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(client.receive_head(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    EXPECT_TRUE(read(client, 4).ends_with("done"));
    EXPECT_NE(origin.received().find("Expect: 100-continue\r\n"), std::string::npos);
}

TEST_F(Exchanges, EndAConnectionWhoseBodyTheServerDidNotWant) {
    const HttpOrigin origin([](Conversation& c) {
        c.read_head();
        c.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
        c.read_to_end();
    });
    const auto answer = ask("PUT " + origin.url() +
                            " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 417 No\r\n"));
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
}

TEST_F(Exchanges, PassInterimAnswersOnButNotToHttp10) {
    const HttpOrigin origin([](Conversation& c) {
        c.read_head();
        c.send("HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" +
               http_ok("hello"));
        c.read_to_end();
    });
    ProxyClient client(proxy->address());
    client.send(get(origin.url()));
    EXPECT_EQ(client.receive_head(), "HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n");
    EXPECT_EQ(client.receive_head(), "HTTP/1.1 102 Processing\r\n\r\n");
    EXPECT_TRUE(read(client, 5).ends_with("hello"));
    EXPECT_TRUE(ask("GET " + origin.url() + " HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Exchanges, KnowWhichAnswersHaveNoBody) {
    for (const std::string answer : {"HTTP/1.1 204 No Content\r\n\r\n",
                                     "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: \"a\"\r\n\r\n",
                                     "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"}) {
        const HttpOrigin origin([&](Conversation& c) { c.answer_each(answer); });
        ProxyClient client(proxy->address());
        for (int i = 0; i < 2; ++i) {
            client.send(get(origin.url()));
            const auto head = client.receive_head();
            EXPECT_EQ(head.substr(0, head.find("\r\n")), answer.substr(0, answer.find("\r\n")));
            EXPECT_EQ(head.find("Transfer-Encoding"), std::string::npos);
        }
    }
}

TEST_F(Exchanges, PassTheLengthOfAHeadRequestOn) {
    const HttpOrigin origin(
        [](Conversation& c) { c.answer_each("HTTP/1.1 200 OK\r\nContent-Length: 123456\r\n\r\n"); });
    ProxyClient client(proxy->address());
    for (int i = 0; i < 2; ++i) {
        client.send("HEAD " + origin.url() + " HTTP/1.1\r\nHost: x\r\n\r\n");
        EXPECT_NE(client.receive_head().find("Content-Length: 123456\r\n"), std::string::npos);
    }
    EXPECT_EQ(origin.connections(), 1);
}

TEST_F(Exchanges, ChunkWhatEndsWithTheConnectionExceptForHttp10) {
    const HttpOrigin origin([](Conversation& c) {
        c.read_head();
        c.send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello");
    });
    ProxyClient client(proxy->address());
    client.send(get(origin.url()));
    EXPECT_NE(client.receive_head().find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(client.receive(15), "5\r\nhello\r\n0\r\n\r\n");
    const auto answer = ask("GET " + origin.url() + " HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(answer.ends_with("\r\n\r\nhello"));
    EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
}

TEST_F(Exchanges, TakeTheChunksOffForHttp10) {
    const HttpOrigin origin([](Conversation& c) {
        c.answer_each("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    });
    EXPECT_TRUE(ask("GET " + origin.url() + " HTTP/1.0\r\n\r\n").ends_with("\r\n\r\nhello"));
}

TEST_F(Exchanges, NeverMendABrokenAnswer) {
    for (const std::string answer :
         {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"}) {
        const HttpOrigin origin([&](Conversation& c) {
            c.read_head();
            c.send(answer);
        });
        ProxyClient client(proxy->address());
        client.send(get(origin.url()));
        const auto head = client.receive_head();
        const auto body = client.receive_all();
        EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n"));
        EXPECT_EQ(body.find("0\r\n\r\n"), std::string::npos) << body;
        EXPECT_LT(body.size(), 14U);
    }
}

TEST_F(Exchanges, RefuseAnswersThatCanBeReadInTwoWays) {
    for (const std::string answer :
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
          "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
          "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
          "HTTP/2 200 OK\r\n\r\n", "hello\r\n\r\n", "HTTP/1.1 99 Low\r\n\r\n"}) {
        const HttpOrigin origin([&](Conversation& c) {
            c.read_head();
            c.send(answer);
            c.read_to_end();
        });
        const auto got = ask(get(origin.url()));
        EXPECT_TRUE(got.starts_with("HTTP/1.1 502 chainmend bad_response: ")) << answer << "\n" << got;
    }
}

TEST_F(Exchanges, RefuseRequestsThatCanBeReadInTwoWays) {
    const HttpOrigin origin([](Conversation& c) { c.answer_each(http_ok("smuggled")); });
    const auto line = "POST " + origin.url() + " HTTP/1.1\r\n";
    for (const std::string rest :
         {"Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET",
          "Host: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
          "Host: x\r\nContent-Length: 5, 5\r\n\r\nhello",
          "Host: x\r\nContent-Length: +5\r\n\r\nhello",
          "Host: x\r\nContent-Length: 0x5\r\n\r\nhello",
          "Host: x\r\nContent-Length: -1\r\n\r\n",
          "Host: x\r\nContent-Length : 5\r\n\r\nhello",
          "Host: x\r\nContent-Length\t: 5\r\n\r\nhello",
          "Host: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
          "Host: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
          "Host: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
          "Host: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
          "Host: x\r\nTransfer-Encoding : chunked\r\n\r\n",
          "Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
          "Host: x\r\nTransfer-Encoding: \x0b"
          "chunked\r\n\r\n",
          "Host: x\nContent-Length: 5\r\n\r\nhello",
          "Host: x\r\nX: a\rb\r\n\r\n",
          "Host: x\r\nX: a\r\n folded\r\n\r\n",
          "Host: x\r\nHost: y\r\n\r\n",
          "X: no host\r\n\r\n"}) {
        const auto got = ask(line + rest);
        EXPECT_TRUE(got.starts_with("HTTP/1.1 400 chainmend bad_request: ")) << rest << "\n" << got;
    }
    EXPECT_TRUE(ask("POST " + origin.url() + " HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .starts_with("HTTP/1.1 400 "));
    EXPECT_EQ(origin.connections(), 0);
}

TEST_F(Exchanges, RefuseChunksThatCanBeReadInTwoWays) {
    for (const std::string body :
         {"5\nhello\r\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n",
          "5 \r\nhello\r\n0\r\n\r\n", "10000000000000005\r\nhello\r\n", "\r\n5\r\nhello\r\n",
          "5\r\nhello\n0\r\n\r\n", "5;a\nb\r\nhello\r\n", "0\r\nX : y\r\n\r\n", "0\r\n X: y\r\n\r\n",
          "0\r\nX\r\n\r\n"}) {
        const HttpOrigin origin([](Conversation& c) { c.read_to_end(); });
        const auto got =
            ask("POST " + origin.url() + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        EXPECT_TRUE(got.starts_with("HTTP/1.1 400 chainmend bad_request: ")) << body << "\n" << got;
        proxy->wait_for_records(1);
        // What the server has got is not a whole message.
        EXPECT_EQ(origin.received().find("0\r\n\r\n"), std::string::npos) << origin.received();
    }
}

TEST_F(Exchanges, RefuseOddUrls) {
    for (const auto* url :
         {"http://", "http:///path", "http://user@leaf.test/", "http://leaf.test:0/",
          "http://leaf.test:99999/", "http://leaf.test/#fragment", "http://2130706433/",
          "http://leaf.test\\@evil.test/", "http://[fe80::1%25eth0]/", "http://le%61f.test/"}) {
        const auto got = ask(get(url));
        EXPECT_TRUE(got.starts_with("HTTP/1.1 400 ")) << url << "\n" << got;
    }
}

TEST_F(Exchanges, UpgradeToWebSocketAndNeverToH2c) {
    const HttpOrigin origin([](Conversation& c) {
        const auto head = c.read_head();
        if (head.find("Upgrade: websocket\r\n") == std::string::npos) return c.send(http_ok("plain"));
        c.send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: k\r\n\r\nfirst");
        const auto frame = c.read(4);
        c.send("<" + frame + ">");
        c.shutdown_write();
        c.read_to_end();
    });
    ProxyClient client(proxy->address());
    client.send(get(origin.url(), "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n") + "ping");
    const auto head = client.receive_head();
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << head;
    EXPECT_NE(head.find("Upgrade: websocket\r\nConnection: Upgrade\r\n"), std::string::npos) << head;
    EXPECT_EQ(client.receive(11), "first<ping>");
    ProxyClient other(proxy->address());
    other.send(
        get(origin.url(), "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n"));
    EXPECT_TRUE(other.receive_head().starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(origin.received().find("HTTP2-Settings"), std::string::npos);
    EXPECT_EQ(origin.received().find("h2c"), std::string::npos);
}

TEST_F(Exchanges, StreamBothWaysAtOnce) {
    const HttpOrigin origin([](Conversation& c) {
        c.read_head();
        c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 3; ++i) {
            const auto chunk = c.read(6);  // "1\r\nN\r\n"
            c.send(chunk);
        }
        c.read(5);
        c.send("0\r\n\r\n");
        c.read_to_end();
    });
    ProxyClient client(proxy->address());
    client.send("POST " + origin.url() + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_TRUE(client.receive_head().starts_with("HTTP/1.1 200 OK\r\n"));
    for (const std::string chunk : {"1\r\na\r\n", "1\r\nb\r\n", "1\r\nc\r\n"}) {
        client.send(chunk);
        EXPECT_EQ(client.receive(6), chunk);
    }
    client.send("0\r\n\r\n");
    EXPECT_EQ(client.receive(5), "0\r\n\r\n");
}

// An origin that could send without end is stopped by a client that does not read.
TEST_F(Exchanges, HoldBackAServerWhoseClientDoesNotRead) {
    std::atomic<std::size_t> sent = 0;
    std::atomic<bool> blocked = false;
    const std::size_t size = 64 * 1024 * 1024;
    const HttpOrigin origin([&](Conversation& c) {
        c.read_head();
        c.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
        const std::string block(65536, 'x');
        const timeval brief{0, 300'000};
        ::setsockopt(c.socket(), SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief);
        while (sent < size) {
            const auto taken = ::send(c.socket(), block.data(), block.size(), MSG_NOSIGNAL);
            if (taken <= 0 && !blocked.exchange(true)) continue;
            if (taken <= 0) continue;
            sent += static_cast<std::size_t>(taken);
        }
        c.read_to_end();
    });
    ProxyClient client(proxy->address());
    client.send(get(origin.url(), "Connection: close\r\n"));
    client.receive_head();
    while (!blocked)
        std::this_thread::yield();
    // The kernel's buffers on both sides of the proxy, and not more than a few reads in it.
    EXPECT_LT(sent, size / 2);
    EXPECT_EQ(client.receive_all().size(), size);
}

TEST_F(Exchanges, AskAgainWhenAKeptConnectionHadBeenClosed) {
    std::atomic<int> connection = 0;
    const HttpOrigin origin([&](Conversation& c) {
        if (connection++ == 0) {
            c.read_head();
            c.send(http_ok("first"));
            c.read_head();  // and leaves without an answer
            return;
        }
        c.answer_each(http_ok("again"));
    });
    ProxyClient client(proxy->address());
    client.send(get(origin.url()));
    EXPECT_TRUE(read(client, 5).ends_with("first"));
    client.send(get(origin.url()));
    EXPECT_TRUE(read(client, 5).ends_with("again"));
    EXPECT_EQ(origin.connections(), 2);
}

TEST_F(Exchanges, NeverAskTwiceForWhatMayNotBeDoneTwice) {
    std::atomic<int> posts = 0;
    const HttpOrigin origin([&](Conversation& c) {
        c.read_head();
        c.send(http_ok("first"));
        if (c.read_head().starts_with("POST")) ++posts;
    });
    ProxyClient client(proxy->address());
    client.send(get(origin.url()));
    EXPECT_TRUE(read(client, 5).ends_with("first"));
    client.send("POST " + origin.url() + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(client.receive_head().starts_with("HTTP/1.1 502 chainmend connection_terminated: "));
    EXPECT_EQ(posts, 1);
    EXPECT_EQ(origin.connections(), 1);
}

// Bytes that nobody asked for must not become the answer to the next request.
TEST_F(Exchanges, NeverUseAnswersThatWereNotAskedFor) {
    std::atomic<int> connection = 0;
    const HttpOrigin origin([&](Conversation& c) {
        if (connection++ > 0) return c.answer_each(http_ok("right"));
        c.read_head();
        c.send(http_ok("first") + http_ok("poison"));
        c.read_to_end();
    });
    ProxyClient client(proxy->address());
    client.send(get(origin.url()));
    EXPECT_TRUE(read(client, 5).ends_with("first"));
    client.send(get(origin.url()));
    EXPECT_TRUE(read(client, 5).ends_with("right"));
}

TEST_F(Exchanges, ServeAClientThatHasEndedItsSending) {
    const HttpOrigin origin([](Conversation& c) { c.answer_each(http_ok("hello")); });
    ProxyClient client(proxy->address());
    client.send(get(origin.url()));
    client.shutdown_write();
    EXPECT_TRUE(client.receive_all().ends_with("\r\n\r\nhello"));
    for (const std::string body :
         {"Content-Length: 3\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}) {
        ProxyClient sender(proxy->address());
        sender.send("POST " + origin.url() + " HTTP/1.1\r\nHost: x\r\n" + body);
        sender.shutdown_write();
        EXPECT_TRUE(sender.receive_all().ends_with("\r\n\r\nhello")) << body;
    }
}

TEST_F(Exchanges, PassOnMethodsAndStatusesThatNobodyRegistered) {
    const HttpOrigin origin(
        [](Conversation& c) { c.answer_each("HTTP/1.1 999 Go Away\r\nContent-Length: 0\r\n\r\n"); });
    const auto answer = ask("QUERY " + origin.url() + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 999 Go Away\r\n")) << answer;
    EXPECT_TRUE(origin.received().starts_with("QUERY / HTTP/1.1\r\n")) << origin.received();
}

TEST_F(Exchanges, RefuseTheProxyItselfAndWhatThePolicyForbids) {
    const auto itself = ask(get("http://" + proxy->address() + "/"));
    EXPECT_TRUE(itself.starts_with("HTTP/1.1 403 chainmend proxy_loop: ")) << itself;
    const auto metadata = ask(get("http://169.254.169.254/latest/"));
    EXPECT_TRUE(metadata.starts_with("HTTP/1.1 403 chainmend destination_denied: ")) << metadata;
    start([](config::Settings& settings) { settings.connect.ports = {{443}}; });
    EXPECT_TRUE(ask(get("http://leaf.test:8080/")).starts_with("HTTP/1.1 403 chainmend port_denied: "));
    EXPECT_TRUE(ask(get("http://leaf.test/")).starts_with("HTTP/1.1 403 chainmend port_denied: "));
    const auto nowhere = ask(get("http://nowhere.invalid:443/"));
    EXPECT_TRUE(nowhere.starts_with("HTTP/1.1 502 chainmend dns_error: ")) << nowhere;
}

TEST_F(Exchanges, CutABodyThatDoesNotCome) {
    start(
        [](config::Settings& settings) { settings.listen.request_timeout = std::chrono::milliseconds{100}; });
    const HttpOrigin origin([](Conversation& c) { c.read_to_end(); });
    const auto answer = ask("POST " + origin.url() + " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 chainmend request_timeout: ")) << answer;
}

TEST_F(Exchanges, AreOnRecordOnlyWhenAsked) {
    const HttpOrigin origin([](Conversation& c) { c.answer_each(http_ok("hello")); });
    ask(get(origin.url(), "Connection: close\r\n"));
    proxy->stop();
    EXPECT_EQ(proxy->records().size(), 0U);
    start([](config::Settings& settings) { settings.log.requests = true; });
    ask(get(origin.url("/a?b"), "Connection: close\r\n"));
    const auto decision = only_decision();
    EXPECT_EQ(decision["event"]["action"], "http-request");
    EXPECT_EQ(decision["event"]["outcome"], "success");
    EXPECT_EQ(decision["http"]["request"]["method"], "GET");
    EXPECT_EQ(decision["http"]["response"]["status_code"], 200);
    EXPECT_EQ(decision["url"]["original"], origin.url("/a?b"));
}

}  // namespace
}  // namespace chainmend::test
