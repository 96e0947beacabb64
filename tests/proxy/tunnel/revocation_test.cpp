// What the running proxy makes of each kind of staple, and of what each kind of responder answers.

#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include "tests/proxy/tunnel/revocation_farm.h"

namespace chainmend::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST_F(RevocationFarm, AStapledRevokedIsRefusedWithEveryVersionOfTls) {
    const auto end_entity = farmed(false);
    ResponseDraft draft;
    draft.status = ResponseDraft::Status::revoked;
    for (const int version : {0x0303, 0x0304}) {
        auto options = sending(end_entity, forge_response(*end_entity.certificate(), ca1, draft));
        options.maximum_version = version;
        const Origin origin(options);
        expect_refused(Revocation::stapled, origin, "revoked");
        ASSERT_TRUE(origin.wait_until_all_ended());
        EXPECT_EQ(origin.connections().at(0).received, "");  // no byte of anybody reached it
        expect_refused(Revocation::soft, origin, "revoked");
        expect_accepted(Revocation::off, origin);
    }
}

TEST_F(RevocationFarm, AGoodStapleIsOnRecordWithItsAge) {
    const auto end_entity = farmed(false);
    for (const int version : {0x0303, 0x0304}) {
        auto options = sending(end_entity, forge_response(*end_entity.certificate(), ca1));
        options.maximum_version = version;
        const Origin origin(options);
        expect_accepted(Revocation::stapled, origin);
        const auto account = revocation();
        EXPECT_EQ(account["mode"], "stapled");
        EXPECT_EQ(account["in_hard_mode"], "revocation_unknown");
        EXPECT_EQ(account["findings"][0]["status"], "good");
        EXPECT_EQ(account["findings"][0]["source"], "staple");
        EXPECT_EQ(account["findings"][0]["age_s"], 3600);
        EXPECT_EQ(account["findings"][1]["status"], "unknown");
    }
}

TEST_F(RevocationFarm, AStaplePromisedAndNotSentRefusesWithEveryVersionOfTls) {
    CertificateSpec spec;
    spec.extensions = {{"tlsfeature", "status_request"}};
    const auto end_entity = farmed(false, false, spec);
    for (const int version : {0x0303, 0x0304}) {
        auto bare = sending(end_entity);
        bare.maximum_version = version;
        const Origin without(bare);
        expect_refused(Revocation::stapled, without, "staple_required");
        auto stapling = sending(end_entity, forge_response(*end_entity.certificate(), ca1));
        stapling.maximum_version = version;
        const Origin with(stapling);
        expect_accepted(Revocation::stapled, with);
    }
}

// The verdict of a server is remembered by what it staples too.
TEST_F(RevocationFarm, ARevokedStapleCountsThoughTheServerWasAcceptedBefore) {
    const auto end_entity = farmed(false);
    ResponseDraft draft;
    draft.status = ResponseDraft::Status::revoked;
    for (const int version : {0x0303, 0x0304}) {
        auto before = sending(end_entity, forge_response(*end_entity.certificate(), ca1));
        auto after = sending(end_entity, forge_response(*end_entity.certificate(), ca1, draft));
        before.maximum_version = after.maximum_version = version;
        const Origin good(before);
        const Origin revoked(after);
        expect_accepted(Revocation::stapled, good);
        EXPECT_NE(status_of(revoked).find("revoked"), std::string::npos);
        EXPECT_NE(status_of(good).find(" 200 "), std::string::npos);
    }
}

TEST_F(RevocationFarm, TheResponderIsAskedForTheLeafAndForTheIntermediate) {
    const auto end_entity = farmed();
    serve_ocsp(answer(forge_response(*end_entity.certificate(), ca1)));
    issuers.serve_below("/root-ocsp/", [made = answer(forge_response(*ca1.certificate(), root))](
                                           const std::string&) { return made; });
    const Origin origin(sending(end_entity));
    expect_accepted(Revocation::hard, origin);
    const auto account = revocation();
    EXPECT_EQ(account["in_hard_mode"], "ok");
    EXPECT_EQ(account["findings"][0]["source"], "ocsp");
    EXPECT_EQ(account["findings"][0]["url"], issuers.url("/ocsp"));
    EXPECT_EQ(account["findings"][1]["source"], "ocsp");
}

TEST_F(RevocationFarm, ARevokedLeafIsRefusedWhoeverSaysSo) {
    const auto by_ocsp = farmed();
    ResponseDraft draft;
    draft.status = ResponseDraft::Status::revoked;
    serve_ocsp(answer(forge_response(*by_ocsp.certificate(), ca1, draft)));
    const auto by_list = farmed(false, true);
    serve_list("/ca1.crl", ca1, {by_list.certificate()->serial()});
    const Origin first(sending(by_ocsp));
    const Origin second(sending(by_list));
    for (const auto mode : {Revocation::soft, Revocation::hard}) {
        expect_refused(mode, first, "revoked");
        EXPECT_NE(status_of(second).find("revoked"), std::string::npos);
    }
}

// RFC 6960 appendix A.1: GET is optional for responders.
TEST_F(RevocationFarm, AResponderThatKnowsPostAloneIsAskedWithPost) {
    serve_root_list();
    const auto revoked = farmed();
    const auto good = farmed();
    ResponseDraft draft;
    draft.status = ResponseDraft::Status::revoked;
    const Origin first(sending(revoked));
    const Origin second(sending(good));
    const IssuerAnswer answers_to_get[] = {IssuerAnswer::text(400, "POST, please"),
                                           IssuerAnswer::text(404, "POST, please"),
                                           IssuerAnswer::text(403, "POST, please"),
                                           IssuerAnswer::text(500, "POST, please"),
                                           IssuerAnswer::text(200, "<html>POST, please</html>"),
                                           answer(ocsp_error(1))};
    for (const auto& answer_to_get : answers_to_get) {
        SCOPED_TRACE(answer_to_get.status);
        forget();
        serve_ocsp(answer_to_get);
        issuers.serve("/ocsp", answer(forge_response(*revoked.certificate(), ca1, draft)));
        expect_refused(Revocation::soft, first, "revoked");
        EXPECT_EQ(last_decision()["chainmend"]["revocation"]["findings"][0]["url"], issuers.url("/ocsp"));
        issuers.serve("/ocsp", answer(forge_response(*good.certificate(), ca1)));
        expect_accepted(Revocation::hard, second);
    }
    for (const auto& request : issuers.requests()) {
        if (request.find(" /ocsp HTTP/1.1\r\n") == std::string::npos) continue;
        EXPECT_TRUE(request.starts_with("POST ")) << request;
        EXPECT_NE(request.find("\r\nContent-Type: application/ocsp-request\r\n"), std::string::npos);
    }
}

// Up to TLS 1.2 the path of a server is judged, and remembered, before its staple has come.
TEST_F(RevocationFarm, OfARememberedPathRevocationIsAQuestionOfTheMoment) {
    serve_root_list();
    const auto end_entity = farmed();
    ResponseDraft draft;
    draft.next_update = noon() + std::chrono::minutes{10};
    ResponseDraft later;
    later.this_update = noon() + std::chrono::minutes{11};
    later.status = ResponseDraft::Status::revoked;
    for (const int version : {0x0303, 0x0304}) {
        SCOPED_TRACE(version);
        forget();
        serve_ocsp(answer(forge_response(*end_entity.certificate(), ca1, draft)));
        auto options = sending(end_entity);
        options.maximum_version = version;
        const Origin origin(options);
        expect_accepted(Revocation::soft, origin);
        // Only the proxy's calendar moves: what came by GET some seconds ago is still in memory, and no use.
        issuers.serve("/ocsp", answer(forge_response(*end_entity.certificate(), ca1, later)));
        proxy->set_time(noon() + std::chrono::minutes{12});
        const auto status = status_of(origin);
        EXPECT_NE(status.find(" 502 chainmend revoked:"), std::string::npos) << status;
    }
}

TEST_F(RevocationFarm, AStapleThatHasEndedIsNoStapleForARememberedPathEither) {
    CertificateSpec spec;
    spec.extensions = {{"tlsfeature", "status_request"}};
    const auto end_entity = farmed(false, false, spec);
    ResponseDraft draft;
    draft.next_update = noon() + std::chrono::minutes{10};
    ResponseDraft renewed;
    renewed.this_update = noon() + std::chrono::minutes{11};
    for (const int version : {0x0303, 0x0304}) {
        SCOPED_TRACE(version);
        auto before = sending(end_entity, forge_response(*end_entity.certificate(), ca1, draft));
        auto after = sending(end_entity, forge_response(*end_entity.certificate(), ca1, renewed));
        before.maximum_version = after.maximum_version = version;
        const Origin stale(before);
        const Origin fresh(after);
        expect_accepted(Revocation::stapled, stale);
        proxy->set_time(noon() + std::chrono::minutes{12});
        EXPECT_NE(status_of(stale).find(" 502 chainmend staple_required:"), std::string::npos);
        EXPECT_NE(status_of(fresh).find(" 200 "), std::string::npos);
    }
}

// Without the list, what it revokes would be accepted.
TEST_F(RevocationFarm, AListInADirectoryThatNoLongerReadsStopsTheReload) {
    const auto end_entity = farmed(false);
    CrlDraft draft;
    draft.revoked = {end_entity.certificate()->serial()};
    const Bytes list = der_of(*forge_crl(draft, as_forged(ca1)));
    directory.write("lists/ca1.crl", std::string(list.begin(), list.end()));
    const Origin origin(sending(end_entity));
    const auto with_lists = [&](config::Settings& settings) {
        settings.verify.crl_files = {(directory / "lists").string()};
    };
    EXPECT_NE(status_in(Revocation::soft, origin, with_lists).find(" 502 chainmend revoked:"),
              std::string::npos);
    directory.write("lists/ca1.crl", std::string(list.begin(), list.end() - 1));
    proxy->server().request_reload();
    while (proxy->reloads() < 1)
        std::this_thread::yield();
    EXPECT_NE(status_of(origin).find(" 502 chainmend revoked:"), std::string::npos);
}

// A staple may be some days old; a list that is at hand is asked as well.
TEST_F(RevocationFarm, AListThatIsKeptCountsAgainstAGoodStaple) {
    serve_root_list();
    const auto first = farmed(false, true);
    const auto second = farmed(false, true);
    serve_list("/ca1.crl", ca1, {second.certificate()->serial()});
    const Origin brings_the_list(sending(first));
    const Origin staples(sending(second, forge_response(*second.certificate(), ca1)));
    for (const auto mode : {Revocation::soft, Revocation::hard}) {
        forget();
        expect_accepted(mode, brings_the_list);
        EXPECT_NE(status_of(staples).find(" 502 chainmend revoked:"), std::string::npos);
    }
}

TEST_F(RevocationFarm, ARequestThatIsTooLongForGetIsPosted) {
    CertificateSpec spec;
    spec.ocsp = {issuers.url("/root-ocsp")};
    spec.serial_hex = "01" + std::string(300, '7');
    ca1 = root.intermediate("Test CA 1", spec);
    const auto end_entity = farmed(false, true);
    serve_list("/ca1.crl", ca1);
    issuers.serve("/root-ocsp", answer(forge_response(*ca1.certificate(), root)));
    const Origin origin(sending(end_entity));
    expect_accepted(Revocation::hard, origin);
    EXPECT_EQ(issuers.count("/root-ocsp"), 1);
    EXPECT_EQ(issuers.count_below("/root-ocsp/"), 0);
}

// Both responders hang for longer than there is time; the lists are there to ask.
TEST_F(RevocationFarm, WhoHangsKeepsNobodyElseFromBeingHeard) {
    const auto hang = answer({}).with(IssuerAnswer::Manner::hang);
    const auto end_entity = farmed(true, true);
    serve_ocsp(hang);
    issuers.serve_below("/root-ocsp/", [hang](const std::string&) { return hang; });
    serve_list("/ca1.crl", ca1);
    serve_root_list();
    const Origin origin(sending(end_entity));
    expect_accepted(Revocation::hard, origin);
    EXPECT_EQ(revocation()["findings"][1]["source"], "crl");
    serve_list("/root.crl", root, {ca1.certificate()->serial()});
    forget();
    expect_refused(Revocation::soft, origin, "revoked");
}

// The leaf names a responder that hangs and nothing else: its issuer is asked about all the same.
TEST_F(RevocationFarm, EveryCertificateIsAskedAboutAtOnce) {
    const auto end_entity = farmed();
    serve_ocsp(answer({}).with(IssuerAnswer::Manner::hang));
    serve_list("/root.crl", root, {ca1.certificate()->serial()});
    const Origin origin(sending(end_entity));
    expect_refused(Revocation::soft, origin, "revoked");
    EXPECT_EQ(only_decision()["chainmend"]["depth"], 1);
}

// Everything that tells nothing: soft accepts and says so, hard refuses.
TEST_F(RevocationFarm, WhatTellsNothingIsAWarningOrARefusal) {
    serve_root_list();
    const auto end_entity = farmed();
    const auto& subject = *end_entity.certificate();
    const auto other = farmed();
    ResponseDraft stale, future, forged, unknown, stranger;
    stale.next_update = noon() - hours{1};
    stale.this_update = noon() - hours{30};
    future.this_update = noon() + hours{1};
    forged.break_signature = true;
    unknown.status = ResponseDraft::Status::unknown;
    const auto nobody = Identity::root("Nobody").issue(responder_spec());
    stranger.signer = &nobody;
    const auto hang = answer({}).with(IssuerAnswer::Manner::hang);
    const std::map<std::string, IssuerAnswer> kinds{
        {"stale", answer(forge_response(subject, ca1, stale))},
        {"future", answer(forge_response(subject, ca1, future))},
        {"forged", answer(forge_response(subject, ca1, forged))},
        {"unknown", answer(forge_response(subject, ca1, unknown))},
        {"wrong issuer", answer(forge_response(subject, ca1, stranger))},
        {"other serial", answer(forge_response(*other.certificate(), ca1))},
        {"unsigned", answer(ocsp_error(6))},
        {"nonsense", answer(Bytes{1, 2, 3})},
        {"huge", answer(Bytes(1, 'A')).with(IssuerAnswer::Manner::endless)},
        {"gone", IssuerAnswer::not_found()},
        {"cut", answer(forge_response(subject, ca1)).with(IssuerAnswer::Manner::too_long)},
        {"closed", answer({}).with(IssuerAnswer::Manner::close)},
        {"hanging", hang}};
    const Origin origin(sending(end_entity));
    const auto briefly = [](config::Settings& settings) {
        settings.egress.timeout = milliseconds{300};
        settings.repair.budget = milliseconds{900};
    };
    for (const auto& [name, kind] : kinds) {
        serve_ocsp(kind);
        auto status = status_in(Revocation::soft, origin, briefly);
        EXPECT_NE(status.find(" 200 "), std::string::npos) << name << ": " << status;
        const auto decision = last_decision();
        EXPECT_NE(decision["chainmend"]["warnings"].dump().find("revocation_unknown"), std::string::npos)
            << name;
        EXPECT_EQ(decision["chainmend"]["revocation"]["in_hard_mode"], "revocation_unknown") << name;
        status = status_in(Revocation::hard, origin, briefly);
        EXPECT_NE(status.find(" 502 chainmend revocation_unknown"), std::string::npos)
            << name << ": " << status;
    }
}

TEST_F(RevocationFarm, AResponderThatDoesNotRepeatTheNonceTellsNothing) {
    serve_root_list();
    const auto end_entity = farmed();
    serve_ocsp(answer(forge_response(*end_entity.certificate(), ca1)));
    const Origin origin(sending(end_entity));
    const auto nonce = [](config::Settings& settings) { settings.verify.ocsp_nonce = true; };
    EXPECT_NE(status_in(Revocation::hard, origin, nonce).find("revocation_unknown"), std::string::npos);
    EXPECT_NE(
        only_decision()["chainmend"]["revocation"]["findings"][0]["detail"].get<std::string>().find("nonce"),
        std::string::npos);
    EXPECT_NE(status_in(Revocation::hard, origin).find(" 200 "), std::string::npos);
}

TEST_F(RevocationFarm, AGoodAnswerIsKeptUntilItEndsAndOverARestart) {
    serve_root_list();
    const auto end_entity = farmed();
    serve_ocsp(answer(forge_response(*end_entity.certificate(), ca1)));
    const Origin origin(sending(end_entity));
    expect_accepted(Revocation::hard, origin);
    // Once what is being written is on the disk, another proxy finds it there.
    const auto kept = [&] {
        std::size_t files = 0;
        std::error_code ignored;
        for (std::filesystem::directory_iterator entry(directory / "revocation", ignored), end; entry != end;
             ++entry)
            files += entry->path().extension() == ".ocsp" || entry->path().extension() == ".crl" ? 1 : 0;
        return files;
    };
    for (int turns = 0; kept() < 2 && turns < 1000; ++turns)
        std::this_thread::sleep_for(milliseconds{10});
    ASSERT_EQ(kept(), 2u);
    const int asked = issuers.total();
    expect_accepted(Revocation::hard, origin);
    EXPECT_EQ(issuers.total(), asked);
    // Past its end it is asked for anew, and the responder's old answer is no answer.
    proxy->set_time(noon() + hours{25});
    EXPECT_NE(status_of(origin).find("revocation_unknown"), std::string::npos);
    EXPECT_GT(issuers.total(), asked);
}

TEST_F(RevocationFarm, ManyHandshakesAskOnce) {
    serve_root_list();
    const auto end_entity = farmed();
    auto slow = answer(forge_response(*end_entity.certificate(), ca1)).with(IssuerAnswer::Manner::slow);
    slow.piece = 400;
    slow.interval = milliseconds{50};
    serve_ocsp(slow);
    const Origin origin(sending(end_entity));
    start([](config::Settings& settings) {
        settings.verify.revocation = Revocation::hard;
        settings.repair.budget = settings.egress.timeout = milliseconds{30'000};
        settings.listen.workers = 2;
    });
    std::vector<std::thread> clients;
    std::atomic<int> accepted = 0;
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([&] {
            ProxyClient client(proxy->address());
            if (client.connect(target(origin)).find(" 200 ") != std::string::npos) ++accepted;
        });
    }
    for (auto& client : clients)
        client.join();
    EXPECT_EQ(accepted, 8);
    EXPECT_EQ(issuers.count_below("/ocsp/"), 1);
    EXPECT_EQ(issuers.count("/root.crl"), 1);
}

TEST_F(RevocationFarm, ACertificateMayPointNowhereMorePrivateThanItsServer) {
    serve_root_list();
    CertificateSpec spec;
    spec.ocsp = {"http://169.254.169.254/ocsp", "https://127.0.0.1/ocsp", "ldap://127.0.0.1/ocsp"};
    const Origin origin(sending(farmed(false, false, spec)));
    EXPECT_NE(status_in(Revocation::hard, origin).find("revocation_unknown"), std::string::npos);
    int blocked = 0;
    const auto decision = only_decision();
    for (const auto& fetch : decision["chainmend"]["fetches"])
        blocked += fetch["result"] == "blocked" ? 1 : 0;
    EXPECT_EQ(blocked, 3);
}

TEST_F(RevocationFarm, ARuleSetsTheModeOfItsHosts) {
    const auto end_entity = farmed(false);
    const Origin origin(sending(end_entity));
    start([](config::Settings& settings) {
        config::HostRule rule;
        rule.match = {"leaf.test"};
        rule.revocation = Revocation::hard;
        settings.hosts = {rule};
    });
    EXPECT_NE(status_of(origin).find("revocation_unknown"), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
