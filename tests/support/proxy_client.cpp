#include "tests/support/proxy_client.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "tests/support/origin_context.h"

namespace chainmend::test {
namespace {

constexpr timeval patience{60, 0};

int connect_to(const std::string& proxy) {
    const auto colon = proxy.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(proxy.substr(colon + 1))));
    ::inet_pton(AF_INET, proxy.substr(0, colon).c_str(), &address.sin_addr);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot connect to the proxy at " + proxy);
    }
    return socket;
}

std::string wire_format(const std::vector<std::string>& protocols) {
    std::string wire;
    for (const auto& protocol : protocols)
        wire += static_cast<char>(protocol.size()) + protocol;
    return wire;
}

void apply(SSL_CTX* context, SSL* ssl, const ClientTlsOptions& options) {
    SSL_set_max_proto_version(ssl, options.maximum_version);
    if (!options.cipher_list.empty()) SSL_set_cipher_list(ssl, options.cipher_list.c_str());
    if (!options.signature_algorithms.empty())
        SSL_set1_sigalgs_list(ssl, options.signature_algorithms.c_str());
    if (options.ca) X509_STORE_add_cert(SSL_CTX_get_cert_store(context), options.ca->x509());
    X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), noon().time_since_epoch().count());
    SSL_set_verify(ssl, options.goes_on_regardless ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    if (options.minimum_version < 0x0303) {
        SSL_set_security_level(ssl, 0);
        SSL_set_min_proto_version(ssl, options.minimum_version);
    }
    if (!options.server_name.empty()) {
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(options.server_name.c_str()));  // the macro casts in C's way
        SSL_set1_host(ssl, options.server_name.c_str());
    }
    const auto protocols = wire_format(options.alpn);
    if (protocols.empty()) return;
    SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
}

}  // namespace

ProxyClient::ProxyClient(const std::string& proxy) : socket_(connect_to(proxy)) {}

ProxyClient::~ProxyClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(socket_);
}

void ProxyClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string ProxyClient::receive_head() {
    // A byte at a time: what stands behind the head belongs to TLS.
    std::string head;
    char byte;
    while (head.find("\r\n\r\n") == std::string::npos && ::recv(socket_, &byte, 1, 0) == 1)
        head.push_back(byte);
    return head;
}

std::string ProxyClient::receive(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (got < size) {
        const auto more = ::recv(socket_, bytes.data() + got, size - got, 0);
        if (more <= 0) break;
        got += static_cast<std::size_t>(more);
    }
    bytes.resize(got);
    return bytes;
}

std::string ProxyClient::receive_all() {
    std::string all;
    char buffer[4096];
    for (;;) {
        const auto size = ::recv(socket_, buffer, sizeof buffer, 0);
        if (size <= 0) return all;
        all.append(buffer, static_cast<std::size_t>(size));
    }
}

std::string ProxyClient::connect(const std::string& authority, const std::string& more) {
    send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n" + more + "\r\n");
    return receive_head();
}

std::string ProxyClient::start_tls(const ClientTlsOptions& options) {
    context_ = SSL_CTX_new(TLS_client_method());
    ssl_ = SSL_new(context_);
    apply(context_, ssl_, options);
    SSL_set_fd(ssl_, socket_);
    ERR_clear_error();
    if (SSL_connect(ssl_) == 1) return "";
    const auto verdict = SSL_get_verify_result(ssl_);
    if (verdict != X509_V_OK) {
        ERR_clear_error();
        return X509_verify_cert_error_string(verdict);
    }
    const auto reason = take_libssl_error();
    return reason.empty() ? "the connection ended" : reason;
}

std::string ProxyClient::client_hello(const ClientTlsOptions& options) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL* ssl = SSL_new(context);
    apply(context, ssl, options);
    BIO* output = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), output);
    SSL_connect(ssl);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(output, &data);
    std::string hello(data, static_cast<std::size_t>(size));
    SSL_free(ssl);
    SSL_CTX_free(context);
    ERR_clear_error();
    return hello;
}

bool ProxyClient::write(std::string_view plaintext) {
    std::size_t written = 0;
    while (!plaintext.empty()) {
        if (SSL_write_ex(ssl_, plaintext.data(), plaintext.size(), &written) != 1) return false;
        plaintext.remove_prefix(written);
    }
    return true;
}

std::string ProxyClient::read(std::size_t size) {
    std::string plaintext;
    char buffer[16384];
    std::size_t got = 0;
    while (plaintext.size() < size &&
           SSL_read_ex(ssl_, buffer, std::min(sizeof buffer, size - plaintext.size()), &got) == 1) {
        plaintext.append(buffer, got);
    }
    return plaintext;
}

std::string ProxyClient::read_to_end(StreamEnd* how) {
    std::string plaintext;
    char buffer[16384];
    std::size_t got = 0;
    ERR_clear_error();
    errno = 0;
    while (SSL_read_ex(ssl_, buffer, sizeof buffer, &got) == 1)
        plaintext.append(buffer, got);
    if (how) {
        const bool orderly = SSL_get_error(ssl_, 0) == SSL_ERROR_ZERO_RETURN;
        *how = orderly               ? StreamEnd::close_notify
               : errno == ECONNRESET ? StreamEnd::reset
                                     : StreamEnd::truncated;
    }
    ERR_clear_error();
    return plaintext;
}

void ProxyClient::send_close_notify() {
    SSL_shutdown(ssl_);
}

void ProxyClient::shutdown_write() {
    ::shutdown(socket_, SHUT_WR);
}

certs::CertificatePtr ProxyClient::peer_certificate() const {
    X509* certificate = SSL_get0_peer_certificate(ssl_);
    return certificate ? certs::Certificate::from_x509(certificate) : nullptr;
}

std::string ProxyClient::protocol() const {
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &protocol, &size);
    return {reinterpret_cast<const char*>(protocol), size};
}

std::string ProxyClient::version() const {
    return SSL_get_version(ssl_);
}

std::string ProxyClient::get(const std::string& host) {
    write("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos) {
        const auto more = read(1);
        if (more.empty()) return answer;
        answer += more;
    }
    const auto field = answer.find("Content-Length: ");
    const auto length = field == std::string::npos ? 0 : std::stoul(answer.substr(field + 16));
    return answer + read(length);
}

}  // namespace chainmend::test
