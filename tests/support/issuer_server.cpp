#include "tests/support/issuer_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using Manner = IssuerAnswer::Manner;

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

/// One request: head, and as much body as Content-Length says. Empty when the client went away before it was
/// whole.
std::string read_request(int socket) {
    std::string request;
    std::size_t wanted = 0;  // unknown until the head is whole
    std::array<char, 4096> buffer;
    while (wanted == 0 || request.size() < wanted) {
        const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got <= 0) return {};
        request.append(buffer.data(), static_cast<std::size_t>(got));
        const std::size_t head = request.find("\r\n\r\n");
        if (wanted != 0 || head == std::string::npos) continue;
        wanted = head + 4;
        std::string lower = request.substr(0, head);
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
        if (const auto at = lower.find("\r\ncontent-length:"); at != std::string::npos) {
            wanted += std::stoul(lower.substr(at + 17));
        }
    }
    return request;
}

/// The path of "GET /path?query HTTP/1.1", with the query.
std::string path_of(const std::string& request) {
    const std::size_t begin = request.find(' ') + 1;
    return request.substr(begin, request.find(' ', begin) - begin);
}

std::string head_of(const IssuerAnswer& answer) {
    std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " Status\r\n";
    if (!answer.content_type.empty()) head += "Content-Type: " + answer.content_type + "\r\n";
    for (const auto& [name, value] : answer.headers)
        head += name + ": " + value + "\r\n";
    const std::size_t size = answer.body.size();
    switch (answer.manner) {
        case Manner::chunked:
            head += "Transfer-Encoding: chunked\r\n";
            break;
        case Manner::too_long:
            head += "Content-Length: " + std::to_string(size + 100) + "\r\n";
            break;
        case Manner::too_short:
            head += "Content-Length: " + std::to_string(size / 2) + "\r\n";
            break;
        case Manner::to_the_end:
        case Manner::endless:
            break;
        default:
            head += "Content-Length: " + std::to_string(size) + "\r\n";
    }
    return head + "Connection: close\r\n\r\n";
}

Bytes chunks(const Bytes& body, std::size_t piece) {
    Bytes encoded;
    const auto append = [&](std::string_view text) {
        encoded.insert(encoded.end(), text.begin(), text.end());
    };
    for (std::size_t at = 0; at < body.size(); at += piece) {
        const std::size_t size = std::min(piece, body.size() - at);
        char length[24];
        std::snprintf(length, sizeof length, "%zx\r\n", size);
        append(length);
        append(as_text(ByteView(body).subspan(at, size)));
        append("\r\n");
    }
    append("0\r\n\r\n");
    return encoded;
}

std::uint32_t crc32(ByteView bytes) {
    std::uint32_t crc = 0xffffffff;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

void append_little_endian(Bytes& bytes, std::uint32_t value, int octets) {
    for (int i = 0; i < octets; ++i)
        bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace

IssuerAnswer IssuerAnswer::der(const certs::CertificatePtr& certificate) {
    IssuerAnswer answer;
    answer.body = Bytes(certificate->der().begin(), certificate->der().end());
    return answer;
}

IssuerAnswer IssuerAnswer::pem(const std::vector<certs::CertificatePtr>& certificates) {
    std::string body;
    for (const auto& certificate : certificates)
        body += certificate->pem();
    return text(200, body, "application/x-pem-file");
}

IssuerAnswer IssuerAnswer::pkcs7(const std::vector<certs::CertificatePtr>& certificates) {
    IssuerAnswer answer;
    answer.content_type = "application/pkcs7-mime";
    answer.body = test::pkcs7(certificates);
    return answer;
}

IssuerAnswer IssuerAnswer::text(int status, std::string_view body, std::string content_type) {
    IssuerAnswer answer;
    answer.status = status;
    answer.content_type = std::move(content_type);
    answer.body = bytes_of(body);
    return answer;
}

IssuerAnswer IssuerAnswer::redirect(int status, const std::string& location) {
    IssuerAnswer answer = text(status, "");
    answer.headers.emplace_back("Location", location);
    return answer;
}

IssuerAnswer IssuerAnswer::gzipped() const {
    // One stored block (RFC 1951 section 3.2.4) holds 65,535 bytes: enough for a certificate.
    IssuerAnswer answer = *this;
    answer.body = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1};
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(body.size(), 65'535));
    append_little_endian(answer.body, size, 2);
    append_little_endian(answer.body, ~size, 2);
    answer.body.insert(answer.body.end(), body.begin(), body.begin() + size);
    append_little_endian(answer.body, crc32(ByteView(body).first(size)), 4);
    append_little_endian(answer.body, size, 4);
    answer.headers.emplace_back("Content-Encoding", "gzip");
    return answer;
}

IssuerAnswer IssuerAnswer::with(Manner as) const {
    IssuerAnswer answer = *this;
    answer.manner = as;
    return answer;
}

IssuerServer::IssuerServer(const std::string& address) : tcp_(address) {
    tcp_.start([this](int socket) { serve_connection(socket); });
}

IssuerServer::~IssuerServer() {
    tcp_.stop();
}

void IssuerServer::serve(const std::string& path, std::vector<IssuerAnswer> answers) {
    const std::lock_guard lock(mutex_);
    answers_[path] = std::move(answers);
}

std::string IssuerServer::url(const std::string& path) const {
    const bool v6 = tcp_.address().find(':') != std::string::npos;
    return "http://" + (v6 ? "[" + tcp_.address() + "]" : tcp_.address()) + ":" + std::to_string(port()) +
           path;
}

std::vector<std::string> IssuerServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

int IssuerServer::count(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(path);
    return found == counts_.end() ? 0 : found->second;
}

int IssuerServer::count_below(const std::string& prefix) const {
    const std::lock_guard lock(mutex_);
    int count = 0;
    for (const auto& [path, requests] : counts_)
        count += path.starts_with(prefix) ? requests : 0;
    return count;
}

void IssuerServer::serve_below(const std::string& prefix,
                               std::function<IssuerAnswer(const std::string& path)> answer) {
    const std::lock_guard lock(mutex_);
    below_[prefix] = std::move(answer);
}

IssuerAnswer IssuerServer::answer_to(const std::string& path) {
    const std::lock_guard lock(mutex_);
    const auto turn = static_cast<std::size_t>(counts_[path]++);
    const auto found = answers_.find(path);
    if (found == answers_.end() || found->second.empty()) {
        for (const auto& [prefix, answer] : below_) {
            if (path.starts_with(prefix)) return answer(path);
        }
        return IssuerAnswer::not_found();
    }
    return found->second[std::min(turn, found->second.size() - 1)];
}

void IssuerServer::serve_connection(int socket) {
    const std::string request = read_request(socket);
    if (request.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
    }
    const IssuerAnswer answer = answer_to(path_of(request));
    send(socket, answer, request.starts_with("HEAD "));
    if (answer.manner == Manner::reset) return;
    // Let the client see the end before a reset could overtake what is still on its way.
    if (::shutdown(socket, SHUT_WR) != 0) return;
    std::array<char, 256> rest;
    while (::recv(socket, rest.data(), rest.size(), 0) > 0) {
    }
}

void IssuerServer::send(int socket, const IssuerAnswer& answer, bool head_only) {
    switch (answer.manner) {
        case Manner::hang:
            tcp_.wait_for_stop();
            return;
        case Manner::close:
            return;
        case Manner::reset:
            reset_on_close(socket);
            return;
        case Manner::raw:
            if (send_counted(socket, answer.body) && !answer.refrain.empty())
                send_endlessly(socket, answer.refrain);
            return;
        case Manner::slow_head: {
            Bytes all = bytes_of(head_of(answer));
            all.insert(all.end(), answer.body.begin(), answer.body.end());
            send_slowly(socket, all, answer);
            return;
        }
        default:
            break;
    }
    if (!send_all(socket, head_of(answer)) || head_only) return;
    switch (answer.manner) {
        case Manner::slow:
            send_slowly(socket, answer.body, answer);
            return;
        case Manner::chunked:
            send_counted(socket, chunks(answer.body, answer.piece));
            return;
        case Manner::endless:
            send_endlessly(socket, "A");
            return;
        default:
            send_counted(socket, answer.body);
    }
}

void IssuerServer::send_endlessly(int socket, std::string_view refrain) {
    Bytes piece;
    while (piece.size() < 16 * 1024)
        piece.insert(piece.end(), refrain.begin(), refrain.end());
    while (send_counted(socket, piece)) {
    }
}

bool IssuerServer::send_slowly(int socket, ByteView bytes, const IssuerAnswer& answer) {
    while (!bytes.empty()) {
        const std::size_t size = std::min(answer.piece, bytes.size());
        if (!send_counted(socket, bytes.first(size))) return false;
        bytes = bytes.subspan(size);
        if (!bytes.empty() && tcp_.pause(answer.interval)) return false;
    }
    return true;
}

bool IssuerServer::send_counted(int socket, ByteView bytes) {
    if (!send_all(socket, bytes)) return false;
    bytes_sent_ += bytes.size();
    return true;
}

}  // namespace chainmend::test
