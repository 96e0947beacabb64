#pragma once

#include <functional>
#include <memory>

#include "proxy/forward/exchange.h"
#include "proxy/front/proxy_protocol.h"
#include "proxy/http/request_parser.h"
#include "proxy/io/timer.h"
#include "proxy/shared_parts.h"
#include "proxy/tunnel/final_answer.h"
#include "proxy/tunnel/plain_stream.h"
#include "proxy/tunnel/tunnel.h"

namespace chainmend::proxy {

/// One client connection from accept to close; owns everything that belongs to it, so destroying it ends it.
/// Reads one request after the other: a CONNECT becomes a tunnel, which has the connection to its end, a
/// request in absolute form an exchange.
class ClientConnection {
  public:
    /// `finished` is the last thing the connection does; it may destroy it.
    ClientConnection(WorkerParts& parts, std::unique_ptr<TcpStream> client, std::function<void()> finished);
    ~ClientConnection();
    ClientConnection(const ClientConnection&) = delete;
    ClientConnection& operator=(const ClientConnection&) = delete;

    void begin();
    /// Answers 503 whatever is asked: the proxy has as many connections as it may.
    void begin_refusing();
    /// Nothing has been asked, or everything answered: a proxy that is stopping need not wait for this one.
    bool is_idle() const {
        return phase_ == Phase::reading_proxy_header ||
               (phase_ == Phase::reading_request && parser_->head_size() == 0);
    }
    /// The proxy has stopped: records how far the connection came. The caller destroys it then.
    void cut_short();

  private:
    enum class Phase {
        reading_proxy_header,  ///< a load balancer's word for whose connection this is
        reading_request,       ///< a head
        authenticating,        ///< the password's hash is being computed
        tunnelling,            ///< tunnel_ has the connection
        exchanging,            ///< exchange_ uses it
        looking_up,            ///< a page of the proxy's own is being made
        ending,                ///< the last answer is sent; waiting for the client to have read it
        finished,
    };

    void client_sent(ByteView bytes);
    void client_ended();
    void timed_out();

    void read_proxy_header();
    void proxy_header_sent(ByteView bytes);
    void read_request(Bytes begun);
    void request_read();
    void authenticate();
    void authenticated(bool right);
    void serve_request();
    bool wants_auto_configuration() const;
    void open_tunnel();
    void begin_exchange();
    void answer_itself(const std::string& path);
    void exchange_finished(ExchangeOutcome outcome);
    void keep_origin(std::unique_ptr<OriginConnection> origin);
    void record_exchange(const ExchangeOutcome& outcome);

    void refuse(Refusal refusal, const DialOutcome& outcome = {});
    void say_no_more(const std::string& answer);
    void finish();

    WorkerParts& parts_;
    SnapshotPtr snapshot_;  // of the request
    const std::function<void()> finished_;
    Phase phase_ = Phase::reading_request;
    SocketAddress listener_;  // that was connected to
    TunnelFacts facts_;
    Deadline deadline_;
    std::unique_ptr<PlainStream> client_;  // null while tunnelling
    std::unique_ptr<ProxyProtocolReader> proxy_header_;
    std::unique_ptr<RequestParser> parser_;
    OperationPtr password_check_;
    std::unique_ptr<OriginConnection> origin_;  // of the exchange before
    std::unique_ptr<Exchange> exchange_;
    std::unique_ptr<Tunnel> tunnel_;
    std::unique_ptr<FinalAnswer> answer_;
    OperationPtr page_;
};

}  // namespace chainmend::proxy
