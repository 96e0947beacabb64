#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/sha256_text.h"
#include "tests/proxy/cli/command_run.h"
#include "tests/support/issuer_server.h"
#include "tests/support/origin.h"
#include "tests/support/pki.h"

namespace chainmend::test {
namespace {

using nlohmann::json;

std::string text_of(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// A real server each test, 127.0.0.1 by the name of *.test:
///
///     Root <- CA <- old.test, which points to the CA at the issuer server
class CheckCommand : public testing::Test {
  protected:
    CheckCommand() { issuers.serve("/ca.crt", IssuerAnswer::der(ca.certificate())); }

    CertificateSpec pointing() const {
        CertificateSpec spec;
        spec.ca_issuers = {issuers.url("/ca.crt")};
        return spec;
    }

    /// Written anew each time: the servers' names stand in it.
    Answer check(std::vector<std::string> more) {
        std::string toml =
            "[trust]\nsystem = false\n[repair]\nbudget = \"30s\"\n[egress]\ntimeout = \"30s\"\n"
            "[upstream]\nconnect_timeout = \"30s\"\nhandshake_timeout = \"30s\"\n[upstream.resolve]\n";
        for (const auto* name : {"old.test", "good.test", "bad.test"})
            toml += "\"" + std::string(name) + "\" = \"127.0.0.1\"\n";
        std::vector<std::string> arguments{"--config", run.file("config.toml", toml), "check", "--trust",
                                           root_file};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }

    static std::string at(const std::string& name, const Origin& origin) {
        return name + ":" + std::to_string(origin.port());
    }

    CommandRun run;
    IssuerServer issuers;
    const Identity root = Identity::root("Root");
    const Identity ca = root.intermediate("CA");
    const Identity leaf = ca.leaf("old.test", pointing());
    const Identity good_leaf = ca.leaf("good.test");
    const std::string root_file = run.file("root.pem", root.pem());
};

TEST_F(CheckCommand, TellsOfAnIncompleteServerWhatItMustSendAndWhereThatCameFrom) {
    const Origin origin(OriginOptions::of(leaf));
    const auto answer = check({at("old.test", origin)});
    EXPECT_EQ(answer.status, 0) << answer.err;
    const auto has = [&](const std::string& text) {
        EXPECT_NE(answer.out.find(text), std::string::npos) << text << "\n" << answer.out;
    };
    has("old.test:" + std::to_string(origin.port()) + "  127.0.0.1  TLS 1.3");
    has("REPAIRED\n");
    has("  sent      1 certificate: old.test\n");
    has("  missing   CA: the server must send it; fetched from " + issuers.url("/ca.crt") + " in ");
    has(" bytes, DER)\n");
    has("  path      old.test    valid until 2027-06-01 (365 days)     sent\n");
    has("            └─ CA       valid until 2027-06-01 (365 days)     fetched from " +
        issuers.url("/ca.crt"));
    has("               └─ Root  valid until 2027-06-01 (365 days)     trust: ");
    has("  expires   2027-06-01, 365 days left: ");
    has("  clients   curl, Python");
    has("chainmend check old.test:" + std::to_string(origin.port()) + " --fullchain fullchain.pem\n");
    has("chainmend fix old.test:" + std::to_string(origin.port()) + " ");
    EXPECT_EQ(issuers.count("/ca.crt"), 1);
}

TEST_F(CheckCommand, KeepsTheIssuerItFetchedAndSaysSoTheNextTime) {
    const Origin origin(OriginOptions::of(leaf));
    EXPECT_EQ(check({at("old.test", origin)}).status, 0);
    const auto answer = check({at("old.test", origin)});
    EXPECT_EQ(answer.status, 0);
    EXPECT_NE(answer.out.find("  missing   CA: the server must send it; issuer store ("), std::string::npos)
        << answer.out << answer.err;
    EXPECT_EQ(issuers.count("/ca.crt"), 1) << "the second run needs no fetch";
}

TEST_F(CheckCommand, EndsWithTheReportForTheAdministratorOfABadServer) {
    const Origin origin(OriginOptions::of(Identity::root("Stranger").leaf("old.test")));
    const auto answer = check({at("old.test", origin)});
    EXPECT_EQ(answer.status, 1) << answer.err;
    EXPECT_TRUE(answer.out.ends_with("  fix       chainmend fix old.test:" + std::to_string(origin.port()) +
                                     "        (the report for the server's administrator)\n"))
        << answer.out;
}

TEST_F(CheckCommand, MakesNoSigningCa) {
    const Origin origin(OriginOptions::of(leaf, {ca.certificate()}));
    EXPECT_EQ(check({at("old.test", origin)}).status, 0);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(run.directory()))
        EXPECT_NE(entry.path().filename(), "key.pem") << entry.path();
}

TEST_F(CheckCommand, HasNoComplaintsAboutAServerThatSendsItsPath) {
    const Origin origin(OriginOptions::of(leaf, {ca.certificate()}));
    const auto answer = check({at("old.test", origin)});
    EXPECT_EQ(answer.status, 0) << answer.err;
    EXPECT_NE(answer.out.find("ACCEPTED\n"), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find("  sent      2 certificates: old.test, CA\n"), std::string::npos) << answer.out;
    for (const auto* complaint : {"missing", "unused", "clients", "fix", "  do  "})
        EXPECT_EQ(answer.out.find(complaint), std::string::npos) << complaint << "\n" << answer.out;
    EXPECT_EQ(issuers.total(), 0);
}

TEST_F(CheckCommand, TellsOfWhatWasSentForNothingAndInTheWrongOrder) {
    const Identity low = ca.intermediate("Low CA");
    const Identity deep = low.leaf("old.test");
    const Identity other = Identity::root("Stranger");
    const Origin origin(OriginOptions::of(deep, {ca.certificate(), other.certificate(), low.certificate()}));
    const auto answer = check({at("old.test", origin)});
    EXPECT_EQ(answer.status, 0) << answer.err;
    EXPECT_NE(answer.out.find("Stranger ["), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find("were not sent in the order of the path"), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find("should send this chain and nothing else"), std::string::npos) << answer.out;
}

TEST_F(CheckCommand, TellsThatARootNeedNotBeSent) {
    const Origin origin(OriginOptions::of(leaf, {ca.certificate(), root.certificate()}));
    const auto answer = check({at("old.test", origin)});
    EXPECT_EQ(answer.status, 0) << answer.err;
    EXPECT_NE(answer.out.find("ACCEPTED\n"), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find("  unused    Root ["), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find("]: the root need not be sent\n"), std::string::npos) << answer.out;
}

TEST_F(CheckCommand, WritesTheRightChainWithoutTheRoot) {
    const Origin origin(OriginOptions::of(leaf));
    const std::string file = run.directory() + "/fullchain.pem";
    EXPECT_EQ(check({at("old.test", origin), "--fullchain", file}).status, 0);
    EXPECT_EQ(text_of(file), leaf.pem() + ca.pem());
    // What it has written needs no repair.
    const Origin mended(OriginOptions::of(leaf, {ca.certificate()}));
    EXPECT_NE(check({at("old.test", mended)}).out.find("ACCEPTED\n"), std::string::npos);
}

TEST_F(CheckCommand, WritesTheChainWhereALinkLeadsAndToStandardOutput) {
    const Origin origin(OriginOptions::of(leaf));
    const std::string file = run.file("real.pem", "before");
    const std::string link = run.directory() + "/link.pem";
    std::filesystem::create_symlink("real.pem", link);
    EXPECT_EQ(check({at("old.test", origin), "--fullchain", link}).status, 0);
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_EQ(text_of(file), leaf.pem() + ca.pem());

    const auto answer = check({at("old.test", origin), "--fullchain", "-"});
    EXPECT_EQ(answer.out, leaf.pem() + ca.pem());
    EXPECT_NE(answer.err.find("old.test"), std::string::npos) << "what is told is a note then";
    EXPECT_FALSE(std::filesystem::exists("-"));
}

TEST_F(CheckCommand, LeavesTheFullChainOfARefusedServerAsItIs) {
    const Identity stranger = Identity::root("Stranger");
    const Origin origin(OriginOptions::of(stranger.leaf("old.test")));
    const std::string file = run.file("fullchain.pem", "before");
    const auto answer = check({at("old.test", origin), "--fullchain", file});
    EXPECT_EQ(answer.status, 1);
    EXPECT_EQ(text_of(file), "before");
    EXPECT_NE(answer.err.find("is not written"), std::string::npos) << answer.err;
    EXPECT_EQ(check({"a.test", "b.test", "--fullchain", file}).status, 2);
}

TEST_F(CheckCommand, EndsWithFourWhenTheChainCanNotBeWritten) {
    const Origin origin(OriginOptions::of(leaf));
    const auto answer =
        check({at("old.test", origin), "--fullchain", run.directory() + "/no/such/directory.pem"});
    EXPECT_EQ(answer.status, 4) << answer.err;
    EXPECT_NE(answer.err.find("no/such/directory.pem"), std::string::npos) << answer.err;
    EXPECT_NE(answer.out.find("REPAIRED"), std::string::npos) << "what was found is told all the same";
}

TEST_F(CheckCommand, PrintsThePinsOfThePathAsARuleTakesThem) {
    const Origin origin(OriginOptions::of(good_leaf, {ca.certificate()}));
    const auto answer = check({"--pins", at("good.test", origin)});
    EXPECT_EQ(answer.status, 0) << answer.err;
    for (const auto* identity : {&good_leaf, &ca, &root}) {
        const auto pin = "\"" + to_base64(identity->certificate()->spki_sha256()) + "\"  # " +
                         identity->certificate()->display_name();
        EXPECT_NE(answer.out.find(pin), std::string::npos) << answer.out;
    }
}

TEST_F(CheckCommand, PutsSeveralHostsSideBySide) {
    CertificateSpec spec;
    spec.not_after = noon() + std::chrono::hours{24 * 12 + 1};
    const Origin old(OriginOptions::of(leaf));
    const Origin good(OriginOptions::of(ca.leaf("good.test", spec), {ca.certificate()}));
    const Origin bad(OriginOptions::of(ca.leaf("other.test"), {ca.certificate()}));
    const auto answer = check({at("old.test", old), at("good.test", good), at("bad.test", bad)});
    EXPECT_EQ(answer.status, 1) << answer.err;
    const auto has = [&](const std::string& text) {
        EXPECT_NE(answer.out.find(text), std::string::npos) << text << "\n" << answer.out;
    };
    has("VERDICT   DAYS  SENT  NOTE\n");
    has("repaired   365     1  issuer missing\n");
    has("accepted    12     2  expires soon\n");
    has("refused      -     2  host_mismatch: ");
    has("3 hosts: 1 accepted, 1 repaired, 1 refused\n");
    EXPECT_EQ(answer.err.find('\r'), std::string::npos) << "a progress line is for terminals";
}

TEST_F(CheckCommand, AnswersInJsonALineForEachHost) {
    const Origin old(OriginOptions::of(leaf));
    const auto answer = check({"--json", at("old.test", old), "old.test:1"});
    EXPECT_EQ(answer.status, 1);
    std::istringstream lines(answer.out);
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    const auto first = json::parse(line);
    EXPECT_EQ(first["decision"], "accepted");
    EXPECT_EQ(first["how"], "repaired");
    EXPECT_EQ(first["host"], "old.test");
    EXPECT_EQ(first["port"], old.port());
    EXPECT_EQ(first["address"], "127.0.0.1");
    EXPECT_EQ(first["tls"], "1.3");
    EXPECT_EQ(first["presented"].size(), 1u);
    EXPECT_EQ(first["out_of_order"], false);
    EXPECT_EQ(first["path"][1]["source"], "aia");
    EXPECT_EQ(first["fetches"][0]["result"], "ok");
    ASSERT_TRUE(std::getline(lines, line));
    const auto second = json::parse(line);
    EXPECT_EQ(second["decision"], "refused");
    EXPECT_EQ(second["reason"], "connection_refused");
    EXPECT_EQ(second["tls"], nullptr);
    EXPECT_EQ(second["depth"], nullptr);
    EXPECT_TRUE(second["path"].empty());
    for (const auto& [key, value] : first.items())
        EXPECT_TRUE(second.contains(key)) << key;
    EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(CheckCommand, AnswersInMetrics) {
    const Origin old(OriginOptions::of(leaf));
    const auto answer = check({"--prom", at("old.test", old), at("old.test", old), "old.test:1"});
    EXPECT_EQ(answer.status, 1);
    const auto port = std::to_string(old.port());
    EXPECT_EQ(
        answer.out,
        "# HELP chainmend_check_accepted Whether the server's certificates were found good.\n"
        "# TYPE chainmend_check_accepted gauge\n"
        "chainmend_check_accepted{host=\"old.test\",port=\"" +
            port +
            "\"} 1\n"
            "chainmend_check_accepted{host=\"old.test\",port=\"1\"} 0\n"
            "# HELP chainmend_check_repaired Whether that took certificates that the server did not send.\n"
            "# TYPE chainmend_check_repaired gauge\n"
            "chainmend_check_repaired{host=\"old.test\",port=\"" +
            port +
            "\"} 1\n"
            "chainmend_check_repaired{host=\"old.test\",port=\"1\"} 0\n"
            "# HELP chainmend_check_days_left Whole days until the first certificate of the used path "
            "expires.\n"
            "# TYPE chainmend_check_days_left gauge\n"
            "chainmend_check_days_left{host=\"old.test\",port=\"" +
            port + "\"} 365\n");
}

TEST_F(CheckCommand, EndsAsANagiosPluginDoes) {
    const Origin good(OriginOptions::of(good_leaf, {ca.certificate()}));
    const auto host = at("good.test", good);
    const auto ok = check({"--nagios", host});
    EXPECT_EQ(ok.status, 0);
    EXPECT_EQ(ok.out, "OK - " + host + " accepted, 365 days left | days=365;21:;7:\n");
    const auto soon = check({"--nagios", "--warn-days", "366", host});
    EXPECT_EQ(soon.status, 1);
    EXPECT_EQ(soon.out, "WARNING - " + host + " accepted, 365 days left | days=365;366:;7:\n");
    const auto late = check({"--nagios", "--warn-days", "400", "--critical-days", "366", host});
    EXPECT_EQ(late.status, 2);
    EXPECT_EQ(late.out.rfind("CRITICAL - ", 0), 0u) << late.out;
    const Origin old(OriginOptions::of(leaf));
    const auto repaired = check({"--nagios", at("old.test", old)});
    EXPECT_EQ(repaired.status, 1) << repaired.out;
    const auto closed = check({"--nagios", "good.test:1", host});
    EXPECT_EQ(closed.status, 2);
    EXPECT_EQ(closed.out.rfind("CRITICAL - 2 hosts: 1 accepted, 0 repaired, 1 refused; good.test:1 refused, "
                               "connection_refused: ",
                               0),
              0u)
        << closed.out;
    EXPECT_EQ(std::count(closed.out.begin(), closed.out.end(), '\n'), 1);
    for (const auto& mistaken :
         {std::vector<std::string>{"--nagios", "--warn-days", "5", "--critical-days", "6", host},
          {"--nagios", "--no-such-option", host},
          {"--nagios", "not an authority"}}) {
        const auto unknown = check(mistaken);
        EXPECT_EQ(unknown.status, 3) << unknown.out;
        EXPECT_EQ(unknown.out.rfind("UNKNOWN - ", 0), 0U) << unknown.out;
        EXPECT_EQ(unknown.err, "");
    }
}

TEST_F(CheckCommand, SaysThatTheServerAskedForAClientCertificate) {
    auto options = OriginOptions::of(leaf, {ca.certificate()});
    options.request_client_certificate = true;
    const Origin origin(options);
    const auto answer = check({at("old.test", origin)});
    EXPECT_EQ(answer.status, 0) << answer.err;
    EXPECT_NE(answer.out.find("client_certificate_requested: the server asked for a client certificate"),
              std::string::npos)
        << answer.out;
}

TEST_F(CheckCommand, NamesWhatKeptItFromTheCertificates) {
    OriginOptions greeting;
    greeting.behaviour = OriginBehaviour::greet;
    greeting.body = "SSH-2.0-OpenSSH_9.2\r\n";
    const Origin ssh(greeting);
    OriginOptions closing;
    closing.behaviour = OriginBehaviour::close;
    const Origin closed(closing);
    OriginOptions silence;
    silence.behaviour = OriginBehaviour::silent;
    const Origin silent(silence);
    const auto reason = [&](std::vector<std::string> arguments) {
        arguments.push_back("--json");
        const auto answer = check(arguments);
        EXPECT_EQ(answer.status, 1) << answer.err;
        return json::parse(answer.out)["reason"].get<std::string>();
    };
    EXPECT_EQ(reason({at("old.test", ssh)}), "not_tls");
    EXPECT_EQ(reason({at("old.test", closed)}), "connection_terminated");
    EXPECT_EQ(reason({at("old.test", silent), "--set", "upstream.handshake_timeout=100ms"}), "tls_timeout");
    EXPECT_EQ(reason({"old.test:1"}), "connection_refused");
    EXPECT_EQ(reason({"no-such-name.invalid"}), "dns_error");  // RFC 6761 section 6.4
    EXPECT_NE(check({at("old.test", ssh)}).out.find("  do        Check the port"), std::string::npos);
}

TEST_F(CheckCommand, RefusesWhatItCannotRead) {
    EXPECT_EQ(check({}).status, 2);
    for (const auto* url : {"https://old.test/", "https://old.test:444/", "https://old.test", "old.test/x"}) {
        const auto answer = check({url});
        EXPECT_EQ(answer.status, 2) << url;
        EXPECT_NE(answer.err.find("give HOST[:PORT], not a URL"), std::string::npos) << answer.err;
    }
    EXPECT_EQ(check({"old.test:0"}).status, 2);
    EXPECT_EQ(check({"--json", "--prom", "old.test"}).status, 2);
    EXPECT_EQ(check({"--set", "repair.enabld=true", "old.test"}).status, 3);
    EXPECT_EQ(check({"--trust", run.directory() + "/absent.pem", "old.test"}).status, 3);
}

}  // namespace
}  // namespace chainmend::test
