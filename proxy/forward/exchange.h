#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "proxy/forward/body_pipe.h"
#include "proxy/forward/forwarded_fields.h"
#include "proxy/forward/origin_connection.h"
#include "proxy/io/timer.h"
#include "proxy/tunnel/relay.h"

namespace chainmend::proxy {

/// How an exchange ended, and what is left of it.
struct ExchangeOutcome {
    enum class End {
        next_request,  ///< all is said; the client may go on
        close,         ///< all is said; the client's connection ends
        refused,       ///< nothing has been answered yet: the refusal is the answer
        broken,        ///< in the middle of the answer: the client must not take what it has for all
    };
    End end = End::broken;
    std::optional<Refusal> refusal;
    DialOutcome dial;      ///< of the latest dial, without `upstream`
    bool dialled = false;  ///< there was a dial: no connection was left of an earlier exchange
    int status = 0;        ///< of the answer, 0 for none
    std::string detail;    ///< one line about a broken end
    Bytes rest;            ///< of the client, behind the request
    std::unique_ptr<OriginConnection> kept;  ///< usable for the next request; may be null
};

/// One request of a client in absolute form and its answer: both heads read strictly and written anew, both
/// bodies streamed in bounded memory, interim answers (1xx) and upgrades passed on.
class Exchange {
  public:
    struct Request {
        RequestHead head;
        AbsoluteTarget target;
        ForwardedRequest forwarded;
        Bytes begun;                             ///< what came behind the head already
        std::unique_ptr<OriginConnection> kept;  ///< of an earlier exchange of this client; may be null
        bool through_proxy = false;              ///< an upstream proxy is asked, in absolute form
    };

    /// `client` outlives the exchange, which uses its callbacks until it has finished. `finished` is the last
    /// thing the exchange does; it may destroy it.
    Exchange(WorkerParts& parts, SnapshotPtr snapshot, RelayEnd& client, Request request,
             std::function<void(ExchangeOutcome)> finished);
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    /// `finished` never runs inside this call.
    void begin();

  private:
    enum class Phase {
        dialling,
        awaiting_answer,  ///< the request is on its way
        answering,        ///< the answer's head has been passed on
        upgraded,         ///< bytes both ways
        finished,
    };

    void client_sent(ByteView bytes);
    void client_ended();
    void server_sent(ByteView bytes);
    void server_ended();
    void moved();
    void timed_out();

    void dial();
    void dialled(OriginDialOutcome outcome);
    void send_request();
    /// Both return false when the exchange is over: `this` may be gone.
    bool interim_head_read(const ResponseHead& head, ByteView rest);
    bool final_head_read(const ResponseHead& head);
    void upgrade(const ResponseHead& head, const std::string& protocol, ByteView rest);

    bool may_dial_again() const;
    void restart_clock();
    void bad_answer(std::string detail);
    void refuse(Trouble trouble, std::string cause);
    void finish(ExchangeOutcome::End end);

    WorkerParts& parts_;
    const SnapshotPtr snapshot_;
    RelayEnd& client_;
    Request request_;
    const std::function<void(ExchangeOutcome)> finished_;
    Phase phase_ = Phase::dialling;
    ExchangeOutcome outcome_;
    OperationPtr dial_;
    std::unique_ptr<OriginConnection> origin_;
    bool reused_ = false;         // origin_ has served an earlier exchange
    Bytes early_;                 // of the client, before the server was connected
    std::optional<BodyPipe> up_;  // the request's body
    std::unique_ptr<ResponseParser> parser_;
    int interim_heads_ = 0;
    bool awaiting_continue_ = false;  // the client waits for a 100 before it sends its body
    bool keep_client_ = false;
    bool keep_origin_ = false;
    std::optional<BodyPipe> down_;  // the answer's body
    std::unique_ptr<Relay> relay_;
    Deadline clock_;
};

}  // namespace chainmend::proxy
