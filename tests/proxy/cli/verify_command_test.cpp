#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/sha256_text.h"
#include "proxy/files/public_lists.h"
#include "tests/proxy/cli/command_run.h"
#include "tests/support/revocation.h"

namespace chainmend::test {
namespace {

using nlohmann::json;

constexpr const char* issuer_url = "http://issuers.test/ca.crt";

/// leaf.test <- CA <- Root, the leaf pointing to its issuer's URL.
class VerifyCommand : public testing::Test {
  protected:
    static CertificateSpec pointing() {
        CertificateSpec spec;
        spec.ca_issuers = {issuer_url};
        return spec;
    }

    std::vector<std::string> arguments(const std::vector<std::string>& more) const {
        std::vector<std::string> all{"verify",  "--no-config", "--trust",
                                     root_file, "--at",        "2026-06-01T00:00:00Z"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    std::string map(const json& response) const {
        return run.file("map.json", json{{issuer_url, response}}.dump());
    }

    CommandRun run;
    const Identity root = Identity::root("Root");
    const Identity ca = root.intermediate("CA");
    const Identity leaf = ca.leaf("leaf.test", pointing());
    const std::string root_file = run.file("root.pem", root.pem());
    const std::string leaf_file = run.file("leaf.pem", leaf.pem());
    const std::string chain_file = run.file("chain.pem", leaf.pem() + ca.pem());
};

TEST_F(VerifyCommand, AcceptsACompleteChainAndDrawsItsPath) {
    const auto answer = run(arguments({"--host", "leaf.test", chain_file}));
    EXPECT_EQ(answer.status, 0) << answer.out << answer.err;
    EXPECT_EQ(answer.out,
              "leaf.test                                                       ACCEPTED, as_sent\n"
              "\n"
              "  path      leaf.test   valid until 2027-06-01 (365 days)     sent\n"
              "            └─ CA       valid until 2027-06-01 (365 days)     sent\n"
              "               └─ Root  valid until 2027-06-01 (365 days)     trust: " +
                  root_file +
                  "\n"
                  "  judged    for leaf.test, profile default, at 2026-06-01 00:00:00 UTC\n");
}

TEST_F(VerifyCommand, RefusesWhenTheIssuerIsMissingAndSaysWhatToDo) {
    const auto answer = run(arguments({"--host", "leaf.test", leaf_file}));
    EXPECT_EQ(answer.status, 1);
    EXPECT_EQ(
        answer.out,
        "leaf.test                                                       REFUSED, issuer_not_found\n"
        "\n"
        "  why       the issuer \"CA\" of leaf.test was not sent\n"
        "  path      leaf.test  valid until 2027-06-01 (365 days)     sent   <-- issuer_not_found\n"
        "            └─ (CA)  is missing\n"
        "  missing   CN=CA (key id " +
            to_hex(ca.certificate()->subject_key_id()).substr(0, 8) +
            "): the server must send it\n"
            "  judged    for leaf.test, profile default, at 2026-06-01 00:00:00 UTC\n"
            "  do        The server must send the certificate of its issuer \"CA\". leaf.test says that it "
            "is at " +
            issuer_url + ". Until it does: chainmend intermediates import FILE. Here: --untrusted FILE.\n");
}

TEST_F(VerifyCommand, TellsWhoCanMendACertificateThatHasExpired) {
    CertificateSpec past;
    past.not_before = noon() - std::chrono::days{100};
    past.not_after = noon() - std::chrono::days{3};
    const auto old = root.intermediate("CA", past, ca.key());
    const auto sent = run(arguments({"--host", "leaf.test", run.file("old.pem", leaf.pem() + old.pem())}));
    EXPECT_NE(sent.out.find("└─ CA      expired 2026-05-29 (3 days ago)"), std::string::npos) << sent.out;
    EXPECT_NE(sent.out.find("<-- expired"), std::string::npos) << sent.out;
    EXPECT_NE(sent.out.find("The server must send the current certificate of \"CA\""), std::string::npos)
        << sent.out;
    const auto old_root = Identity::root("Old Root", past);
    const auto file = run.file("old_root.pem", old_root.pem());
    const auto trusted = run({"verify", "--no-config", "--at", "2026-06-01T00:00:00Z", "--no-name", "--trust",
                              file, run.file("below.pem", old_root.leaf("leaf.test").pem())});
    EXPECT_NE(trusted.out.find("The trust store holds \"Old Root\", which is not valid at this time"),
              std::string::npos)
        << trusted.out;
}

// leaf.test <- CA (expired) <- Root
//           <- CA (by Other Root, who is unknown)
TEST_F(VerifyCommand, ListsTheOtherPathsThatWereTried) {
    CertificateSpec past;
    past.not_before = noon() - std::chrono::days{100};
    past.not_after = noon() - std::chrono::days{3};
    const auto old = root.intermediate("CA", past, ca.key());
    const auto other = Identity::root("Other Root").cross_sign(ca, {});
    const auto file = run.file("two.pem", leaf.pem() + old.pem() + other.pem());
    const auto answer = run(arguments({"--host", "leaf.test", file}));
    EXPECT_NE(answer.out.find("REFUSED, expired"), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find(
                  "  tried     1  leaf.test ← CA\n"
                  "               issuer_not_found: the issuer \"Other Root\" of CA was not sent and is "
                  "not known\n"),
              std::string::npos)
        << answer.out;
}

TEST_F(VerifyCommand, NamesTheRootThatIsNotTrusted) {
    const auto other = Identity::root("Other Root");
    const auto answer = run(arguments(
        {"--host", "leaf.test", run.file("other.pem", other.leaf("leaf.test").pem() + other.pem())}));
    EXPECT_EQ(answer.status, 1);
    EXPECT_NE(answer.out.find("If \"Other Root\" is your organisation's own CA, trust it"), std::string::npos)
        << answer.out;
}

TEST_F(VerifyCommand, HonoursTheOcspResponseThatIsGiven) {
    const auto response = [&](ResponseDraft::Status status) {
        ResponseDraft draft;
        draft.status = status;
        return run.file("ocsp.der", std::string(as_text(forge_response(*leaf.certificate(), ca, draft))));
    };
    const auto judged = [&](const std::string& file) {
        return json::parse(run(arguments({"--json", "--host", "leaf.test", "--ocsp", file, chain_file})).out);
    };
    EXPECT_EQ(judged(response(ResponseDraft::Status::good))["decision"], "accepted");
    EXPECT_EQ(judged(response(ResponseDraft::Status::revoked))["reason"], "revoked");
    EXPECT_EQ(judged(response(ResponseDraft::Status::unknown))["reason"], "revocation_unknown");
    const auto rubbish = run(arguments(
        {"--host", "leaf.test", "--ocsp", run.file("rubbish.der", std::string("hello")), chain_file}));
    EXPECT_EQ(rubbish.status, 3);
    EXPECT_NE(rubbish.err.find("--ocsp"), std::string::npos) << rubbish.err;
}

TEST_F(VerifyCommand, JudgesUnderTheRulesForTheHost) {
    const auto other_root = run.file("other.pem", Identity::root("Other Root").pem());
    const auto judged = [&](const std::string& rules) {
        const auto config =
            run.file("config.toml", "[trust]\nsystem = false\nfiles = [\"" + other_root + "\"]\n" + rules);
        const auto answer = run({"--config", config, "verify", "--json", "--at", "2026-06-01T00:00:00Z",
                                 "--host", "leaf.test", chain_file});
        return json::parse(answer.out);
    };
    const std::string trusted = "[[host]]\nmatch = [\"leaf.test\"]\ntrust.files = [\"" + root_file + "\"]\n";
    EXPECT_EQ(judged("")["reason"], "issuer_not_found");
    EXPECT_EQ(judged(trusted)["decision"], "accepted");
    EXPECT_EQ(judged(trusted + "pins = [\"" + std::string(64, 'a') + "\"]\n")["reason"], "pin_mismatch");
    const auto excepted =
        judged("[[exception]]\nhost = \"leaf.test\"\nspki = \"" + to_hex(leaf.certificate()->spki_sha256()) +
               "\"\nreason = \"old\"\nowner = \"ops\"\nexpires = \"2026-12-31\"\n"
               "forgives = [\"issuer_not_found\"]\n");
    EXPECT_EQ(excepted["decision"], "accepted");
    EXPECT_EQ(excepted["how"], "by_exception");
}

// As the proxy in mode hard: whatever was given may tell of a certificate, and what is known of each is told.
TEST_F(VerifyCommand, JudgesGivenListsAndResponseTogetherAndTellsWhatIsKnown) {
    const auto list = [&](const std::string& name, const Identity& issuer, const CrlDraft& draft = {}) {
        return run.file(name, std::string(as_text(der_of(*forge_crl(draft, as_forged(issuer))))));
    };
    const auto response = [&](const ResponseDraft& draft = {}) {
        return run.file("ocsp.der", std::string(as_text(forge_response(*leaf.certificate(), ca, draft))));
    };
    const auto judged = [&](std::vector<std::string> given) {
        given.insert(given.end(), {"--json", "--host", "leaf.test", chain_file});
        return json::parse(run(arguments(given)).out);
    };
    const auto of_root = list("root.crl", root);
    auto verdict = judged({"--ocsp", response(), "--crl", of_root});
    EXPECT_EQ(verdict["decision"], "accepted") << verdict;
    EXPECT_EQ(verdict["revocation"]["mode"], "hard");
    EXPECT_EQ(verdict["revocation"]["findings"][0]["source"], "staple");
    EXPECT_EQ(verdict["revocation"]["findings"][1]["source"], "crl");
    EXPECT_EQ(verdict["revocation"]["findings"][1]["url"], of_root);
    EXPECT_EQ(verdict["revocation"]["in_hard_mode"], "ok");

    verdict = judged({"--crl", of_root});
    EXPECT_EQ(verdict["reason"], "revocation_unknown");
    EXPECT_EQ(verdict["revocation"]["in_hard_mode"], "revocation_unknown");
    EXPECT_EQ(verdict["revocation"]["findings"][1]["status"], "good");

    CrlDraft revoking;
    revoking.revoked = {ca.certificate()->serial()};
    verdict = judged({"--ocsp", response(), "--crl", list("bad.crl", root, revoking)});
    EXPECT_EQ(verdict["reason"], "revoked");
    EXPECT_EQ(verdict["depth"], 1);
    EXPECT_EQ(verdict["revocation"]["findings"][1]["status"], "revoked");

    verdict = judged({"--ocsp", response()});
    EXPECT_EQ(verdict["decision"], "accepted");
    EXPECT_EQ(verdict["revocation"]["in_hard_mode"], "revocation_unknown");  // of the CA nothing is known

    ResponseDraft stale;
    stale.next_update = noon() - std::chrono::seconds{1};
    verdict = judged({"--ocsp", response(stale)});
    EXPECT_EQ(verdict["reason"], "revocation_unknown");
    EXPECT_NE(verdict["detail"].get<std::string>().find("out of date"), std::string::npos) << verdict;
    EXPECT_EQ(judged({})["revocation"], nullptr);
}

TEST_F(VerifyCommand, AnswersInJsonByItsContract) {
    const auto answer = run(arguments({"--host", "leaf.test", "--json", chain_file}));
    const auto verdict = json::parse(answer.out);
    for (const char* key :
         {"v", "id", "decision", "how", "reason", "detail", "depth", "profile", "host", "at", "path",
          "unused", "missing", "warnings", "attempts", "fetches", "expires", "stats", "elapsed_us"}) {
        EXPECT_TRUE(verdict.contains(key)) << key;
    }
    EXPECT_EQ(verdict["v"], 1);
    EXPECT_EQ(verdict["decision"], "accepted");
    EXPECT_EQ(verdict["path"].size(), 3u);
    EXPECT_EQ(verdict["path"][2]["source"], "trust");
    EXPECT_EQ(answer.out.find('\n'), answer.out.size() - 1);
}

TEST_F(VerifyCommand, CompletesThePathFromUntrustedFiles) {
    const auto answer = run(
        arguments({"--host", "leaf.test", "--json", "--untrusted", run.file("ca.pem", ca.pem()), leaf_file}));
    EXPECT_EQ(answer.status, 0) << answer.out;
    EXPECT_EQ(json::parse(answer.out)["path"][1]["source"], "untrusted");
}

TEST_F(VerifyCommand, TakesEveryTrustFileAndTheChainBehindThem) {
    const auto other = run.file("other.pem", Identity::root("Other").pem());
    const auto answer = run(arguments(
        {"--no-name", "--trust", other, "--json", "--untrusted", run.file("ca.pem", ca.pem()), leaf_file}));
    EXPECT_EQ(answer.status, 0) << answer.out << answer.err;
}

TEST_F(VerifyCommand, ReadsTheChainFromStandardInput) {
    EXPECT_EQ(run(arguments({"--host", "leaf.test", "-"}), leaf.pem() + ca.pem()).status, 0);
}

TEST_F(VerifyCommand, RepairsFromTheMapAndRecordsTheFetch) {
    const auto answer =
        run(arguments({"--host", "leaf.test", "--json", "--aia-map",
                       map({{"status", 200}, {"body", to_base64(ca.certificate()->der())}}), leaf_file}));
    EXPECT_EQ(answer.status, 0) << answer.out << answer.err;
    const auto verdict = json::parse(answer.out);
    EXPECT_EQ(verdict["how"], "repaired");
    EXPECT_EQ(verdict["path"][1]["source"], "aia");
    EXPECT_EQ(verdict["path"][1]["url"], issuer_url);
    EXPECT_EQ(verdict["fetches"][0]["result"], "ok");
    EXPECT_EQ(verdict["fetches"][0]["bytes"], ca.certificate()->der().size());
}

struct BrokenServer {
    const char* name;
    json response;
    const char* result;
};

void PrintTo(const BrokenServer& server, std::ostream* out) {
    *out << server.name;
}

class VerifyWithABrokenIssuerServer : public VerifyCommand,
                                      public testing::WithParamInterface<BrokenServer> {};

TEST_P(VerifyWithABrokenIssuerServer, RefusesAndNamesTheResult) {
    const auto answer =
        run(arguments({"--host", "leaf.test", "--json", "--aia-map", map(GetParam().response), leaf_file}));
    ASSERT_EQ(answer.status, 1) << answer.out << answer.err;
    const auto verdict = json::parse(answer.out);
    EXPECT_EQ(verdict["decision"], "refused");
    ASSERT_EQ(verdict["fetches"].size(), 1u) << answer.out;
    EXPECT_EQ(verdict["fetches"][0]["result"], GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    EveryResult, VerifyWithABrokenIssuerServer,
    testing::Values(
        BrokenServer{"NotFound", {{"status", 404}}, "http_404"},
        BrokenServer{"Hangs", {{"behaviour", "hang"}}, "timeout"},
        BrokenServer{"Refuses", {{"behaviour", "refused"}}, "connection_refused"},
        BrokenServer{"Resets", {{"behaviour", "reset"}}, "connection_failed"},
        BrokenServer{"DoesNotResolve", {{"behaviour", "dns_error"}}, "dns_error"},
        BrokenServer{"NeverEnds", {{"behaviour", "huge"}}, "too_large"},
        BrokenServer{"BreaksOff", {{"behaviour", "truncated"}}, "truncated"},
        BrokenServer{"IsEmpty", {{"status", 200}, {"body", ""}}, "empty"},
        BrokenServer{"IsHtml", {{"body", "PGh0bWw+PC9odG1sPg=="}}, "unparsable"},
        BrokenServer{"RedirectsToItself", {{"status", 302}, {"location", issuer_url}}, "redirect_loop"},
        BrokenServer{"RedirectsToHttps", {{"status", 302}, {"location", "https://x.test/"}}, "blocked"},
        BrokenServer{
            "RedirectsToMetadata", {{"status", 302}, {"location", "http://169.254.169.254/"}}, "blocked"},
        BrokenServer{"IsTooLarge", {{"body", std::string(120'000, 'A')}}, "too_large"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(VerifyCommand, DoesNotUseAFetchedCertificateThatDidNotSignTheChild) {
    const auto impostor = Identity::root("CA");
    const auto answer =
        run(arguments({"--host", "leaf.test", "--json", "--aia-map",
                       map({{"body", to_base64(impostor.certificate()->der())}}), leaf_file}));
    EXPECT_EQ(answer.status, 1);
    EXPECT_EQ(json::parse(answer.out)["fetches"][0]["result"], "wrong_issuer") << answer.out;
}

TEST_F(VerifyCommand, StartsTheSecondUrlWhenTheFirstHangs) {
    CertificateSpec spec;
    spec.ca_issuers = {"http://hangs.test/ca.crt", issuer_url};
    const auto file = run.file("two.pem", ca.leaf("leaf.test", spec).pem());
    const auto path = run.file("map.json", json{{"http://hangs.test/ca.crt", {{"behaviour", "hang"}}},
                                                {issuer_url, {{"body", to_base64(ca.certificate()->der())}}}}
                                               .dump());
    const auto verdict =
        json::parse(run(arguments({"--host", "leaf.test", "--json", "--aia-map", path, file})).out);
    EXPECT_EQ(verdict["decision"], "accepted") << verdict;
    EXPECT_EQ(verdict["fetches"][0]["result"], "not_attempted");
    EXPECT_EQ(verdict["fetches"][0]["ms"], 301);
    EXPECT_EQ(verdict["fetches"][1]["result"], "ok");
}

TEST_F(VerifyCommand, SaysThatAnEndEntityCertificateIsNoAnchor) {
    const auto answer = run({"verify", "--no-config", "--json", "--trust", leaf_file, "--no-name", "--at",
                             "2026-06-01T00:00:00Z", leaf_file});
    EXPECT_EQ(answer.status, 1) << answer.out;
    const auto verdict = json::parse(answer.out);
    EXPECT_EQ(verdict["reason"], "leaf_as_anchor");
    ASSERT_EQ(verdict["warnings"].size(), 1U);
    EXPECT_EQ(verdict["warnings"][0]["code"], "leaf_as_anchor");
    EXPECT_EQ(verdict["detail"],
              "\"leaf.test\" was given as trusted but is no CA certificate; give its issuer instead");
}

TEST_F(VerifyCommand, ReportsAnEndEntityCertificateAmongTheTrustedOnesEvenWhenItAccepts) {
    const auto answer = run(arguments({"--json", "--trust", leaf_file, "--host", "leaf.test", chain_file}));
    EXPECT_EQ(answer.status, 0) << answer.out;
    EXPECT_EQ(json::parse(answer.out)["warnings"][0]["code"], "leaf_as_anchor");
}

struct BadUse {
    const char* name;
    std::vector<std::string> arguments;
    int status;
    const char* says;
};

void PrintTo(const BadUse& use, std::ostream* out) {
    *out << use.name;
}

class VerifyUsedBadly : public VerifyCommand, public testing::WithParamInterface<BadUse> {};

TEST_P(VerifyUsedBadly, SaysWhatIsWrongInOneLine) {
    const auto answer = run(arguments(GetParam().arguments), "hello\n");
    EXPECT_EQ(answer.status, GetParam().status) << answer.err;
    EXPECT_EQ(answer.out, "");
    EXPECT_NE(answer.err.find(GetParam().says), std::string::npos) << answer.err;
    EXPECT_EQ(std::count(answer.err.begin(), answer.err.end(), '\n'), 1) << answer.err;
}

INSTANTIATE_TEST_SUITE_P(
    EveryMistake, VerifyUsedBadly,
    testing::Values(BadUse{"NoName", {"-"}, 2, "--host NAME, --ip ADDRESS, or --no-name"},
                    BadUse{"NoChain", {"--no-name"}, 2, "verify needs CHAIN"},
                    BadUse{"TwoNames", {"--host", "a.test", "--ip", "192.0.2.7", "-"}, 2, "excludes"},
                    BadUse{"NoSuchPurpose", {"--no-name", "--purpose", "mail", "-"}, 2, "--purpose"},
                    BadUse{"NoTime", {"--no-name", "--at", "tomorrow", "-"}, 2, "--at"},
                    BadUse{"NoSuchOption", {"--no-name", "--trsut", "x", "-"}, 2, "--trsut"},
                    BadUse{"NotACertificate", {"--no-name", "-"}, 3, "standard input"},
                    BadUse{
                        "NoSuchFile", {"--no-name", "/nonexistent/chain.pem"}, 3, "/nonexistent/chain.pem"},
                    BadUse{"NoSuchTrust",
                           {"--no-name", "--trust", "/nonexistent/root.pem", "-"},
                           3,
                           "/nonexistent/root.pem"},
                    BadUse{"NoSuchStore", {"--no-name", "--store", "/nonexistent", "-"}, 3, "/nonexistent"}),
    [](const auto& row) { return std::string(row.param.name); });

// Decoding takes 100 us each, and a run may take 5 s.
TEST_F(VerifyCommand, DoesNotReadMoreCertificatesThanItWouldLookAt) {
    std::string text = leaf.pem();
    for (int i = 0; i < 1'500; ++i)
        text += root.pem();
    const auto verdict =
        json::parse(run(arguments({"--json", "--host", "leaf.test", "-"}), text + ca.pem()).out);
    EXPECT_EQ(verdict["decision"], "refused");
    EXPECT_EQ(verdict["unused"].size(), 1'000U);
    EXPECT_NE(verdict["warnings"].dump().find("more than 1001 certificates"), std::string::npos)
        << verdict["warnings"];
    json line{{"id", "many"}, {"leaf", leaf.pem()}, {"untrusted", json::array()}};
    for (int i = 0; i < 10'001; ++i)
        line["untrusted"].push_back("");
    const auto answer = run({"verify", "--batch", "--no-config"}, line.dump() + "\n");
    EXPECT_EQ(json::parse(answer.out)["error"], "\"untrusted\" has more than 10000 items");
}

TEST_F(VerifyCommand, JudgesABatchInOrderAndGoesOnBehindABadLine) {
    const auto line = [&](const char* id, const json& more) {
        json object{{"id", id},
                    {"trusted", {root.pem()}},
                    {"untrusted", {ca.pem()}},
                    {"leaf", leaf.pem()},
                    {"at", "2026-06-01T00:00:00Z"},
                    {"dns", "leaf.test"},
                    {"ip", nullptr},
                    {"emails", json::array()},
                    {"purpose", "server"},
                    {"max_depth", nullptr},
                    {"crls", json::array()}};
        object.update(more);
        return object.dump() + "\n";
    };
    const std::string broken = "-----BEGIN CERTIFICATE-----\nMIIBADCB\n-----END CERTIFICATE-----\n";
    const auto answer =
        run({"verify", "--batch", "--no-config"},
            line("good", json::object()) + "{ not json\n" + line("name", {{"dns", "other.test"}}) +
                line("late", {{"at", "2036-06-01T00:00:00Z"}}) + line("type", {{"leaf", 7}}) +
                line("broken", {{"leaf", broken}}) + line("untrusted", {{"trusted", json::array()}}) +
                line("depth", {{"max_depth", 0}}));
    EXPECT_EQ(answer.status, 0) << answer.err;
    std::vector<json> verdicts;
    std::istringstream lines(answer.out);
    for (std::string text; std::getline(lines, text);)
        verdicts.push_back(json::parse(text));
    ASSERT_EQ(verdicts.size(), 8u) << answer.out;
    EXPECT_EQ(verdicts[0]["id"], "good");
    EXPECT_EQ(verdicts[0]["decision"], "accepted") << verdicts[0];
    EXPECT_EQ(verdicts[1], (json{{"id", nullptr}, {"error", "the line is no JSON object"}}));
    EXPECT_EQ(verdicts[2]["reason"], "host_mismatch");
    EXPECT_EQ(verdicts[3]["reason"], "expired");
    EXPECT_EQ(verdicts[4], (json{{"id", "type"}, {"error", "\"leaf\" is not a text"}}));
    EXPECT_EQ(verdicts[5]["reason"], "malformed_certificate") << verdicts[5];
    EXPECT_EQ(verdicts[6]["decision"], "refused");
    EXPECT_EQ(verdicts[7]["reason"], "max_depth") << verdicts[7];
}

TEST_F(VerifyCommand, UsesNothingThatOneCrlNamesWhereverItComesFrom) {
    const std::string store = run.directory() + "/store";
    proxy::PublicLists lists;
    lists.revoked.fingerprints.insert(ca.certificate()->sha256());
    ASSERT_TRUE(proxy::save_public_lists(store, lists));
    const auto answer = run(arguments({"--json", "--store", store, "--host", "leaf.test", chain_file}));
    EXPECT_EQ(answer.status, 1) << answer.out << answer.err;
    EXPECT_EQ(json::parse(answer.out)["reason"], "revoked");
}

TEST_F(VerifyCommand, TellsWhetherAnIntermediateIsDisclosedWhenThereIsAList) {
    const std::string store = run.directory() + "/store";
    proxy::PublicLists lists;
    lists.disclosed.insert(ca.certificate()->sha256());
    ASSERT_TRUE(proxy::save_public_lists(store, lists));
    const auto answer = run(arguments({"--json", "--store", store, "--host", "leaf.test", chain_file}));
    EXPECT_EQ(answer.status, 0) << answer.out << answer.err;
    const auto path = json::parse(answer.out)["path"];
    ASSERT_EQ(path.size(), 3U);
    EXPECT_TRUE(path[0]["disclosed"].is_null());
    EXPECT_EQ(path[1]["disclosed"], true);
    EXPECT_TRUE(path[2]["disclosed"].is_null());
}

}  // namespace
}  // namespace chainmend::test
