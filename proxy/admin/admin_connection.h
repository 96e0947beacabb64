#pragma once

#include <functional>
#include <memory>

#include "proxy/admin/status.h"
#include "proxy/history/history.h"
#include "proxy/http/request_parser.h"
#include "proxy/io/tcp_stream.h"
#include "proxy/io/timer.h"

namespace chainmend::proxy {

struct AdminPage;

/// One request to the admin listener and its answer; destroying it closes the connection.
class AdminConnection {
  public:
    /// `status` and `history` (null: none is kept) outlive the connection. `finished` is the last thing it
    /// does; it may destroy it.
    AdminConnection(EventLoop& loop, std::unique_ptr<TcpStream> stream, const std::function<Status()>& status,
                    History* history, std::function<void()> finished);
    AdminConnection(const AdminConnection&) = delete;
    AdminConnection& operator=(const AdminConnection&) = delete;

  private:
    enum class Phase {
        reading,
        looking_up,  ///< the history is being asked
        answering,
        flushing,  ///< the client has half-closed and still reads
    };

    void received(ByteView bytes);
    void request_read();
    void ended();
    void drained();
    void answer(const AdminPage& page);
    void finish();

    EventLoop& loop_;
    const std::unique_ptr<TcpStream> stream_;
    const std::function<Status()>& status_;
    History* const history_;
    const std::function<void()> finished_;
    Phase phase_ = Phase::reading;
    RequestParser parser_;
    Deadline deadline_;
    OperationPtr page_;
};

}  // namespace chainmend::proxy
