#include "tests/support/http_origin.h"

#include <sys/socket.h>

#include <array>

namespace chainmend::test {

HttpOrigin::HttpOrigin(Script script, const std::string& address) : tcp_(address) {
    tcp_.start([this, script = std::move(script)](int socket) {
        Conversation conversation(*this, socket);
        script(conversation);
    });
}

std::string HttpOrigin::url(const std::string& path, const std::string& host) const {
    return "http://" + host + ":" + std::to_string(port()) + path;
}

std::string HttpOrigin::received() const {
    const std::lock_guard lock(mutex_);
    return received_;
}

std::string HttpOrigin::Conversation::note(std::string bytes) {
    const std::lock_guard lock(origin_.mutex_);
    origin_.received_ += bytes;
    return bytes;
}

std::string HttpOrigin::Conversation::read_head() {
    std::string head;
    char byte;
    while (!head.ends_with("\r\n\r\n") && ::recv(socket_, &byte, 1, 0) == 1)
        head.push_back(byte);
    return note(std::move(head));
}

std::string HttpOrigin::Conversation::read(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (got < size) {
        const auto more = ::recv(socket_, bytes.data() + got, size - got, 0);
        if (more <= 0) break;
        got += static_cast<std::size_t>(more);
    }
    bytes.resize(got);
    return note(std::move(bytes));
}

std::string HttpOrigin::Conversation::read_to_end() {
    std::string all;
    std::array<char, 65536> buffer;
    for (;;) {
        const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (size <= 0) return note(std::move(all));
        all.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

void HttpOrigin::Conversation::answer_each(std::string_view answer) {
    while (read_head().ends_with("\r\n\r\n"))
        send(answer);
}

void HttpOrigin::Conversation::shutdown_write() {
    ::shutdown(socket_, SHUT_WR);
}

std::string http_ok(const std::string& body, const std::string& more_headers) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers +
           "\r\n" + body;
}

}  // namespace chainmend::test
