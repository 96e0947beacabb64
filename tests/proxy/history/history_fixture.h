#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "proxy/history/history.h"
#include "proxy/history/history_query.h"
#include "tests/support/path_building.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::test {

/// A history in a directory of its own, and records to put into it.
class HistoryTest : public ::testing::Test {
  protected:
    proxy::History& start(const std::function<void(proxy::HistoryOptions&)>& adjust = {}) {
        history.reset();
        proxy::HistoryOptions options;
        options.file = file();
        options.limits = {std::chrono::days{36500}, 0};
        options.note = [this](bool, const std::string& text) {
            const std::lock_guard lock(mutex);
            notes.push_back(text);
        };
        if (adjust) adjust(options);
        history = std::make_unique<proxy::History>(std::move(options));
        return *history;
    }
    std::string file() const { return directory / "history.db"; }

    proxy::HistoryQuery& ask() {
        history->wait_until_written();
        auto opened = proxy::open_history(file());
        if (!opened) throw std::runtime_error(opened.error().message);
        query = std::move(opened).value();
        return *query;
    }

    std::vector<std::string> told() {
        const std::lock_guard lock(mutex);
        return notes;
    }

    /// A decision about leaf.test:443, `id` of which is a number. `verdict` may be null: then the server
    /// could not be reached.
    static std::shared_ptr<const proxy::DecisionRecord> decision(
        int id, std::shared_ptr<const certs::Verdict> verdict = nullptr,
        const std::function<void(proxy::DecisionRecord&)>& adjust = {}) {
        proxy::DecisionRecord record;
        record.id = std::to_string(id);
        record.at = std::chrono::time_point_cast<std::chrono::milliseconds>(
                        std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>(noon())) +
                    std::chrono::milliseconds{id};
        record.duration = std::chrono::milliseconds{7};
        record.client = {"127.0.0.1", 4711};
        record.user_agent = "curl/7.88.1";
        record.host = "leaf.test";
        record.server = {"192.0.2.1", 443};
        record.accepted = verdict && verdict->accepted();
        record.reason = verdict ? certs::to_string(verdict->failure.reason) : "dns_error";
        record.detail = verdict ? verdict->failure.detail : "it does not resolve";
        record.status = record.accepted ? 200 : 502;
        record.verdict = std::move(verdict);
        if (adjust) adjust(record);
        return std::make_shared<const proxy::DecisionRecord>(std::move(record));
    }

    static std::shared_ptr<const certs::Verdict> shared(certs::Verdict verdict) {
        return std::make_shared<const certs::Verdict>(std::move(verdict));
    }

    TemporaryDirectory directory;
    std::mutex mutex;
    std::vector<std::string> notes;
    std::unique_ptr<proxy::History> history;
    std::unique_ptr<proxy::HistoryQuery> query;
    Identity root = Identity::root("Root");
    Identity ca = root.intermediate("CA");
};

}  // namespace chainmend::test
