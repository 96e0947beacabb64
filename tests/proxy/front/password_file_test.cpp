#include "proxy/front/password_file.h"

#include <crypt.h>
#include <gtest/gtest.h>

#include "proxy/http/base64.h"

namespace chainmend::proxy {
namespace {

// As htpasswd, openssl passwd and mkpasswd make them, as cheap as the kind allows.
std::string test_hash(const std::string& prefix, const std::string& password) {
    const auto salted = prefix + (prefix.starts_with("$2") ? "abcdefghijklmnopqrstuu" : "saltsaltsaltsalt");
    crypt_data data{};
    return crypt_r(password.c_str(), salted.c_str(), &data);
}

std::shared_ptr<const PasswordFile> parsed(const std::string& text) {
    auto made = PasswordFile::parse(text);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return made.ok() ? *made : nullptr;
}

std::string field(const std::string& userinfo) {
    return "Basic " + encode_base64(as_bytes(userinfo));
}

TEST(PasswordFile, KnowsItsUsersByEachKindOfHash) {
    for (const auto* prefix : {"$2y$04$", "$2b$04$", "$6$rounds=1000$", "$5$rounds=1000$", "$y$j75$"}) {
        const auto users = parsed("anna:" + test_hash(prefix, "correct horse") + "\n");
        EXPECT_TRUE(users->accepts({"anna", "correct horse"})) << prefix;
        EXPECT_FALSE(users->accepts({"anna", "correct horse "})) << prefix;
        EXPECT_FALSE(users->accepts({"anna", ""})) << prefix;
        EXPECT_FALSE(users->accepts({"bert", "correct horse"})) << prefix;
    }
}

TEST(PasswordFile, RemembersWhoWasRightAndNobodyElse) {
    const auto users = parsed("anna:" + test_hash("$2y$04$", "correct horse") + "\n");
    EXPECT_FALSE(users->remembers({"anna", "correct horse"}));
    EXPECT_FALSE(users->accepts({"anna", "wrong"}));
    EXPECT_FALSE(users->remembers({"anna", "wrong"}));
    EXPECT_TRUE(users->accepts({"anna", "correct horse"}));
    EXPECT_TRUE(users->remembers({"anna", "correct horse"}));
    EXPECT_FALSE(users->remembers({"anna", "correct hors"}));
    EXPECT_FALSE(users->remembers({"annac", "orrect horse"}));
}

TEST(PasswordFile, RefusesWhatCouldNeverMatchAndNeverShowsAHash) {
    for (const std::string text :
         {"anna\n", ":$6$salt$hash\n", "anna:plain\n", "anna:$1$salt$qqqqqqqqqqqqqqqqqqqqqq\n",
          "anna:{SHA}secret=\n", "anna:$apr1$salt$secret\n", "anna:rqXexS6ZhobKA\n", "", "# nobody\n",
          "anna:$2y$99$secret\n"}) {
        const auto made = PasswordFile::parse(text);
        ASSERT_FALSE(made.ok()) << text;
        EXPECT_EQ(made.error().code, ErrorCode::configuration);
        EXPECT_EQ(made.error().message.find("secret"), std::string::npos) << made.error().message;
    }
    const auto hash = test_hash("$2y$04$", "x");
    const auto twice = PasswordFile::parse("anna:" + hash + "\nanna:" + hash + "\n");
    ASSERT_FALSE(twice.ok());
    EXPECT_TRUE(twice.error().message.starts_with("line 2: ")) << twice.error().message;
}

TEST(PasswordFile, HasFewPlacesForHashesThatAreComputedAtOnce) {
    const auto users = parsed("anna:" + test_hash("$2y$04$", "x") + "\n");
    std::vector<std::shared_ptr<void>> places;
    for (int i = 0; i < PasswordFile::max_places; ++i)
        EXPECT_NE(places.emplace_back(users->take_place()), nullptr);
    EXPECT_EQ(users->take_place(), nullptr);
    places.pop_back();
    EXPECT_NE(users->take_place(), nullptr);
}

TEST(Credentials, AreReadFromBasicFields) {
    const auto given = Credentials::from_field(field("anna:a:b "));
    ASSERT_TRUE(given);
    EXPECT_EQ(given->user, "anna");
    EXPECT_EQ(given->password, "a:b ");
    EXPECT_TRUE(Credentials::from_field("bAsIc " + encode_base64(as_bytes("a:b"))));
    for (const auto& bad : {std::string("Basic"), std::string("Basic "), std::string("Bearer YTpi"),
                            std::string("Basic !!!"), field("nocolon"), field("a:b\r\nX: y"),
                            field(std::string("a:\0b", 4)), field("a:" + std::string(600, 'x'))})
        EXPECT_FALSE(Credentials::from_field(bad)) << bad;
}

TEST(Base64, IsWrittenAsItIsRead) {
    for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar", "\xff\xfe\x00"}) {
        const auto decoded = decode_base64(encode_base64(as_bytes(text)));
        ASSERT_TRUE(decoded);
        EXPECT_EQ(as_text(*decoded), text);
    }
    EXPECT_EQ(encode_base64(as_bytes("foob")), "Zm9vYg==");
}

}  // namespace
}  // namespace chainmend::proxy
