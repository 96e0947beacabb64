#include "proxy/http/response_reader.h"

#include <gtest/gtest.h>

namespace chainmend::proxy {
namespace {

using State = ResponseReader::State;
using Failure = ResponseReader::Failure;

struct Read {
    State state;
    Failure failure;
    int status;
    std::string body;
    std::string detail;
};

/// What becomes of `text`, then the end of the connection: the same at once and byte by byte.
Read read(std::string_view text, std::size_t max_body = 100) {
    const auto feed = [&](std::size_t piece) {
        ResponseReader reader(max_body);
        for (std::size_t at = 0; at < text.size(); at += piece)
            reader.receive(as_bytes(text.substr(at, piece)));
        reader.receive_end();
        return Read{reader.state(), reader.failure(), reader.status(), std::string(as_text(reader.body())),
                    reader.detail()};
    };
    const Read whole = feed(text.size() + 1);
    const Read piecemeal = feed(1);
    EXPECT_EQ(whole.state, piecemeal.state);
    EXPECT_EQ(whole.failure, piecemeal.failure);
    EXPECT_EQ(whole.status, piecemeal.status);
    if (whole.state == State::complete) {
        EXPECT_EQ(whole.body, piecemeal.body);
    }
    return whole;
}

std::string repeated(std::string_view text, int times) {
    std::string result;
    for (; times > 0; --times)
        result += text;
    return result;
}

TEST(ResponseReader, ReadsBodiesOfAllThreeKinds) {
    for (const char* text :
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: "
          "x\r\n\r\n",
          "HTTP/1.0 200 OK\r\n\r\nhello", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more that nobody asked for",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 "
          "OK\r\nContent-Length: 5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"}) {
        const Read result = read(text);
        EXPECT_EQ(result.state, State::complete) << text << result.detail;
        EXPECT_EQ(result.status, 200);
        EXPECT_EQ(result.body, "hello") << text;
    }
}

TEST(ResponseReader, CompletesWithoutWaitingForTheEndWhenTheLengthIsKnown) {
    ResponseReader reader(100);
    EXPECT_EQ(reader.receive(as_bytes("HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")),
              State::complete);
    EXPECT_EQ(reader.status(), 301);
    ASSERT_TRUE(find_header(reader.headers(), "location"));
    EXPECT_EQ(*find_header(reader.headers(), "location"), "/x");
}

TEST(ResponseReader, NamesEachFailure) {
    struct Case {
        std::string text;
        Failure failure;
    };
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const Case cases[] = {
        {"", Failure::wrong_length},
        {"HTTP/1.1 200", Failure::wrong_length},
        {"HTTP/1.1 100 Continue\r\n\r\n", Failure::wrong_length},
        {ok + "Content-Length: 6\r\n\r\nhello", Failure::wrong_length},
        {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Failure::wrong_length},
        {ok + "Content-Length: 101\r\n\r\n", Failure::too_large},
        {ok + "Content-Length: 99999999999\r\n\r\n", Failure::too_large},
        {ok + "\r\n" + std::string(101, 'x'), Failure::too_large},
        {ok + "Transfer-Encoding: chunked\r\n\r\n3c\r\n" + std::string(60, 'x') + "\r\n3c\r\n" +
             std::string(60, 'x'),
         Failure::too_large},
        {ok + "X: " + std::string(20'000, 'x') + "\r\n\r\n", Failure::too_large},
        {ok + "X: " + std::string(20'000, ' ') + "x\r\n\r\n", Failure::too_large},
        {ok + "Transfer-Encoding: chunked\r\n\r\n1;a=" + std::string(40'000, 'b') + "\r\nx\r\n0\r\n\r\n",
         Failure::too_large},
        {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(40'000, ' ') + "x\r\n\r\n",
         Failure::too_large},
        {repeated("\r\n", 10'000) + ok + "Content-Length: 0\r\n\r\n", Failure::too_large},
        {repeated("HTTP/1.1 100 \r\n\r\n", 2'000) + ok + "Content-Length: 0\r\n\r\n", Failure::too_large},
        {ok + "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", Failure::compressed},
        {ok + "Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx", Failure::compressed},
        {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", Failure::compressed},
        {"SSH-2.0-OpenSSH_9\r\n", Failure::not_http},
        {"<html>", Failure::not_http},
        {std::string("\x15\x03\x03\x00\x02\x02\x28", 7), Failure::not_http},
        {"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", Failure::not_http},
        {ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", Failure::not_http},
        {ok + "Content-Length: x\r\n\r\nx", Failure::not_http},
        {ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", Failure::not_http},
    };
    for (const Case& c : cases) {
        const Read result = read(c.text);
        EXPECT_EQ(result.state, State::failed) << c.text;
        EXPECT_EQ(result.failure, c.failure) << c.text << " -> " << result.detail;
        EXPECT_FALSE(result.detail.empty());
    }
}

TEST(ResponseReader, AnEmptyBodyIsComplete) {
    EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").state, State::complete);
    EXPECT_EQ(read("HTTP/1.1 204 No Content\r\n\r\n").state, State::complete);
}

// Six octets each, and as a stream of any length would be refused.
TEST(ResponseReader, ReadsASmallBodyInChunksOfOneOctet) {
    const Read result = read(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + repeated("1\r\nx\r\n", 3'000) + "0\r\n\r\n",
        64 * 1024);
    EXPECT_EQ(result.state, State::complete) << result.detail;
    EXPECT_EQ(result.body.size(), 3'000u);
}

TEST(ResponseReader, ReadsALargeBodyInOrdinaryChunks) {
    const std::string chunk = "40\r\n" + std::string(64, 'x') + "\r\n";
    const Read result =
        read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + repeated(chunk, 10'000) + "0\r\n\r\n",
             1024 * 1024);
    EXPECT_EQ(result.state, State::complete) << result.detail;
}

TEST(ResponseReader, NeverHoldsMoreThanItsBound) {
    ResponseReader reader(1000);
    reader.receive(as_bytes("HTTP/1.1 200 OK\r\n\r\n"));
    const std::string piece(999, 'x');
    while (reader.receive(as_bytes(piece)) == State::reading) {
    }
    EXPECT_EQ(reader.failure(), Failure::too_large);
    EXPECT_LE(reader.body().size(), 1000u);
}

}  // namespace
}  // namespace chainmend::proxy
