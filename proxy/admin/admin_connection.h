#pragma once

#include <functional>
#include <memory>

#include "proxy/admin/status.h"
#include "proxy/http/request_parser.h"
#include "proxy/io/tcp_stream.h"
#include "proxy/io/timer.h"

namespace chainmend::proxy {

/// One request to the admin listener and its answer; destroying it closes the connection.
class AdminConnection {
  public:
    /// `status` outlives the connection. `finished` is the last thing it does; it may destroy it.
    AdminConnection(EventLoop& loop, std::unique_ptr<TcpStream> stream, const std::function<Status()>& status,
                    std::function<void()> finished);
    AdminConnection(const AdminConnection&) = delete;
    AdminConnection& operator=(const AdminConnection&) = delete;

  private:
    enum class Phase {
        reading,
        answering,
        flushing,  ///< the client has half-closed and still reads
    };

    void received(ByteView bytes);
    void ended();
    void drained();
    void answer(const std::string& response);
    void finish();

    const std::unique_ptr<TcpStream> stream_;
    const std::function<Status()>& status_;
    const std::function<void()> finished_;
    Phase phase_ = Phase::reading;
    RequestParser parser_;
    Deadline deadline_;
};

}  // namespace chainmend::proxy
