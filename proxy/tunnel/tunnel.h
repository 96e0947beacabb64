#pragma once

#include <functional>
#include <memory>

#include "proxy/io/timer.h"
#include "proxy/shared_parts.h"
#include "proxy/tunnel/final_answer.h"
#include "proxy/tunnel/plain_stream.h"
#include "proxy/tunnel/relay.h"
#include "proxy/tunnel/tls_stream.h"
#include "proxy/tunnel/tunnel_facts.h"
#include "proxy/tunnel/upstream_dial.h"
#include "tls/client_session.h"

namespace chainmend::proxy {

/// One CONNECT from its request to the close of its connection; owns everything that belongs to it, so
/// destroying it ends it.
///
/// The server goes first and the 200 goes last: a client is told "200" only when its server has been dialled,
/// verified and is ready, so that everything that can go wrong is told in an HTTP answer, which is what
/// clients show to people. Nothing is ever minted for a server that was refused.
class Tunnel {
  public:
    struct Request {
        Authority target;
        std::string accept;  ///< the request's Accept, may be empty
        Bytes early;         ///< sent behind the CONNECT without waiting for its answer
    };

    /// `finished` is the last thing the tunnel does; it may destroy it.
    Tunnel(WorkerParts& parts, SnapshotPtr snapshot, TunnelFacts facts, std::unique_ptr<PlainStream> client,
           Request request, std::function<void()> finished);
    ~Tunnel();
    Tunnel(const Tunnel&) = delete;
    Tunnel& operator=(const Tunnel&) = delete;

    void begin();
    /// The proxy has stopped: records how far the tunnel came. The caller destroys it then.
    void cut_short();

  private:
    enum class Phase {
        dialling,          ///< the server, before the 200
        reading_hello,     ///< 200 is sent; the client's ClientHello
        redialling,        ///< the client wants another name or protocol than was expected
        client_handshake,  ///< with the minted certificate
        relaying,
        refusing,  ///< the answer is sent; waiting for the client to have read it
        finished,
    };

    // Events
    void client_sent(ByteView bytes);
    void client_ended();
    void client_moved();
    void timed_out();

    // Steps, in the order of a tunnel's life
    void dial(certs::ReferenceIdentity identity, std::vector<std::string> protocols);
    void dialled(DialOutcome outcome);
    void connect_unread();
    void connected_unread(ServerConnection connection);
    void establish();
    void hello_read();
    void redialled(DialOutcome outcome);
    void present();
    void begin_relay(RelayEnd& client, RelayEnd& server);

    // Ways to end
    void refuse(Refusal refusal, const DialOutcome& outcome = {});
    void refuse_client(std::string end, std::string detail, int alert);
    void client_handshake_failed();
    void finish(const RelayOutcome& outcome);

    void record_end(const RelayOutcome& outcome);
    tls::ClientSession& client_session() { return static_cast<tls::ClientSession&>(downstream_->session()); }

    WorkerParts& parts_;
    const SnapshotPtr snapshot_;
    const std::function<void()> finished_;
    Phase phase_ = Phase::dialling;
    TunnelFacts facts_;
    Deadline deadline_;

    // The client's side: the bare stream until the 200, then TLS on it.
    std::unique_ptr<PlainStream> client_;
    std::unique_ptr<TlsStream> downstream_;
    const std::string accept_;
    Bytes early_;  // sent behind the CONNECT without waiting for its answer
    std::unique_ptr<FinalAnswer> answer_;

    // The server's side.
    const Authority authority_;
    std::optional<certs::ReferenceIdentity> identity_;  // whom the server was dialled as
    std::vector<std::string> offered_;                  // protocols, to the server
    std::shared_ptr<const certs::Verdict> verdict_;
    OperationPtr dial_;
    std::unique_ptr<TlsStream> upstream_;
    std::unique_ptr<PlainStream> unread_;  // instead, where a rule passes the host through
    std::unique_ptr<Relay> relay_;
};

}  // namespace chainmend::proxy
