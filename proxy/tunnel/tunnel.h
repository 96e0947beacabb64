#pragma once

#include <functional>
#include <memory>

#include "proxy/io/timer.h"
#include "proxy/shared_parts.h"
#include "proxy/tunnel/final_answer.h"
#include "proxy/tunnel/plain_stream.h"
#include "proxy/tunnel/refusal_page.h"
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
/// clients show to people. Where a refusal is shown inside the tunnel instead (browsers hide the answer to a
/// CONNECT) only the connection goes first: the client's ClientHello is heard before the server's handshake,
/// so that the server is asked for exactly what the client wants. A server that was refused gets no byte of
/// the client's and the client none of the server's, whatever the style.
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
        connecting,        ///< only that, before the 200: the client is heard before the server
        dialling,          ///< the server, before the 200
        awaiting_client,   ///< 200 is sent; the client's first byte, or a server that speaks first
        reading_hello,     ///< the client's ClientHello
        redialling,        ///< for the name and protocols that the client wants
        client_handshake,  ///< with the minted certificate
        relaying,
        refusal_handshake,  ///< with a certificate for showing a refusal
        showing_refusal,    ///< inside the tunnel
        refusing,           ///< the answer is sent; waiting for the client to have read it
        finished,
    };

    // Events
    void client_sent(ByteView bytes);
    void client_moved();
    void timed_out();

    // Steps, in the order of a tunnel's life
    void connect();
    void connected(ServerConnection connection);
    void dial(certs::ReferenceIdentity identity, std::vector<std::string> protocols);
    void dialled(DialOutcome outcome);
    void establish();
    void first_bytes_read();
    void begin_client_tls();
    void hello_read();
    void make_rsa_key();
    void redial(certs::ReferenceIdentity identity, std::vector<std::string> protocols);
    void redialled(DialOutcome outcome);
    void present();
    void begin_relay(RelayEnd& client, RelayEnd& server);
    /// The protocol is not TLS: bytes pass unread, or not at all.
    void not_tls();
    void relay_what_is_not_tls(Bytes from_server);
    /// A rule passes the host through: the client verifies its server itself.
    void pass_through();
    void take_over_unread(std::string note, Bytes from_server);

    // Ways to end
    void refuse(Refusal refusal, const DialOutcome& outcome = {});
    void begin_page();
    void show_refusal(const DialOutcome& outcome);
    void answer_plainly(RelayOutcome outcome);
    void refuse_client(std::string end, std::string detail, int alert);
    void client_handshake_failed();
    void count_handshake(bool succeeded);
    void finish(const RelayOutcome& outcome);

    void record_end(const RelayOutcome& outcome);
    bool relays_what_is_not_tls() const;
    /// What the client has sent already is not TLS, and may be relayed.
    bool begins_without_tls() const;
    const HostPolicy& policy_for(const std::string& host) const {
        return *snapshot_->policies->for_host(host);
    }
    tls::ClientSession& client_session() { return static_cast<tls::ClientSession&>(downstream_->session()); }

    WorkerParts& parts_;
    const SnapshotPtr snapshot_;
    const std::function<void()> finished_;
    Phase phase_ = Phase::dialling;
    TunnelFacts facts_;
    Deadline deadline_;

    const config::FailureStyle style_;
    std::optional<Refusal> shown_;  // inside the tunnel

    // The client's side: the bare stream until the 200, then TLS on it.
    std::unique_ptr<PlainStream> client_;
    std::unique_ptr<TlsStream> downstream_;
    std::chrono::steady_clock::time_point handshake_begin_{};  // of downstream_
    const std::string accept_;
    Bytes early_;                            // sent behind the CONNECT without waiting for its answer
    OperationPtr key_;                       // that is being made for the client
    std::unique_ptr<tls::Session> session_;  // until there is a ClientHello for it
    std::unique_ptr<FinalAnswer> answer_;
    std::unique_ptr<RefusalPage> page_;

    // The server's side.
    const Authority authority_;
    std::optional<certs::ReferenceIdentity> identity_;  // whom the server was dialled as
    std::vector<std::string> offered_;                  // protocols, to the server
    std::shared_ptr<const certs::Verdict> verdict_;
    OperationPtr dial_;
    ServerConnection connection_;          // connected, and nothing said yet
    std::unique_ptr<PlainStream> unread_;  // a server whose bytes pass unread
    std::unique_ptr<TlsStream> upstream_;
    std::unique_ptr<Relay> relay_;
};

}  // namespace chainmend::proxy
