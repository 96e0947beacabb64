// What the running proxy makes of revocation lists, fetched and from files.

#include <algorithm>

#include "proxy/judging_snapshot.h"
#include "proxy/snapshot.h"
#include "tests/proxy/tunnel/revocation_farm.h"

namespace chainmend::test {
namespace {

using std::chrono::hours;

TEST_F(RevocationFarm, ARevokedIntermediateIsRefused) {
    serve_list("/root.crl", root, {ca1.certificate()->serial()});
    const auto end_entity = farmed(false, true);
    serve_list("/ca1.crl", ca1);
    const Origin origin(sending(end_entity));
    expect_refused(Revocation::soft, origin, "revoked");
    EXPECT_EQ(only_decision()["chainmend"]["depth"], 1);
}

TEST_F(RevocationFarm, AListWithoutANumberProvesNothingButWhatItRevokes) {
    serve_root_list();
    const auto end_entity = farmed(false, true);
    CrlDraft draft;
    draft.extensions.clear();
    const Origin origin(sending(end_entity));
    serve_list("/ca1.crl", ca1, {}, draft);
    EXPECT_NE(status_in(Revocation::hard, origin).find("revocation_unknown"), std::string::npos);
    serve_list("/ca1.crl", ca1, {end_entity.certificate()->serial()}, draft);
    expect_refused(Revocation::soft, origin, "revoked");
}

TEST_F(RevocationFarm, AListIsEnoughForBoth) {
    serve_root_list();
    serve_list("/ca1.crl", ca1);
    const Origin origin(sending(farmed(false, true)));
    expect_accepted(Revocation::hard, origin);
    EXPECT_EQ(revocation()["findings"][0]["source"], "crl");
}

TEST_F(RevocationFarm, AListThatIsStaleForgedOrADeltaTellsNothing) {
    serve_root_list();
    const auto end_entity = farmed(false, true);
    CrlDraft stale, delta, scoped;
    stale.this_update = noon() - hours{48};
    stale.next_update = noon() - hours{24};
    delta.extensions.push_back({"2.5.29.27", "critical,DER:020101"});
    scoped.extensions.push_back({"2.5.29.28", "critical,DER:30038201FF"});
    const auto stranger = Identity::root("Test CA 1");
    const Origin origin(sending(end_entity));
    const auto expect_unknown = [&](const std::string& name) {
        EXPECT_NE(status_in(Revocation::soft, origin).find(" 200 "), std::string::npos) << name;
        EXPECT_NE(status_in(Revocation::hard, origin).find("revocation_unknown"), std::string::npos) << name;
    };
    serve_list("/ca1.crl", ca1, {}, stale);
    expect_unknown("stale");
    serve_list("/ca1.crl", ca1, {}, delta);
    expect_unknown("delta");
    serve_list("/ca1.crl", ca1, {}, scoped);
    expect_unknown("for CAs only");
    serve_list("/ca1.crl", stranger);
    expect_unknown("forged");
    issuers.serve("/ca1.crl", answer(Bytes(1, 'A')).with(IssuerAnswer::Manner::endless));
    const auto small = [](config::Settings& settings) { settings.verify.crl_max_bytes = 64 * 1024; };
    EXPECT_NE(status_in(Revocation::hard, origin, small).find("revocation_unknown"), std::string::npos);
    serve_list("/ca1.crl", ca1);
    expect_accepted(Revocation::hard, origin);
}

TEST_F(RevocationFarm, ListsFromFilesNeedNobody) {
    const auto end_entity = ca1.leaf("leaf.test");
    const auto file = [&](const std::string& name, const Identity& issuer, std::vector<std::string> revoked) {
        CrlDraft draft;
        draft.revoked = std::move(revoked);
        const auto der = der_of(*forge_crl(draft, as_forged(issuer)));
        return directory.write(name, std::string(as_text(der)));
    };
    const auto good = file("ca1.crl", ca1, {});
    const auto bad = file("bad.crl", ca1, {end_entity.certificate()->serial()});
    const auto above = file("root.crl", root, {});
    const Origin origin(sending(end_entity));
    const auto with = [&](const std::string& list) {
        return [&, list](config::Settings& settings) { settings.verify.crl_files = {list, above}; };
    };
    EXPECT_NE(status_in(Revocation::hard, origin, with(good)).find(" 200 "), std::string::npos);
    EXPECT_NE(status_in(Revocation::soft, origin, with(bad)).find("revoked"), std::string::npos);
    EXPECT_EQ(revocation()["findings"][0]["url"], bad.string());
    // What they would say is told with each decision.
    EXPECT_NE(status_in(Revocation::stapled, origin, with(bad)).find(" 200 "), std::string::npos);
    EXPECT_EQ(revocation()["in_hard_mode"], "revoked");
    EXPECT_EQ(issuers.total(), 0);
}

TEST_F(RevocationFarm, ListsThatNobodyIsCheckedAgainstAreToldAtTheStart) {
    config::Settings settings;
    settings.trust.system = false;
    settings.trust.files = {directory.write("root.pem", root.pem())};
    settings.repair.store = (directory / "intermediates").string();
    settings.verify.revocation_cache = (directory / "revocation").string();
    settings.verify.crl_files = {
        directory.write("root.crl", std::string(as_text(der_of(*forge_crl({}, as_forged(root))))))};
    for (const auto mode : {Revocation::stapled, Revocation::soft}) {
        settings.verify.revocation = mode;
        const auto snapshot = proxy::read_judging_snapshot(settings, noon());
        ASSERT_TRUE(snapshot.ok()) << snapshot.error().message;
        const auto& told = (*snapshot)->warnings;
        EXPECT_EQ(std::any_of(told.begin(), told.end(),
                              [](const std::string& line) { return line.starts_with("verify.crl_files"); }),
                  mode == Revocation::stapled);
    }
}

TEST_F(RevocationFarm, AReloadReadsTheListsAnew) {
    const auto end_entity = ca1.leaf("leaf.test");
    const auto list = [&](std::vector<std::string> revoked) {
        CrlDraft draft;
        draft.revoked = std::move(revoked);
        return directory.write("ca1.crl", std::string(as_text(der_of(*forge_crl(draft, as_forged(ca1))))));
    };
    const auto file = list({});
    const Origin origin(sending(end_entity));
    EXPECT_NE(status_in(Revocation::soft, origin,
                        [&](config::Settings& settings) { settings.verify.crl_files = {file}; })
                  .find(" 200 "),
              std::string::npos);
    list({end_entity.certificate()->serial()});
    proxy->server().request_reload();
    std::string status;
    do {
        status = status_of(origin);
    } while (status.find(" 200 ") != std::string::npos);
    EXPECT_NE(status.find("revoked"), std::string::npos) << status;
}

}  // namespace
}  // namespace chainmend::test
