#pragma once

#include "tests/proxy/tunnel/proxy_fixture.h"
#include "tests/support/http_origin.h"

namespace chainmend::test {

/// Requests in absolute form.
class ExchangeTest : public ProxyTest {
  protected:
    ExchangeTest() { start(); }

    static std::string get(const std::string& url, const std::string& more = "") {
        return "GET " + url + " HTTP/1.1\r\nHost: leaf.test\r\n" + more + "\r\n";
    }
    /// A head, then exactly `size` bytes of body.
    static std::string read(ProxyClient& client, std::size_t size) {
        auto answer = client.receive_head();
        return answer += client.receive(size);
    }
    /// What a client that asks once and is told "close" gets in all.
    std::string ask(const std::string& request) {
        ProxyClient client(proxy->address());
        client.send(request);
        return client.receive_all();
    }
    static std::string pattern(std::size_t size) {
        std::string bytes(size, '\0');
        std::uint32_t state = 1;
        for (auto& byte : bytes)
            byte = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
        return bytes;
    }
};

}  // namespace chainmend::test
