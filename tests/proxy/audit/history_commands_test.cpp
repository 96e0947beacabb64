#include <set>

#include "certs/certificate_file.h"
#include "proxy/history/database.h"
#include "proxy/history/history_query.h"
#include "tests/proxy/audit/real_history.h"

namespace chainmend::test {
namespace {

using nlohmann::json;

json parsed(const Answer& answer) {
    EXPECT_EQ(answer.err, "");
    return json::parse(answer.out);
}

TEST_F(RealHistory, IsMadeOfTwentyKindsOfOutcomeAndMore) {
    visit_every_kind();
    std::set<std::string> kinds;
    for (const auto& record : proxy->decisions()) {
        const auto& own = record["chainmend"];
        kinds.insert(own["reason"].get<std::string>() + " " +
                     (own["how"].is_null() ? "" : own["how"]).dump());
    }
    EXPECT_GE(kinds.size(), 20U) << json(kinds).dump();
    for (const char* kind :
         {"expired", "not_yet_valid", "host_mismatch", "no_san", "bad_eku", "untrusted_root", "not_a_ca",
          "path_length", "name_constraint", "unknown_critical_extension", "connection_refused", "not_tls",
          "bad_request", "destination_denied", "pin_mismatch", "staple_required", "revoked"}) {
        const auto explained = parsed(chainmend({"explain", "--json", id_of(kind)}));
        EXPECT_EQ(explained["chainmend"]["reason"], kind);
    }
}

TEST_F(RealHistory, IsExplainedAsTheLogHasIt) {
    visit_every_kind();
    for (const auto& record : proxy->decisions()) {
        const std::string id = record["chainmend"]["id"];
        auto explained = parsed(chainmend({"explain", "--json", id}));
        for (const char* more : {"advice", "end", "policy", "sent", "would_pass"})
            explained.erase(more);
        // The history keeps durations in microseconds.
        auto logged = record;
        logged["event"]["duration"] = explained["event"]["duration"];
        EXPECT_EQ(explained, logged);
    }
}

TEST_F(RealHistory, IsExplainedToPeople) {
    visit_every_kind();
    for (const auto& [kind, id] : ids()) {
        const auto answer = chainmend({"explain", id});
        EXPECT_EQ(answer.status, 0) << kind << answer.err;
        EXPECT_NE(answer.out.find("\n  decision\n"), std::string::npos) << answer.out;
        if (answer.out.find(": REFUSED, ") != std::string::npos) {
            EXPECT_NE(answer.out.find("\n  what to do\n    "), std::string::npos) << kind << answer.out;
        }
    }
    const auto gone = chainmend({"explain", id_of("gone")}).out;
    EXPECT_EQ(gone.rfind(server_of("gone"), 0), 0U) << gone;
    EXPECT_NE(gone.find(": REFUSED, issuer_not_found\n"), std::string::npos) << gone;
    EXPECT_NE(gone.find("http_404 after "), std::string::npos) << gone;
    EXPECT_NE(gone.find("\n  would pass\n    - if \"CN=Gone CA\""), std::string::npos) << gone;
    EXPECT_NE(gone.find("verify.profile = \"default\""), std::string::npos) << gone;
    const auto expired = chainmend({"explain", id_of("expired")}).out;
    EXPECT_NE(expired.find("    - until 2026-05-29 00:00 UTC\n"), std::string::npos) << expired;
    const auto stranger = chainmend({"explain", id_of("untrusted_root")}).out;
    EXPECT_NE(stranger.find("    - if \"Stranger Root\" (SHA-256 "), std::string::npos) << stranger;
    const auto revoked = chainmend({"explain", id_of("revoked")}).out;
    EXPECT_NE(revoked.find("revoked  by staple"), std::string::npos) << revoked;
    const auto excepted = chainmend({"explain", id_of("by_exception")}).out;
    EXPECT_NE(excepted.find("for excepted.test: renewal is late"), std::string::npos) << excepted;
    EXPECT_NE(excepted.find("[[exception]]"), std::string::npos) << excepted;
    const auto pinned = chainmend({"explain", id_of("pin_mismatch")}).out;
    EXPECT_NE(pinned.find("    - if its key were among the host's pins: "), std::string::npos) << pinned;
    const auto unstapled = chainmend({"explain", id_of("staple_required")}).out;
    EXPECT_NE(unstapled.find("    - with verify.revocation = \"off\", or if the server stapled"),
              std::string::npos)
        << unstapled;
    const auto misnamed = chainmend({"explain", id_of("host_mismatch")}).out;
    EXPECT_NE(misnamed.find("    - for the name other.test\n"), std::string::npos) << misnamed;
}

TEST_F(RealHistory, IsAudited) {
    visit_every_kind();
    const auto report = parsed(chainmend({"audit", "--json"}));
    EXPECT_EQ(report["decisions"], proxy->decisions().size());
    EXPECT_EQ(report["repaired"], 3);
    std::map<std::string, json> failures;
    for (const auto& failure : report["failures"])
        failures[failure["reason"]] = failure;
    EXPECT_EQ(failures["expired"]["last_id"], id_of("expired"));
    EXPECT_EQ(failures["expired"]["count"], 1);
    std::set<std::string> sources;
    for (const auto& repair : report["repairs"])
        sources.insert(repair["source"].get<std::string>());
    EXPECT_EQ(sources, (std::set<std::string>{"aia", "store"}));
    EXPECT_EQ(report["by_source"], (json{{"aia", 2}, {"store", 1}}));
    EXPECT_EQ(report["by_reason"]["expired"], 1);
    ASSERT_EQ(report["issuer_servers"].size(), 1U);
    EXPECT_EQ(report["issuer_servers"][0]["failures"], 1);
    ASSERT_FALSE(report["expiring"].empty());
    EXPECT_EQ(report["expiring"][0]["days"], -3);

    EXPECT_EQ(parsed(chainmend({"audit", "--json", "--reason", "expired"}))["decisions"], 1);
    EXPECT_EQ(parsed(chainmend({"audit", "--json", "--host", "other.test"}))["hosts"], 1);
    EXPECT_EQ(parsed(chainmend({"audit", "--json", "--until", "2020-01-01"}))["decisions"], 0);
    EXPECT_EQ(chainmend({"audit", "--since", "yesterday"}).status, 2);
}

TEST_F(RealHistory, IsAuditedForHostsAndReasonsAsPeopleWriteThem) {
    visit_every_kind();
    for (const std::string host : {"other.test", "OTHER.test", "other.test.", "*.TEST"})
        EXPECT_GE(parsed(chainmend({"audit", "--json", "--host", host}))["hosts"], 1) << host;
    const auto one = parsed(chainmend({"audit", "--json", "--host", server_of("expired")}));
    EXPECT_EQ(one["decisions"], 1);
    EXPECT_EQ(one["expiring"].size(), 1U);
    EXPECT_TRUE(one["issuer_servers"].empty());
    EXPECT_EQ(parsed(chainmend({"audit", "--json", "--host", "other.test:1"}))["decisions"], 0);
    const auto expired = parsed(chainmend({"audit", "--json", "--reason", "expired"}));
    ASSERT_EQ(expired["expiring"].size(), 1U);
    EXPECT_EQ(expired["expiring"][0]["state"], "refused expired");
    EXPECT_TRUE(expired["issuer_servers"].empty());
    EXPECT_EQ(parsed(chainmend({"audit", "--json", "--reason", "connection_refused"}))["decisions"], 1);
    for (const auto& mistaken :
         {std::vector<std::string>{"--reason", "nonsense"}, {"--host", "a b"}, {"--host", "*"}}) {
        auto arguments = mistaken;
        arguments.insert(arguments.begin(), "audit");
        EXPECT_EQ(chainmend(arguments).status, 2) << mistaken[1];
    }
}

// 3 days and 20 hours after its end it ended 3 days ago, in every table and form.
TEST_F(RealHistory, IsAuditedInWholeDays) {
    visit_every_kind();
    run.now = noon() + std::chrono::hours{20};
    const auto server = server_of("expired");
    EXPECT_EQ(parsed(chainmend({"audit", "--json", "--host", server}))["expiring"][0]["days"], -3);
    const auto text = chainmend({"audit", "--host", server}).out;
    EXPECT_NE(text.find(" -3  2026-05-29  refused expired"), std::string::npos) << text;
    const auto csv = chainmend({"audit", "--csv", "--host", server}).out;
    EXPECT_NE(csv.find(",\"-3\","), std::string::npos) << csv;
    EXPECT_NE(chainmend({"fix", server}).out.find("(3 days ago)"), std::string::npos);
}

TEST_F(RealHistory, IsAuditedInLinesThatFitTheTerminal) {
    visit_every_kind();
    for (const char* columns : {"60", "100", "200"}) {
        run.environment["COLUMNS"] = columns;
        const auto answer = chainmend({"audit"});
        EXPECT_EQ(answer.status, 0) << answer.err;
        std::istringstream lines(answer.out);
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(line.size(), std::stoul(columns)) << line;
        for (const char* total : {"unknown_critical_extension 1", "connection_refused 1", "not_tls 1"})
            EXPECT_NE(answer.out.substr(0, answer.out.find("\n\n")).find(total), std::string::npos)
                << total << answer.out;
        for (const char* table : {"\nREFUSED ", "\nREPAIRED ", "\nEXPIRING ", "\nISSUER SERVER "})
            EXPECT_NE(answer.out.find(table), std::string::npos) << table << answer.out;
    }
    const auto csv = chainmend({"audit", "--csv"}).out;
    EXPECT_EQ(csv.rfind("table,host,port,reason,how,source,count,first,last,id,expires,days,detail\r\n", 0),
              0U);
    EXPECT_NE(csv.find("\"refused\",\"leaf.test\","), std::string::npos) << csv;
}

TEST_F(RealHistory, IsReplayedBitForBit) {
    visit_every_kind();
    const auto answer = chainmend({"replay", "--all"});
    EXPECT_EQ(answer.status, 0) << answer.out << answer.err;
    auto history = proxy::open_history(directory / "history.db");
    ASSERT_TRUE(history);
    const auto judged = (*history)->judged();
    ASSERT_TRUE(judged);
    EXPECT_GE(judged->size(), 20U);
    EXPECT_EQ(answer.out, std::to_string(judged->size()) + " verdicts made again: " +
                              std::to_string(judged->size()) + " the same, 0 others\n");
}

TEST_F(RealHistory, IsReplayedWithSomethingChanged) {
    visit_every_kind();
    const auto later = parsed(chainmend({"replay", "--json", "--at", "2028-01-01", id_of("as_sent")}));
    EXPECT_EQ(later["same"], false);
    EXPECT_EQ(later["now"]["reason"], "expired");
    EXPECT_EQ(later["why"], "at 2028-01-01T00:00:00Z instead of 2026-06-01T00:00:00Z");
    const auto earlier = parsed(chainmend({"replay", "--json", "--at", "2026-05-20", id_of("expired")}));
    EXPECT_EQ(earlier["now"]["decision"], "accepted");
    const auto sent = parsed(chainmend({"explain", "--json", id_of("untrusted_root")}))["sent"];
    const auto file = run.file("stranger.pem", sent[1]["pem"]);
    const auto trusted = parsed(chainmend({"replay", "--json", "--trust", file, id_of("untrusted_root")}));
    EXPECT_EQ(trusted["now"]["decision"], "accepted");
    // What was fetched then is known at any other time too, also where the replay ends before it asks for it.
    const auto repaired = parsed(chainmend({"replay", "--json", "--at", "2028-01-01", id_of("fetched")}));
    EXPECT_EQ(repaired["now"]["reason"], "expired");
    EXPECT_EQ(repaired["would_pass"], json{"until 2027-03-28 00:00 UTC"});
    const auto unreachable = chainmend({"replay", id_of("connection_refused")});
    EXPECT_EQ(unreachable.status, 3);
    EXPECT_EQ(chainmend({"replay", "00000000"}).status, 3);
    EXPECT_EQ(chainmend({"replay"}).status, 2);
}

TEST_F(RealHistory, IsTheSameWhenOnlyWhatWasChangedDiffers) {
    visit_every_kind();
    for (const char* kind : {"as_sent", "fetched", "stored", "expired", "revoked", "by_exception"}) {
        const auto later = chainmend({"replay", "--json", "--at", "2026-06-02", id_of(kind)});
        EXPECT_EQ(later.status, 0) << kind << later.out;
        EXPECT_EQ(parsed(later)["differences"], json::array()) << kind;
    }
    const auto strict = chainmend({"replay", "--profile", "compat", id_of("as_sent")});
    EXPECT_EQ(strict.status, 0);
    EXPECT_NE(strict.out.find(": the same verdict\n"), std::string::npos) << strict.out;
    const auto all = parsed(chainmend({"replay", "--all", "--json", "--profile", "compat"}));
    EXPECT_GT(all["same"], 15) << all.dump(1);
    for (const auto& other : all["others"])
        EXPECT_EQ(other["id"], id_of("no_san")) << all.dump(1);
}

TEST_F(RealHistory, IsReplayedAlsoWhereOneVerdictsMaterialIsNotKept) {
    visit_every_kind();
    const auto id = id_of("expired");
    auto opened = proxy::Database::open(directory / "history.db", proxy::Database::Mode::write);
    ASSERT_TRUE(opened) << opened.error().message;
    auto& database = **opened;
    auto& kept = database.query(
        "SELECT verdict.id, document FROM verdict JOIN decision ON verdict.id = verdict WHERE decision.id = "
        "?");
    ASSERT_TRUE(kept.with(id).row());
    const auto row = kept.integer(0);
    const auto document = kept.text(1);
    kept.finish();
    ASSERT_TRUE(
        database.query("UPDATE verdict SET document = json_remove(document, '$.evidence') WHERE id = ?")
            .with(row)
            .run());
    const auto answer = parsed(chainmend({"replay", "--all", "--json"}));
    EXPECT_EQ(answer["others"], json::array());
    EXPECT_GT(answer["same"], 15);
    EXPECT_EQ(answer["verdicts"], answer["same"].get<int>() + 1);
    ASSERT_EQ(answer["not_kept"].size(), 1U);
    EXPECT_EQ(answer["not_kept"][0]["id"], id);
    const auto text = chainmend({"replay", "--all"});
    EXPECT_EQ(text.status, 0);
    EXPECT_NE(text.out.find("0 others; 1 not kept\n"), std::string::npos) << text.out;
    EXPECT_EQ(chainmend({"replay", id}).status, 3);
    // As it was, for the replay that follows every test.
    ASSERT_TRUE(database.query("UPDATE verdict SET document = ? WHERE id = ?").with(document, row).run());
}

TEST_F(RealHistory, TellsAdministratorsHowToRepairTheirServers) {
    visit_every_kind();
    const auto fix = parsed(chainmend({"fix", "--json", server_of("fetched")}));
    EXPECT_EQ(fix["needs_fix"], true);
    const std::string chain = fix["fullchain"];
    const auto certificates = certs::read_certificates(as_bytes(chain));
    ASSERT_TRUE(certificates);
    ASSERT_EQ(certificates->certificates.size(), 2U);
    EXPECT_EQ(certificates->certificates[0]->display_name(), "leaf.test");
    EXPECT_EQ(certificates->certificates[1]->sha256(), ca1.certificate()->sha256());

    const auto text = chainmend({"fix", id_of("fetched")});
    EXPECT_EQ(text.status, 1);
    for (const char* part : {"nginx", "Apache", "HAProxy", "IIS", "Tomcat", "openssl s_client -connect ",
                             "curl: (60) SSL certificate problem: unable to get local issuer certificate",
                             "-----BEGIN CERTIFICATE-----"})
        EXPECT_NE(text.out.find(part), std::string::npos) << part << text.out;
    // What is copied out of it is a file: nothing may stand before its lines.
    EXPECT_NE(text.out.find("\n" + chain), std::string::npos) << text.out;
    const auto file = run.directory() + "/fullchain.pem";
    EXPECT_EQ(chainmend({"fix", "--fullchain", file, id_of("fetched")}).status, 1);
    EXPECT_EQ(content_of(file), chain);
    const auto piped = chainmend({"fix", "--fullchain", "-", id_of("fetched")});
    EXPECT_EQ(piped.out, content_of(file));
    EXPECT_NE(piped.err.find("nginx"), std::string::npos) << "the report is a note then";
    const auto hopeless = chainmend({"fix", "--fullchain", file + ".2", id_of("expired")});
    EXPECT_EQ(hopeless.status, 1);
    EXPECT_NE(hopeless.err.find("fullchain.pem.2 is not written"), std::string::npos) << hopeless.err;
    EXPECT_EQ(chainmend({"fix", "--fullchain", run.directory() + "/no/such/file", id_of("fetched")}).status,
              4);
    EXPECT_NE(chainmend({"fix", "--markdown", id_of("fetched")}).out.find("\n## nginx\n\n```text\n"),
              std::string::npos);
    EXPECT_NE(chainmend({"fix", "--html", id_of("fetched")}).out.find("<h2>nginx</h2>"), std::string::npos);
    EXPECT_EQ(chainmend({"fix", server_of("as_sent")}).status, 0);
    EXPECT_EQ(parsed(chainmend({"fix", "--json", id_of("expired")}))["fullchain"], "");
    const auto reordered = parsed(chainmend({"fix", "--json", id_of("reordered")}));
    EXPECT_EQ(
        certs::read_certificates(as_bytes(reordered["fullchain"].get<std::string>()))->certificates.size(),
        3U);
    EXPECT_EQ(chainmend({"fix", id_of("not_tls")}).status, 3);
}

class DecisionPage : public AdminTest {
  protected:
    std::string through_proxy(const std::string& url, const std::string& more = "") const {
        ProxyClient client(proxy->address());
        client.send("GET " + url + " HTTP/1.1\r\nHost: chainmend.internal\r\n" + more + "\r\n");
        return client.receive_all();
    }
};

TEST_F(DecisionPage, IsWhereTheRefusalSaysItIs) {
    start_with_pages();
    Origin gone(OriginOptions::of(leaf({"/gone"})));
    ProxyClient client(proxy->address());
    const auto head = client.connect(target(gone));
    const auto at = head.find("http://chainmend.internal/d/");
    ASSERT_NE(at, std::string::npos) << head;
    const auto url = head.substr(at, head.find("\r\n") - at);
    const auto text = through_proxy(url);
    EXPECT_EQ(text.rfind("HTTP/1.1 200 OK\r\nContent-Type: text/plain", 0), 0U) << text;
    EXPECT_NE(text.find("REFUSED, issuer_not_found"), std::string::npos);
    const auto html = through_proxy(url, "Accept: text/html,*/*\r\n");
    EXPECT_NE(html.find("Content-Type: text/html; charset=utf-8\r\n"), std::string::npos);
    EXPECT_NE(html.find("<h1>leaf.test:"), std::string::npos) << html;
    const auto own = nlohmann::json::parse(body_of(through_proxy(url, "Accept: application/json\r\n")));
    EXPECT_EQ(own["chainmend"]["reason"], "issuer_not_found");
    EXPECT_EQ(body_of(page(url.substr(url.find("/d/")))), body_of(text));
    EXPECT_EQ(body_of(through_proxy("http://chainmend.internal/ca.pem")), proxy->ca()->pem());
}

// The history gathers for a while what it writes.
TEST_F(RealHistory, ExplainsWhatWasRefusedAMomentAgo) {
    start_with_pages();
    const Origin gone(OriginOptions::of(leaf({"/gone"})));
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"explain"}, {"fix"}, {"replay"}}) {
        ProxyClient client(proxy->address());
        const auto head = client.connect(target(gone));
        const auto at = head.find("/d/");
        ASSERT_NE(at, std::string::npos) << head;
        auto arguments = command;
        arguments.push_back(head.substr(at + 3, 8));
        const auto answer = chainmend(arguments);
        EXPECT_EQ(answer.err, "") << command.front();
    }
    EXPECT_EQ(chainmend({"explain", "00000000"}).status, 3);
}

// The intermediate has expired; no administrator of a server can renew that.
TEST_F(DecisionPage, AdvisesOnTheCertificateThatIsAtFault) {
    CertificateSpec ended;
    ended.not_before = noon() - std::chrono::days{300};
    ended.not_after = noon() - std::chrono::days{3};
    const auto old = root.intermediate("Old CA", ended);
    const Origin origin(OriginOptions::of(old.leaf("leaf.test"), {old.certificate()}));
    start_with_pages();
    ProxyClient client(proxy->address());
    auto answer = client.connect(target(origin));
    answer += client.receive_all();
    const std::string advice =
        "The server must send the current certificate of \"Old CA\", as its CA offers it for download.";
    EXPECT_NE(answer.find(advice), std::string::npos) << answer;
    const auto at = answer.find("/d/");
    ASSERT_NE(at, std::string::npos);
    const auto page_text = through_proxy("http://chainmend.internal" + answer.substr(at, 11));
    EXPECT_NE(page_text.find(advice), std::string::npos) << page_text;
    EXPECT_EQ(page_text.find("must renew"), std::string::npos) << page_text;
}

TEST_F(DecisionPage, SaysWhatIsNoId) {
    start_with_pages();
    for (const char* id : {"nope", "", "0123456", "012345678", "ABCDEF01", "../ca"}) {
        const auto answer = through_proxy(std::string("http://chainmend.internal/d/") + id);
        EXPECT_EQ(answer.rfind("HTTP/1.1 404 ", 0), 0U) << answer;
        EXPECT_NE(answer.find("this is no id of a decision"), std::string::npos) << answer;
    }
    EXPECT_NE(through_proxy("http://chainmend.internal/d/00000000").find("has no decision 00000000"),
              std::string::npos);
}

TEST_F(DecisionPage, IsNotForPagesOfStrangers) {
    start_with_pages();
    EXPECT_EQ(through_proxy("http://chainmend.internal/d/00000000", "Origin: http://strange.test\r\n")
                  .rfind("HTTP/1.1 403 ", 0),
              0U);
    EXPECT_EQ(through_proxy("http://chainmend.internal/d/00000000").rfind("HTTP/1.1 404 ", 0), 0U);
    EXPECT_EQ(through_proxy("http://chainmend.internal/d/../ca").rfind("HTTP/1.1 404 ", 0), 0U);
    EXPECT_EQ(through_proxy("http://chainmend.internal/").rfind("HTTP/1.1 404 ", 0), 0U);
    EXPECT_EQ(ask("GET /d/00000000 HTTP/1.1\r\nHost: rebound.test\r\n\r\n").rfind("HTTP/1.1 403 ", 0), 0U);
}

TEST_F(DecisionPage, SaysWhenNoHistoryIsKept) {
    start_with_pages([](config::Settings& settings) { settings.history.database = ""; });
    const auto answer = through_proxy("http://chainmend.internal/d/00000000");
    EXPECT_EQ(answer.rfind("HTTP/1.1 404 ", 0), 0U);
    EXPECT_NE(answer.find("no history is kept"), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
