// RFC 5280 section 6.3: which list speaks for which certificate, in the manner of NIST's PKITS sections 4.14
// and 4.15: distribution points, reasons, indirect lists, deltas.
//
//     root -> ca -> leaf (distribution point)
//          -> agent, who signs lists for the ca
#include "tests/certs/revocable_chain.h"

namespace chainmend::test {
namespace {

using namespace certs;
using enum Reason;

/// Names and points that the rows below refer to, in the syntax of OpenSSL's configuration files.
constexpr const char* sections = R"(
[one]
CN=One
[two]
CN=Two
[ca_one]
O=Test
0.CN=CA
1.CN=One
[agent]
O=Test
CN=Agent
[stranger]
O=Test
CN=Stranger
[point_one]
fullname=dirName:ca_one
[point_two]
fullname=URI:http://crl.test/two
[point_relative]
relativename=one
[point_of_agent]
fullname=URI:http://crl.test/agent
CRLissuer=dirName:agent
[point_of_agent_without_name]
CRLissuer=dirName:agent
[point_of_stranger]
fullname=URI:http://crl.test/agent
CRLissuer=dirName:stranger
[names_one]
fullname=dirName:ca_one
[names_two]
fullname=URI:http://crl.test/two
[names_relative]
relativename=one
[names_relative_two]
relativename=two
[some_reasons]
onlysomereasons=keyCompromise,CACompromise
[other_reasons]
onlysomereasons=affiliationChanged,superseded,cessationOfOperation,certificateHold,privilegeWithdrawn,AACompromise
[users]
onlyuser=TRUE
[cas]
onlyCA=TRUE
[attributes]
onlyAA=TRUE
[indirect]
indirectCRL=TRUE
[indirect_agent]
fullname=URI:http://crl.test/agent
indirectCRL=TRUE
[direct_agent]
fullname=URI:http://crl.test/agent
)";

/// A list for the leaf.
struct List {
    const char* scope;  ///< the section of its issuingDistributionPoint, "" for none
    bool revokes = false;
    bool by_agent = false;
};

struct Row {
    const char* name;
    const char* point;  ///< the section of the leaf's distribution point, "" for none
    std::vector<List> lists;
    Reason reason;
};

const Row rows[] = {
    {"TheSameFullName", "point_one", {{"names_one"}}, ok},
    {"TheSameFullNameAndRevoked", "point_one", {{"names_one", true}}, revoked},
    {"AnotherFullName", "point_one", {{"names_two"}}, revocation_unknown},
    {"AUri", "point_two", {{"names_two"}}, ok},
    {"AListWithoutAScopeCoversEveryPoint", "point_one", {{""}}, ok},
    {"AListWithAPointDoesNotCoverACertificateWithout", "", {{"names_one"}}, revocation_unknown},
    {"BothRelative", "point_relative", {{"names_relative"}}, ok},
    {"BothRelativeAndRevoked", "point_relative", {{"names_relative", true}}, revoked},
    {"RelativeOnlyInTheCertificate", "point_relative", {{"names_one"}}, ok},
    {"RelativeOnlyInTheList", "point_one", {{"names_relative"}}, ok},
    {"AnotherRelativeName", "point_relative", {{"names_relative_two"}}, revocation_unknown},
    {"ForEndEntitiesOnly", "", {{"users"}}, ok},
    {"ForCasOnly", "", {{"cas"}}, revocation_unknown},
    {"ForAttributesOnly", "", {{"attributes"}}, revocation_unknown},
    {"ForSomeReasonsOnly", "", {{"some_reasons"}}, revocation_unknown},
    {"ForSomeReasonsOnlyAndRevoked", "", {{"some_reasons", true}}, revoked},
    {"ForAllReasonsInTwoLists", "", {{"some_reasons"}, {"other_reasons"}}, ok},
    {"ForAllReasonsInTwoListsAndRevokedInOne", "", {{"some_reasons"}, {"other_reasons", true}}, revoked},
    {"AnIndirectListOfTheIssuerItself", "", {{"indirect"}}, ok},
    {"AnIndirectListOfTheIssuerItselfAndRevoked", "", {{"indirect", true}}, revoked},
    {"AnAgentNamedByTheCertificate", "point_of_agent", {{"indirect_agent", false, true}}, ok},
    {"AnAgentNamedByTheCertificateAndRevoked", "point_of_agent", {{"indirect_agent", true, true}}, revoked},
    {"AnAgentNamedWithoutAPoint", "point_of_agent_without_name", {{"indirect", false, true}}, ok},
    {"AnAgentWhoSpeaksForItselfOnly", "point_of_agent", {{"direct_agent", false, true}}, revocation_unknown},
    {"AnAgentThatTheCertificateDoesNotName", "", {{"indirect_agent", false, true}}, revocation_unknown},
    {"AnotherAgentThanNamed", "point_of_stranger", {{"indirect_agent", false, true}}, revocation_unknown},
    // RFC 5280 section 6.3.3, at the end: also lists "not specified in a distribution point but issued by the
    // certificate issuer"
    {"AListOfTheIssuerWhereAnAgentIsNamed", "point_of_agent", {{""}}, ok},
};

class DistributionPoint : public RevocableChain, public testing::WithParamInterface<Row> {
  protected:
    CrlPtr made(const List& list) {
        CrlDraft draft;
        draft.sections = sections;
        if (*list.scope != '\0')
            draft.extensions.emplace_back("issuingDistributionPoint", std::string("critical,@") + list.scope);
        if (list.revokes) draft.entries = {{"1EAF", list.by_agent ? "/O=Test/CN=CA" : "", {}}};
        return forge_crl(draft, list.by_agent ? agent_ : ca_);
    }

    void SetUp() override {
        RevocableChain::SetUp();
        Draft draft = ca_draft("/O=Test/CN=Agent", 5);
        draft.set("basicConstraints", "critical,CA:FALSE").set("keyUsage", "critical,cRLSign");
        draft.serial_hex = "A6E7";
        agent_ = forge(draft, &root_);
        crl_issuers_ = {agent_.certificate};
    }

    Forged agent_;
};

TEST_P(DistributionPoint, DecidesWhichListSpeaks) {
    leaf_draft_.sections = sections;
    if (*GetParam().point != '\0') leaf_draft_.add("crlDistributionPoints", GetParam().point);
    issue();
    std::vector<CrlPtr> crls{root_crl()};
    for (const List& list : GetParam().lists)
        crls.push_back(made(list));
    const Failure failure = judge(crls);
    EXPECT_STREQ(to_string(failure.reason), to_string(GetParam().reason)) << failure.detail;
}

INSTANTIATE_TEST_SUITE_P(Pkits414, DistributionPoint, testing::ValuesIn(rows),
                         [](const auto& row) { return row.param.name; });

using IndirectCrl = DistributionPoint;

// An entry of an indirect list is about the certificate of the issuer that it names.
TEST_F(IndirectCrl, DoesNotRevokeTheSameNumberOfAnotherIssuer) {
    leaf_draft_.sections = sections;
    leaf_draft_.add("crlDistributionPoints", "point_of_agent");
    issue();
    CrlDraft draft;
    draft.sections = sections;
    draft.extensions.emplace_back("issuingDistributionPoint", "critical,@indirect_agent");
    draft.entries = {{"1EAF", "/O=Test/CN=Other CA", {}}};
    EXPECT_EQ(judge({root_crl(), forge_crl(draft, agent_)}).reason, ok);
    draft.entries = {{"01", "/O=Test/CN=CA", {}}, {"1EAF", "", {}}};  // the issuer named last still counts
    EXPECT_EQ(judge({root_crl(), forge_crl(draft, agent_)}).reason, revoked);
}

TEST_F(IndirectCrl, IsWorthNothingFromAnAgentThatIsRevokedOrNotCertified) {
    leaf_draft_.sections = sections;
    leaf_draft_.add("crlDistributionPoints", "point_of_agent");
    issue();
    CrlDraft agent_is_revoked;
    agent_is_revoked.revoked = {"A6E7"};
    const CrlPtr list = made({"indirect_agent", false, true});
    EXPECT_EQ(judge({root_crl(agent_is_revoked), list}).reason, revocation_unknown);
    crl_issuers_ = {forge(root_draft("/O=Test/CN=Agent", 5)).certificate};
    EXPECT_EQ(judge({root_crl(), list}).reason, revocation_unknown);
}

TEST_F(IndirectCrl, OfAnAgentBelowAnAnchorThatIsNotSelfSigned) {
    // top (not given) -> root (the anchor) -> ca -> leaf
    const Forged top = forge(root_draft("/O=Test/CN=Top", 7));
    root_ = forge(ca_draft("/O=Test/CN=Root", 1), &top);
    leaf_draft_.sections = sections;
    leaf_draft_.add("crlDistributionPoints", "point_of_agent");
    ca_ = forge(ca_draft_, &root_);
    leaf_ = forge(leaf_draft_, &ca_);
    EXPECT_EQ(judge({root_crl(), made({"indirect_agent", false, true})}).reason, ok);
    EXPECT_EQ(judge({root_crl(), made({"indirect_agent", true, true})}).reason, revoked);
}

// ---- 4.15 deltas: base number 1, delta number 2
// --------------------------------------------------------------

struct DeltaRow {
    const char* name;
    bool revoked_in_base;
    const char* in_delta;  ///< "" nothing, "revoked", "removed"
    int delta_base;        ///< the base that the delta builds on
    bool freshest;         ///< the leaf says that there is a delta
    Reason reason;
};

const DeltaRow deltas[] = {
    {"NothingInEither", false, "", 1, true, ok},
    {"RevokedInTheBase", true, "", 1, true, revoked},
    {"RevokedInTheDelta", false, "revoked", 1, true, revoked},
    {"RemovedFromTheBase", true, "removed", 1, true, ok},
    {"RevokedInADeltaThatNothingPromises", false, "revoked", 1, false, revoked},
    {"RevokedInADeltaOfALaterBase", false, "revoked", 2, true, revoked},
    {"RevokedInTheBaseAndADeltaOfALaterBase", true, "removed", 2, true, revoked},
};

class DeltaCrl : public RevocableChain, public testing::WithParamInterface<DeltaRow> {};

TEST_P(DeltaCrl, IsReadTogetherWithItsBase) {
    if (GetParam().freshest) leaf_draft_.add("freshestCRL", "URI:http://crl.test/delta");
    issue();
    CrlDraft base, delta;
    if (GetParam().revoked_in_base) base.entries = {{"1EAF", "", {{"CRLReason", "DER:0a0106"}}}};  // on hold
    delta.extensions = {{"crlNumber", "DER:020103"},
                        {"deltaCRL", "critical,DER:02010" + std::to_string(GetParam().delta_base)}};
    const std::string in_delta = GetParam().in_delta;
    if (in_delta == "revoked") delta.revoked = {"1EAF"};
    if (in_delta == "removed") delta.entries = {{"1EAF", "", {{"CRLReason", "DER:0a0108"}}}};
    const Failure failure = judge({root_crl(), ca_crl(base), ca_crl(delta)});
    EXPECT_STREQ(to_string(failure.reason), to_string(GetParam().reason)) << failure.detail;
}

INSTANTIATE_TEST_SUITE_P(Pkits415, DeltaCrl, testing::ValuesIn(deltas),
                         [](const auto& row) { return row.param.name; });

class SeveralDeltas : public RevocableChain {};

// RFC 5280 section 5.2.4: a delta tells all that has changed since its base, so the newest that fits counts.
TEST_F(SeveralDeltas, TheNewestCountsInWhateverOrderTheyCome) {
    for (const bool freshest : {true, false}) {
        if (freshest) leaf_draft_.add("freshestCRL", "URI:http://crl.test/delta");
        issue();
        CrlDraft older, newer;
        older.extensions = {{"crlNumber", "DER:020102"}, {"deltaCRL", "critical,DER:020101"}};
        newer.extensions = {{"crlNumber", "DER:020103"}, {"deltaCRL", "critical,DER:020101"}};
        newer.revoked = {"1EAF"};
        EXPECT_EQ(judge({root_crl(), ca_crl(), ca_crl(older), ca_crl(newer)}).reason, revoked);
        EXPECT_EQ(judge({root_crl(), ca_crl(), ca_crl(newer), ca_crl(older)}).reason, revoked);
        leaf_draft_.drop("freshestCRL");
    }
}

}  // namespace
}  // namespace chainmend::test
