// How hosts, pins and dates are written in the settings.

#include <gtest/gtest.h>

#include "config/date.h"
#include "config/host_pattern.h"
#include "config/sha256_text.h"

namespace chainmend {
namespace {

TEST(HostPattern, IsForANameOrForEverythingBelowOne) {
    EXPECT_TRUE(host_matches("a.test", "A.test"));
    EXPECT_FALSE(host_matches("a.test", "b.a.test"));
    EXPECT_TRUE(host_matches("*.a.test", "b.a.test"));
    EXPECT_TRUE(host_matches("*.a.test", "c.b.a.test"));
    EXPECT_FALSE(host_matches("*.a.test", "a.test"));
    EXPECT_FALSE(host_matches("*.a.test", "ba.test"));
    EXPECT_FALSE(host_matches("*.a.test", ".a.test"));
}

TEST(HostPattern, AWholeNameIsMoreSpecificThanAnyPatternAndALongPatternThanAShortOne) {
    EXPECT_GT(specificity("a.b"), specificity("*.a-very-long-name-of-a-department.corp.example"));
    EXPECT_GT(specificity("*.x.corp.example"), specificity("*.corp.example"));
}

TEST(KeyPin, IsReadInHexadecimalAndInBase64AsPeopleWriteIt) {
    // The example of RFC 7469 section 2.1.5.
    const std::string base64 = "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=";
    const std::string hex = "77aab346ef7338409bf7451ecf6ef15a5b4db23d1ed4c77b1a4618915a195a63";
    const auto pin = parse_key_pin(base64);
    ASSERT_TRUE(pin);
    EXPECT_EQ(to_hex(*pin), hex);
    EXPECT_EQ(to_base64(*pin), base64);
    for (const auto& text : {hex, "sha256/" + base64, "pin-sha256=\"" + base64 + "\"", "sha256/" + hex})
        EXPECT_EQ(parse_key_pin(text), pin) << text;
}

TEST(KeyPin, IsNothingElse) {
    for (const std::string text :
         {"", "d6qz", "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM",
          "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmN=", "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZW!M=",
          "77aab346ef7338409bf7451ecf6ef15a5b4db23d1ed4c77b1a4618915a195a"})
        EXPECT_FALSE(parse_key_pin(text)) << text;
}

TEST(LastMoment, OfADateIsTheLastSecondOfThatDay) {
    EXPECT_EQ(to_rfc3339(*last_moment_of("2026-12-31")), "2026-12-31T23:59:59Z");
    EXPECT_EQ(to_rfc3339(*last_moment_of("2026-12-31T10:00:00Z")), "2026-12-31T10:00:00Z");
    EXPECT_FALSE(last_moment_of("2026-13-31").ok());
}

}  // namespace
}  // namespace chainmend
