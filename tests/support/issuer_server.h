#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "certs/certificate.h"
#include "tests/support/tcp_server.h"

namespace chainmend::test {

/// How an issuer server answers one request. The defaults make a well-behaved HTTP/1.1 answer.
struct IssuerAnswer {
    enum class Manner {
        plain,       ///< head with Content-Length, body, close
        chunked,     ///< Transfer-Encoding: chunked, in pieces of `piece` bytes
        to_the_end,  ///< no length: the body ends with the connection
        too_long,    ///< Content-Length says 100 more than there is, then close
        too_short,   ///< Content-Length says half of what is sent
        endless,     ///< a body of "A" that ends when the client closes or the server stops
        slow,        ///< `piece` bytes each `interval`
        slow_head,   ///< the same, beginning with the status line
        hang,        ///< reads the request and says nothing
        close,       ///< reads the request and closes
        reset,       ///< reads the request and resets
        raw,  ///< sends `body` as it is, instead of an HTTP answer, and `refrain` behind it, then close
    };

    int status = 200;
    std::string content_type = "application/pkix-cert";
    Bytes body;
    std::string refrain = {};  ///< again and again until the client closes or the server stops
    std::vector<std::pair<std::string, std::string>> headers = {};  ///< further ones, sent as they are
    Manner manner = Manner::plain;
    std::size_t piece = 1;
    std::chrono::milliseconds interval{100};

    static IssuerAnswer der(const certs::CertificatePtr& certificate);
    static IssuerAnswer pem(const std::vector<certs::CertificatePtr>& certificates);
    static IssuerAnswer pkcs7(const std::vector<certs::CertificatePtr>& certificates);
    static IssuerAnswer text(int status, std::string_view body, std::string content_type = "text/html");
    static IssuerAnswer not_found() { return text(404, "<html><body>404 not here</body></html>"); }
    static IssuerAnswer redirect(int status, const std::string& location);
    /// This answer with its body as a gzip stream and "Content-Encoding: gzip".
    IssuerAnswer gzipped() const;
    IssuerAnswer with(Manner as) const;
};

/// A real HTTP server on loopback for caIssuers URLs, CRLs and OCSP. Paths that were not told answer 404.
class IssuerServer {
  public:
    explicit IssuerServer(const std::string& address = "127.0.0.1");
    ~IssuerServer();

    /// Answers for `path`, to be given before the first request for it: one for each request in turn, the
    /// last one for all that follow.
    void serve(const std::string& path, std::vector<IssuerAnswer> answers);
    void serve(const std::string& path, IssuerAnswer answer) { serve(path, std::vector{std::move(answer)}); }

    /// Answers for every path that begins so and was not told by itself; called from several threads.
    void serve_below(const std::string& prefix, std::function<IssuerAnswer(const std::string& path)> answer);

    std::uint16_t port() const { return tcp_.port(); }
    /// "http://127.0.0.1:PORT" + path
    std::string url(const std::string& path) const;

    /// Every request as it came in, head and body, in order of arrival.
    std::vector<std::string> requests() const;
    int count(const std::string& path) const;
    int count_below(const std::string& prefix) const;
    int total() const { return static_cast<int>(requests().size()); }
    /// TCP connections, also those that sent no request.
    int connections() const { return tcp_.accepted(); }
    /// Body bytes that were handed to the kernel for endless and slow answers.
    std::size_t bytes_sent() const { return bytes_sent_; }

  private:
    void serve_connection(int socket);
    IssuerAnswer answer_to(const std::string& path);
    void send(int socket, const IssuerAnswer& answer, bool head_only);
    void send_endlessly(int socket, std::string_view refrain);
    bool send_slowly(int socket, ByteView bytes, const IssuerAnswer& answer);
    bool send_counted(int socket, ByteView bytes);

    mutable std::mutex mutex_;
    std::map<std::string, std::vector<IssuerAnswer>> answers_;
    std::map<std::string, std::function<IssuerAnswer(const std::string&)>> below_;
    std::map<std::string, int> counts_;
    std::vector<std::string> requests_;
    std::atomic<std::size_t> bytes_sent_ = 0;
    TcpServer tcp_;  // last: its threads use what stands above
};

}  // namespace chainmend::test
