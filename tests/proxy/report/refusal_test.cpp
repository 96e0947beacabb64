#include "proxy/report/refusal.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace chainmend::proxy {
namespace {

Refusal hostile() {
    auto refusal = refusal_for(
        Trouble::tls_protocol_error,
        "\r\nInjected: yes\x1b[31m <script>alert(1)</script> \xe2\x80\xae \"q\\\" " + std::string(500, 'x'),
        "evil\"\\\r\n.test");
    refusal.id = "0a1b2c3d";
    return refusal;
}

std::string head_of(const std::string& response) {
    return response.substr(0, response.find("\r\n\r\n") + 4);
}
std::string body_of(const std::string& response) {
    return response.substr(response.find("\r\n\r\n") + 4);
}

TEST(Refusal, ReasonPhraseIsOnePrintableLineOfAtMost200BytesThatEndsWithTheAddress) {
    const auto phrase = reason_phrase(hostile());
    EXPECT_EQ(phrase.size(), 200U);
    EXPECT_EQ(phrase.rfind("chainmend tls_protocol_error: ", 0), 0U);
    EXPECT_NE(phrase.find("...; http://chainmend.internal/d/0a1b2c3d"), std::string::npos);
    for (const char c : phrase)
        EXPECT_TRUE(c >= 0x20 && c < 0x7F) << static_cast<int>(c);
}

TEST(Refusal, ShortCausesStandWholeInTheReasonPhrase) {
    auto refusal = refusal_for(Trouble::dns_error, "nowhere.invalid does not resolve", "nowhere.invalid");
    refusal.id = "00000001";
    EXPECT_EQ(reason_phrase(refusal),
              "chainmend dns_error: nowhere.invalid does not resolve; http://chainmend.internal/d/00000001");
}

TEST(Refusal, HostileTextAddsNoLineToTheHead) {
    const auto head = head_of(response(hostile(), ""));
    EXPECT_EQ(head.find("\r\nInjected"), std::string::npos);
    EXPECT_EQ(head.find('\x1b'), std::string::npos);
    // Status line, six fields, the empty line.
    EXPECT_EQ(std::count(head.begin(), head.end(), '\n'), 9);
}

TEST(Refusal, ProxyStatusQuotesWhatIsNoToken) {
    auto refusal = refusal_for(Trouble::connection_refused, "", "192.0.2.1");
    EXPECT_EQ(proxy_status(refusal),
              "chainmend; error=connection_refused; next-hop=\"192.0.2.1\"; details=\"connection_refused\"");
    refusal.next_hop = "example.test";
    EXPECT_EQ(proxy_status(refusal),
              "chainmend; error=connection_refused; next-hop=example.test; details=\"connection_refused\"");
    EXPECT_NE(proxy_status(hostile()).find("next-hop=\"evil\\\"\\\\??.test\""), std::string::npos);
}

TEST(Refusal, BodyFollowsAccept) {
    const auto refusal = hostile();
    EXPECT_NE(head_of(response(refusal, "")).find("Content-Type: text/plain"), std::string::npos);
    EXPECT_NE(head_of(response(refusal, "*/*")).find("Content-Type: text/plain"), std::string::npos);
    EXPECT_NE(head_of(response(refusal, "text/html,application/json;q=0.9")).find("Content-Type: text/html"),
              std::string::npos);
    EXPECT_NE(
        head_of(response(refusal, "application/json, text/html")).find("Content-Type: application/json"),
        std::string::npos);
    for (const auto* unwanted : {"application/json;q=0", "Application/JSON ; Q=0.000", "text/html;q=0,*/*",
                                 "application/json;charset=utf-8;q=0.0, text/plain"}) {
        EXPECT_NE(head_of(response(refusal, unwanted)).find("Content-Type: text/plain"), std::string::npos)
            << unwanted;
    }
    EXPECT_NE(
        head_of(response(refusal, "application/json;q=0, text/html;q=0.1")).find("Content-Type: text/html"),
        std::string::npos);
    const auto type = [&](const char* accept) {
        const auto head = head_of(response(refusal, accept));
        const auto begin = head.find("Content-Type: ") + 14;
        return head.substr(begin, head.find_first_of(";\r", begin) - begin);
    };
    EXPECT_EQ(type("text/html;q=0.5, application/json;q=0.75"), "application/json");
    EXPECT_EQ(type("text/plain;q=0.1,application/json;q=0.099,text/html;q=0.1"), "text/plain");
    EXPECT_EQ(type("text/html;q=0.9,application/json;level=1"), "application/json");
    EXPECT_EQ(type("text/html;q=0.9, application/json;q=1.000"), "application/json");
    EXPECT_EQ(type("text/html;q=0.001, application/json;q=0.000"), "text/html");
}

TEST(Refusal, HtmlBodyCarriesNoMarkupFromTheCause) {
    const auto body = body_of(response(hostile(), "text/html"));
    EXPECT_EQ(body.find("<script"), std::string::npos);
    EXPECT_NE(body.find("&lt;script&gt;"), std::string::npos);
}

TEST(Refusal, JsonBodyParsesAndKeepsTheWholeCause) {
    const auto json = nlohmann::json::parse(body_of(response(hostile(), "application/json")));
    EXPECT_EQ(json["reason"], "tls_protocol_error");
    EXPECT_EQ(json["id"], "0a1b2c3d");
    EXPECT_NE(json["detail"].get<std::string>().find("\r\nInjected"), std::string::npos);
}

TEST(Refusal, ContentLengthIsTheBodysLength) {
    for (const auto* accept : {"", "text/html", "application/json"}) {
        const auto whole = response(hostile(), accept);
        EXPECT_NE(head_of(whole).find("Content-Length: " + std::to_string(body_of(whole).size()) + "\r\n"),
                  std::string::npos);
    }
}

TEST(Refusal, EveryTroubleHasACodeStatusAndTypeOfItsOwn) {
    std::map<std::string, int> codes;
    for (int number = 0; number <= static_cast<int>(Trouble::internal_error); ++number) {
        const auto refusal = refusal_for(static_cast<Trouble>(number), "", "");
        ++codes[refusal.code];
        EXPECT_GE(refusal.status, 400);
        EXPECT_LE(refusal.status, 504);
        EXPECT_FALSE(refusal.error_type.empty()) << refusal.code;
    }
    for (const auto& [code, count] : codes)
        EXPECT_EQ(count, 1) << code;
    EXPECT_EQ(refusal_for(Trouble::connection_timeout, "", "").status, 504);
    EXPECT_EQ(refusal_for(Trouble::dns_timeout, "", "").status, 504);
    EXPECT_EQ(refusal_for(Trouble::destination_denied, "", "").status, 403);
}

}  // namespace
}  // namespace chainmend::proxy
