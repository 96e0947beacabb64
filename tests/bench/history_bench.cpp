#include <benchmark/benchmark.h>

#include <memory>

#include "proxy/audit/audit_report.h"
#include "proxy/history/history.h"
#include "proxy/history/history_query.h"
#include "tests/support/temporary_directory.h"

// What a history of a million decisions about 30,000 hosts answers in. It is made once, as the proxy makes
// it.
namespace chainmend::test {
namespace {

using namespace proxy;

std::shared_ptr<const DecisionRecord> decision(int number) {
    constexpr const char* reasons[] = {"expired", "issuer_not_found", "dns_error", "connection_refused"};
    DecisionRecord record;
    record.id = std::to_string(10'000'000 + number);
    record.at = RecordTime{std::chrono::milliseconds{1'780'000'000'000 + 7'000LL * number}};
    record.client = {"127.0.0.1", 40'000 + number % 20'000};
    record.user_agent = "python-requests/2.28.1";
    record.method = "CONNECT";
    record.host = "host" + std::to_string(number * 7919 % 30'000) + ".example.com";
    record.server = {"192.0.2.1", 443};
    record.accepted = number % 10 != 0;
    record.reason = record.accepted ? "ok" : reasons[number / 10 % 4];
    record.detail = record.accepted ? "" : "the server was refused for a reason that takes a line to say";
    record.status = record.accepted ? 200 : 502;
    return std::make_shared<const DecisionRecord>(std::move(record));
}

class LargeHistory {
  public:
    LargeHistory() {
        HistoryOptions options;
        options.file = file();
        options.limits = {std::chrono::days{36500}, 0};
        options.capacity = 100'000;
        History history(std::move(options));
        for (int number = 0; number < 1'000'000; ++number) {
            history.decision(decision(number), nullptr);
            if (number % 50'000 == 0) history.wait_until_written();
        }
    }
    std::string file() const { return directory_ / "history.db"; }

  private:
    TemporaryDirectory directory_;
};

const LargeHistory& large_history() {
    static const LargeHistory history;
    return history;
}

void BM_AuditOfAMillionDecisions(benchmark::State& state) {
    const auto& history = large_history();
    std::uint64_t found = 0;
    for (auto _ : state) {
        auto query = open_history(history.file());
        const auto report = audit(**query, {}, Time{std::chrono::seconds{1'787'000'000}}, 30, 20);
        found = report->tallies.decisions;
        benchmark::DoNotOptimize(audit_text(*report, 100));
    }
    if (found != 1'000'000) state.SkipWithError("not every decision was found");
}
BENCHMARK(BM_AuditOfAMillionDecisions)->Unit(benchmark::kMillisecond);

void BM_RecordOneDecision(benchmark::State& state) {
    TemporaryDirectory directory;
    HistoryOptions options;
    options.file = directory / "history.db";
    options.limits = {std::chrono::days{36500}, 0};
    options.capacity = 1'000'000;
    History history(std::move(options));
    int number = 0;
    for (auto _ : state) {
        history.decision(decision(++number), nullptr);
        if (number % 20'000 == 0) history.wait_until_written();
    }
    history.wait_until_written();
}
BENCHMARK(BM_RecordOneDecision)->MeasureProcessCPUTime();

}  // namespace
}  // namespace chainmend::test
