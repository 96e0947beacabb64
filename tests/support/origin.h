#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "certs/private_key.h"
#include "tests/support/pki.h"
#include "tests/support/tcp_server.h"

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace chainmend::test {

/// What an origin does with a connection.
enum class OriginBehaviour {
    // After a TLS handshake:
    http,               ///< answers each HTTP/1.1 request with `body`, kept alive until the client closes
    echo,               ///< sends back what it gets; answers close_notify with close_notify
    send_and_close,     ///< sends `body`, then close_notify and the end
    send_and_truncate,  ///< sends `body`, then the end without close_notify
    send_and_reset,     ///< sends `body`, then a RST
    read_then_send,     ///< reads until the client's close_notify, then sends `body` and closes: half-close
    sink,               ///< reads until the end and counts
    drip,               ///< sends `body` a byte each `interval`, then closes
    // Instead of one:
    greet,           ///< sends `body` (SSH, SMTP), reads until the end
    reply,           ///< waits for the first bytes, then sends `body` (an HTTP error) and closes
    drip_handshake,  ///< sends `body` a byte each `interval`
    silent,          ///< accepts and says nothing
    close,           ///< closes at once
    reset,           ///< resets after the first bytes
};

struct OriginOptions {
    certs::CertificatePtr certificate;  ///< not needed for those that do no handshake
    certs::PrivateKeyPtr key;
    std::vector<certs::CertificatePtr> chain = {};  ///< sent behind it exactly so, sensible or not
    OriginBehaviour behaviour = OriginBehaviour::http;
    std::string body = "hello from the origin\n";
    std::chrono::milliseconds interval{50};
    int minimum_version = 0x0303;  ///< 0x0301 to 0x0304
    int maximum_version = 0x0304;
    std::string cipher_list = {};           ///< TLS 1.2 and older, OpenSSL syntax; empty for the default
    std::string signature_algorithms = {};  ///< OpenSSL syntax; empty for the default
    std::vector<std::string> alpn = {};     ///< preferred first; empty: ALPN is ignored
    bool refuse_other_alpn = true;          ///< nothing in common: no_application_protocol, else no answer
    Bytes staple = {};                      ///< DER OCSPResponse
    bool request_client_certificate = false;
    bool require_client_certificate = false;
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: a free one

    /// An origin that is `identity` and sends `chain` behind it.
    static OriginOptions of(const Identity& identity, std::vector<certs::CertificatePtr> chain = {});
};

/// What one connection to an origin was like.
struct OriginConnection {
    std::string server_name;             ///< SNI
    std::vector<std::string> protocols;  ///< ALPN as offered
    std::string protocol;                ///< ALPN as selected
    std::string version;                 ///< "TLSv1.3"
    std::string client_certificate;      ///< the subject of what the client showed, empty for nothing
    bool handshake_done = false;
    bool resumed = false;
    std::string
        error;  ///< libssl's reason when the handshake or reading failed: "sslv3 alert certificate expired"
    std::string received;  ///< plaintext, or raw bytes when there was no TLS; the first 16 MiB
    std::size_t received_size = 0;
    bool close_notify = false;  ///< the client's
    bool ended = false;         ///< the connection is over
};

/// A real TLS server on loopback, a thread a connection.
class Origin {
  public:
    explicit Origin(OriginOptions options);
    ~Origin();

    std::uint16_t port() const { return tcp_.port(); }
    /// "127.0.0.1:PORT"
    std::string authority() const { return tcp_.address() + ":" + std::to_string(port()); }
    int accepted() const { return tcp_.accepted(); }
    /// In order of arrival. Those under way change until `ended`.
    std::vector<OriginConnection> connections() const;
    /// Waits until `condition` holds for connections(), at most 10 s; false when it never did.
    bool wait_until(const std::function<bool(const std::vector<OriginConnection>&)>& condition) const;
    bool wait_until_all_ended() const;

  private:
    struct Callbacks;
    void serve(int socket);
    void serve_tls(int socket, std::size_t index);
    void serve_plain(int socket, std::size_t index);
    void converse(SSL* ssl, int socket, std::size_t index);
    bool answer_requests(SSL* ssl, std::size_t index);
    bool read_some(SSL* ssl, std::size_t index, std::string* into);
    void drip(const std::function<bool(ByteView)>& send);
    void change(std::size_t index, const std::function<void(OriginConnection&)>& edit);

    const OriginOptions options_;
    SSL_CTX* context_ = nullptr;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<OriginConnection> connections_;
    TcpServer tcp_;  // last: its threads use what stands above
};

}  // namespace chainmend::test
