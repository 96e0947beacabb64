#include "proxy/monitor/event_delivery.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "proxy/files/input_file.h"
#include "proxy/io/command_run.h"
#include "proxy/io/timer.h"
#include "proxy/io/work_item.h"
#include "proxy/monitor/webhook_post.h"

namespace chainmend::proxy {
namespace {

// A service that restarts is back after that.
constexpr std::chrono::seconds wait_before_try{5};

// Tokens of chat and alerting services have some 100 bytes.
constexpr std::size_t max_token = 8 * 1024;

std::string variable(const char* name, const char* fallback) {
    const char* value = std::getenv(name);
    return std::string(name) + "=" + (value ? value : fallback);
}

/// One line without its end. Anything else is no token, and an empty one is never sent.
Result<std::string> read_token(const std::string& file) {
    const auto bytes = read_input_file(file, max_token);
    if (!bytes) return bytes.error();
    std::string token(as_text(*bytes));
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r'))
        token.pop_back();
    for (const char c : token) {
        if (c <= ' ' || c >= 0x7f)
            return Error{ErrorCode::malformed, file + ": a token is one line of ASCII"};
    }
    if (token.empty()) return Error{ErrorCode::malformed, file + " is empty"};
    return token;
}

}  // namespace

const config::MonitorSettings& EventDelivery::settings() const {
    return snapshot_->settings.monitor;
}

void EventDelivery::deliver(const HostEvent& event) {
    snapshot_ = parts_.shared.snapshot.load();
    const auto text = to_line(host_event_json(event)) + "\n";
    if (!settings().command.empty()) queue(Way::command, text);
    if (!settings().webhook.empty()) queue(Way::webhook, text);
}

void EventDelivery::queue(Way way, const std::string& text) {
    if (queue_.size() >= capacity) {
        ++status_.dropped;
        return;
    }
    queue_.push_back({way, text});
    if (!step_) step_ = start_timer(parts_.loop, std::chrono::milliseconds{0}, [this] { next(); });
}

void EventDelivery::next() {
    step_.reset();
    if (queue_.empty()) {
        if (idle_) idle_();
        return;
    }
    snapshot_ = parts_.shared.snapshot.load();
    queue_.front().way == Way::command ? run_command() : post();
}

void EventDelivery::run_command() {
    if (settings().command.empty()) return tried("");  // a reload took it away
    CommandRun run;
    run.arguments = settings().command;
    run.variables = {variable("PATH", "/usr/local/bin:/usr/bin:/bin"), variable("HOME", "/"),
                     variable("LANG", "C.UTF-8")};
    run.input = queue_.front().text;
    run.timeout = settings().timeout;
    step_ = start_command(parts_.loop, std::move(run), [this](const CommandEnd& end) { tried(end.trouble); });
}

void EventDelivery::post() {
    const auto& file = settings().webhook_token_file;
    if (file.empty()) return post_with("");
    auto token = std::make_shared<Result<std::string>>(std::string());
    step_ = start_work(
        parts_.loop, [token, file] { *token = read_token(file); },
        [this, token] { *token ? post_with(**token) : tried(token->error().message); });
}

void EventDelivery::post_with(const std::string& token) {
    const auto url = parse_url(settings().webhook, Schemes::http_and_https);
    if (!url) return tried(settings().webhook.empty() ? "" : url.error().message);
    step_ = start_webhook_post(parts_, {*url, token, queue_.front().text, settings().timeout},
                               [this](const std::string& trouble) { tried(trouble); });
}

void EventDelivery::tried(const std::string& trouble) {
    auto& parcel = queue_.front();
    if (!trouble.empty() && ++parcel.tries < max_tries) {
        step_ = start_timer(parts_.loop, wait_before_try, [this] { next(); });
        return;
    }
    if (!trouble.empty()) {
        ++status_.failed;
        const char* what = parcel.way == Way::command ? "monitor.command" : "monitor.webhook";
        parts_.shared.log->note(Level::warning,
                                std::string(what) + ": an event was not delivered: " + trouble);
    } else {
        ++status_.delivered;
    }
    queue_.pop_front();
    step_ = start_timer(parts_.loop, std::chrono::milliseconds{0}, [this] { next(); });
}

}  // namespace chainmend::proxy
