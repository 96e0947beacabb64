#include "tests/support/running_proxy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>

#include "certs/certificate_file.h"

namespace chainmend::test {

RunningProxy::RunningProxy(const TemporaryDirectory& directory,
                           const std::vector<certs::CertificatePtr>& roots, std::vector<std::string> names,
                           const Adjust& adjust, std::vector<int> sockets)
    : directory_(directory), now_(noon()) {
    std::string bundle;
    for (const auto& root : roots)
        bundle += root->pem();
    settings_.listen.address = "127.0.0.1:0";
    settings_.listen.workers = 1;
    settings_.listen.admin = "";
    settings_.trust.system = false;
    settings_.trust.files = {directory.write("roots.pem", bundle)};
    settings_.repair.store = directory / "intermediates";
    settings_.verify.revocation_cache = directory / "revocation";
    settings_.intercept.ca_dir = directory / "ca";
    settings_.log.file = directory / "log.json";
    settings_.history.database = directory / "history.db";
    for (auto& name : names)
        settings_.upstream.resolve[name] = "127.0.0.1";
    if (adjust) adjust(settings_);
    proxy::ServerOptions options;
    options.handle_signals = false;
    options.sockets = std::move(sockets);
    options.now = [this] { return now_.load(); };
    options.read_settings = [this]() -> Result<config::Settings> {
        ++reloads_;
        std::lock_guard lock(mutex_);
        return settings_;
    };
    auto made = proxy::Server::make(settings_, std::move(options));
    if (!made) throw std::runtime_error("the proxy does not start: " + made.error().message);
    server_ = std::move(made).value();
    thread_ = std::thread([this] { server_->run(); });
}

RunningProxy::~RunningProxy() {
    if (thread_.joinable())
        server_->request_stop();  // a tunnel that a failed test left open must not hold it
    stop();
    if (::testing::Test::HasFailure()) std::cerr << "--- log of the proxy\n" << log_text() << "---\n";
}

void RunningProxy::stop() {
    if (!thread_.joinable()) return;
    server_->request_stop();
    thread_.join();
    server_.reset();
}

void RunningProxy::change_settings(const Adjust& adjust) {
    std::lock_guard lock(mutex_);
    adjust(settings_);
}

certs::CertificatePtr RunningProxy::ca() const {
    const auto pem = content_of(directory_ / "ca/ca.pem");
    return certs::read_certificates(as_bytes(pem))->certificates.front();
}

std::string RunningProxy::log_text() const {
    std::ifstream file(directory_ / "log.json");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<nlohmann::json> RunningProxy::records() const {
    std::vector<nlohmann::json> records;
    std::istringstream lines(log_text());
    for (std::string line; std::getline(lines, line);) {
        // The end of a line that is being written right now; once the proxy has stopped all are whole.
        if (lines.eof() && thread_.joinable()) break;
        records.push_back(nlohmann::json::parse(line));
    }
    return records;
}

std::vector<nlohmann::json> RunningProxy::decisions() const {
    std::vector<nlohmann::json> found;
    for (auto& record : records()) {
        if (record["chainmend"].contains("decision")) found.push_back(std::move(record));
    }
    return found;
}

std::vector<nlohmann::json> RunningProxy::tunnels() const {
    std::vector<nlohmann::json> found;
    for (auto& record : records()) {
        if (record["event"]["action"] == "tunnel-end") found.push_back(std::move(record));
    }
    return found;
}

bool RunningProxy::wait_for_records(std::size_t count) const {
    const auto lines = [this] {
        const auto text = log_text();
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (lines() < count) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
}

}  // namespace chainmend::test
