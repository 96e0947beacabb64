#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "proxy/server.h"
#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::test {

/// The whole proxy in this process, on a free port, with state in `directory`, judging at noon(). Stopping it
/// asserts nothing by itself: a loop that can not be closed aborts the program.
class RunningProxy {
  public:
    using Adjust = std::function<void(config::Settings&)>;

    /// `roots` become the trust file. Names listed in `names` resolve to 127.0.0.1. `sockets` are handed over
    /// as listening ones.
    RunningProxy(const TemporaryDirectory& directory, const std::vector<certs::CertificatePtr>& roots,
                 std::vector<std::string> names, const Adjust& adjust = {}, std::vector<int> sockets = {});
    ~RunningProxy();
    RunningProxy(const RunningProxy&) = delete;
    RunningProxy& operator=(const RunningProxy&) = delete;

    const std::string& address() const { return server_->address(); }
    /// "" unless `adjust` has set listen.admin.
    const std::string& admin_address() const { return server_->admin_address(); }
    certs::CertificatePtr ca() const;
    proxy::Server& server() { return *server_; }
    /// What a reload reads from now on.
    void change_settings(const Adjust& adjust);
    void set_time(Time time) { now_ = time; }
    /// Reloads that have begun. They run one after the other.
    int reloads() const { return reloads_; }

    /// Drains, ends the thread and closes everything; the log is complete afterwards. Idempotent.
    void stop();
    /// Every line of the log, each parsed by a JSON parser: a line that is none throws.
    std::vector<nlohmann::json> records() const;
    /// Those whose event.action is a decision (not the end of a tunnel), and those that are.
    std::vector<nlohmann::json> decisions() const;
    std::vector<nlohmann::json> tunnels() const;
    /// Waits until the log has so many lines, at most 60 s.
    bool wait_for_records(std::size_t count) const;
    std::string log_text() const;

  private:
    const TemporaryDirectory& directory_;
    std::mutex mutex_;
    config::Settings settings_;
    std::atomic<Time> now_;
    std::atomic<int> reloads_ = 0;
    std::unique_ptr<proxy::Server> server_;
    std::thread thread_;
};

}  // namespace chainmend::test
