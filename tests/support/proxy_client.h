#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certs/certificate.h"

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace chainmend::test {

struct ClientTlsOptions {
    certs::CertificatePtr ca;  ///< whom the client trusts; null: nobody
    std::string server_name;   ///< SNI, and the name that is checked; empty: neither
    std::vector<std::string> alpn = {};
    int maximum_version = 0x0304;
    std::string cipher_list = {};  ///< TLS 1.2, OpenSSL syntax; empty for the default
    std::string signature_algorithms = {};
    bool goes_on_regardless = false;  ///< looks at no certificate
    int minimum_version = 0x0303;     ///< below it also what is broken by now
};

/// How a peer ended its stream.
enum class StreamEnd { close_notify, truncated, reset };

/// A client of the proxy that does what it is told: blocking, real sockets, real TLS. Every wait ends after
/// 60 s.
class ProxyClient {
  public:
    /// Connects to "127.0.0.1:PORT".
    explicit ProxyClient(const std::string& proxy);
    ~ProxyClient();
    ProxyClient(const ProxyClient&) = delete;
    ProxyClient& operator=(const ProxyClient&) = delete;

    void send(std::string_view bytes);
    /// Up to and with the empty line; whatever came when the connection ended before.
    std::string receive_head();
    /// Exactly so many bytes, less only when the connection ended.
    std::string receive(std::size_t size);
    /// Until the connection ends.
    std::string receive_all();
    /// Sends a CONNECT with these further lines ("Accept: text/html\r\n") and reads the answer's head.
    std::string connect(const std::string& authority, const std::string& more = "");

    /// The handshake through the tunnel: empty when it is done, else libssl's reason.
    std::string start_tls(const ClientTlsOptions& options);
    /// Only the ClientHello that start_tls would begin with, as bytes.
    static std::string client_hello(const ClientTlsOptions& options);
    bool write(std::string_view plaintext);
    /// At least `size` bytes, less only when the stream ended.
    std::string read(std::size_t size);
    /// Everything until the end.
    std::string read_to_end(StreamEnd* how = nullptr);
    void send_close_notify();
    void shutdown_write();
    /// What the proxy showed.
    certs::CertificatePtr peer_certificate() const;
    std::string protocol() const;
    std::string version() const;
    int socket() const { return socket_; }

    /// A GET for "/" and its whole answer, headers and all; the origin closes or keeps the connection open.
    std::string get(const std::string& host);

  private:
    int socket_ = -1;
    SSL_CTX* context_ = nullptr;
    SSL* ssl_ = nullptr;
};

}  // namespace chainmend::test
