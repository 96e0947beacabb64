#include "proxy/log/decision_record.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "proxy/log/decision_ids.h"
#include "proxy/log/human_line.h"

#include <set>

namespace chainmend::proxy {
namespace {

const std::string hostile = "a\r\nb\x1b[31m\xe2\x80\xae\",\"decision\":\"accepted\xff\x00z";

DecisionRecord hostile_record() {
    DecisionRecord record;
    record.id = "00000001";
    record.client = {"127.0.0.1", 1234};
    record.user_agent = hostile;
    record.host = hostile;
    record.server = {"192.0.2.1", 443};
    record.reason = "dns_error";
    record.detail = hostile;
    certs::Verdict verdict;
    verdict.failure = {certs::Reason::issuer_not_found, 0, hostile};
    verdict.missing = {{hostile, "aa"}};
    certs::Fetch fetch;
    fetch.url = hostile;
    verdict.fetches = {fetch};
    record.verdict = std::make_shared<const certs::Verdict>(std::move(verdict));
    return record;
}

TEST(DecisionRecord, IsOneLineOfAsciiThatParsesWhateverIsInIt) {
    const auto line = to_line(decision_json(hostile_record()));
    for (const char c : line)
        EXPECT_TRUE(c >= 0x20 && c < 0x7F) << static_cast<int>(c);
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["chainmend"]["decision"], "refused");
    EXPECT_EQ(json["chainmend"]["reason"], "dns_error");
    EXPECT_EQ(json["client"]["port"], 1234);
    EXPECT_NE(json["user_agent"]["original"].get<std::string>().find("\r\nb\x1b"), std::string::npos);
}

TEST(DecisionRecord, TunnelLineParsesToo) {
    TunnelRecord record;
    record.id = "00000001";
    record.host = hostile;
    record.detail = hostile;
    record.end = "broken_by_server";
    record.bytes_from_client = 5;
    record.bytes_from_server = 1ULL << 40;
    const auto json = nlohmann::json::parse(to_line(tunnel_json(record)));
    EXPECT_EQ(json["client"]["bytes"], 5);
    EXPECT_EQ(json["server"]["bytes"], 1ULL << 40);
    EXPECT_EQ(json["chainmend"]["end"], "broken_by_server");
    EXPECT_EQ(json["event"]["outcome"], "failure");
}

TEST(DecisionRecord, TimeHasMilliseconds) {
    EXPECT_EQ(to_rfc3339_milliseconds(RecordTime{std::chrono::milliseconds{1'780'272'000'007}}),
              "2026-06-01T00:00:00.007Z");
}

TEST(HumanLine, IsPrintableWithoutColoursWhateverIsInIt) {
    for (const char c : human_line(hostile_record(), false))
        EXPECT_TRUE(c >= 0x20 && c < 0x7F) << static_cast<int>(c);
}

TEST(HumanLine, ColoursOnlyTheOutcome) {
    const auto line = human_line(hostile_record(), true);
    EXPECT_NE(line.find("\x1b[31mrefused  \x1b[0m"), std::string::npos);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\x1b'), 2);
}

TEST(HumanLine, EndsARefusalWithTheCommandThatTellsMore) {
    auto record = hostile_record();
    record.id = "7f3a19c4";
    EXPECT_TRUE(human_line(record, false).ends_with(" chainmend explain 7f3a19c4"));
    record.accepted = true;
    EXPECT_EQ(human_line(record, false).find("chainmend explain"), std::string::npos);
}

TEST(DecisionIds, AreEightHexadecimalDigitsAndDoNotRepeat) {
    DecisionIds ids;
    std::set<std::string> seen;
    for (int number = 0; number < 100'000; ++number)
        seen.insert(ids.next());
    EXPECT_EQ(seen.size(), 100'000U);
    EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), is_decision_id));
}

}  // namespace
}  // namespace chainmend::proxy
