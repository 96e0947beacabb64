#include "proxy/files/issuer_import.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "certs/path_builder.h"
#include "proxy/files/import_material.h"
#include "proxy/files/input_file.h"
#include "proxy/files/public_lists.h"
#include "proxy/files/trust_loader.h"
#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::proxy {
namespace {

using std::chrono::days;
using test::Identity;
using test::noon;

std::shared_ptr<const certs::TrustStore> trusting(const std::vector<Identity>& roots) {
    certs::TrustStoreBuilder builder;
    for (const Identity& root : roots)
        builder.add(root.certificate(), "given");
    return std::move(builder).build();
}

ImportOutcome chosen(const std::vector<certs::CertificatePtr>& offered, const certs::TrustStore& trust,
                     const ImportOptions& options = {.origin = "list.pem", .now = noon(), .progress = {}},
                     const certs::IssuerStore& store = certs::IssuerStore(),
                     const certs::Distrust& distrust = {}) {
    return choose_issuers(offered, trust, store, distrust, options);
}

std::set<std::string> names_of(const ImportOutcome& outcome) {
    std::set<std::string> names;
    for (const auto& issuer : outcome.taken)
        names.insert(issuer.certificate->display_name());
    return names;
}

std::string base64(ByteView bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                     static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

Bytes name_der(const X509_NAME* name) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_NAME(name, &der);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

TEST(IssuerImport, TakesWhatLeadsToAnAnchorInWhateverOrderItComes) {
    // Root (anchor) -> CA 1 -> CA 2 -> CA 3
    const auto root = Identity::root("Root");
    const auto one = root.intermediate("CA 1");
    const auto two = one.intermediate("CA 2");
    const auto three = two.intermediate("CA 3");
    const auto outcome =
        chosen({three.certificate(), two.certificate(), one.certificate()}, *trusting({root}));
    EXPECT_EQ(names_of(outcome), (std::set<std::string>{"CA 1", "CA 2", "CA 3"}));
    EXPECT_EQ(outcome.taken.front().source, certs::Source::import);
    EXPECT_EQ(outcome.taken.front().origin, "list.pem");
    EXPECT_EQ(outcome.taken.front().stored_at, noon());
}

TEST(IssuerImport, AnIssuerInTheStoreCompletesTheWayToTheAnchor) {
    const auto root = Identity::root("Root");
    const auto one = root.intermediate("CA 1");
    const auto two = one.intermediate("CA 2");
    certs::IssuerStore store;
    store.add({one.certificate(), certs::Source::store, "", noon()});
    EXPECT_EQ(
        chosen({two.certificate()}, *trusting({root}), {.now = noon(), .progress = {}}, store).taken.size(),
        1u);
    EXPECT_EQ(chosen({two.certificate()}, *trusting({root})).taken.size(), 0u);
}

TEST(IssuerImport, SaysWhyItRefuses) {
    const auto root = Identity::root("Root");
    const auto stranger = Identity::root("Stranger");
    test::CertificateSpec old;
    old.not_before = noon() - days{20};
    old.not_after = noon() - days{1};
    const auto good = root.intermediate("Good");
    const auto outcome =
        chosen({root.leaf("leaf.test").certificate(), stranger.certificate(),
                root.intermediate("Old", old).certificate(),
                stranger.intermediate("Unanchored").certificate(), good.certificate(), good.certificate()},
               *trusting({root}));
    EXPECT_EQ(names_of(outcome), std::set<std::string>{"Good"});
    EXPECT_EQ(outcome.known, 1u);
    const std::map<ImportRefusal, std::size_t> expected{{ImportRefusal::not_a_ca, 1},
                                                        {ImportRefusal::self_signed, 1},
                                                        {ImportRefusal::expired, 1},
                                                        {ImportRefusal::unanchored, 1}};
    EXPECT_EQ(outcome.refused, expected);
}

TEST(IssuerImport, ANameWithoutTheSignatureLeadsNowhere) {
    // An issuer of the anchor's name and another key.
    const auto root = Identity::root("Root");
    const auto namesake = Identity::root("Root");
    const auto outcome = chosen({namesake.intermediate("CA 1").certificate()}, *trusting({root}));
    EXPECT_TRUE(outcome.taken.empty());
    EXPECT_EQ(outcome.refused.at(ImportRefusal::unanchored), 1u);
}

TEST(IssuerImport, AnExpiredAnchorAnchorsNothing) {
    test::CertificateSpec old;
    old.not_before = noon() - days{20};
    old.not_after = noon() - days{1};
    const auto root = Identity::root("Root", old);
    const auto ca = root.intermediate("CA 1");
    EXPECT_TRUE(chosen({ca.certificate()}, *trusting({root})).taken.empty());
    EXPECT_EQ(chosen({ca.certificate()}, *trusting({root}),
                     {.origin = {}, .now = noon(), .keep_unanchored = true, .progress = {}})
                  .taken.size(),
              1u);
}

TEST(IssuerImport, WhatIsRevokedAnchorsNothingEither) {
    const auto root = Identity::root("Root");
    const auto bad = root.intermediate("Bad");
    const auto below = bad.intermediate("Below");
    certs::DistrustList list;
    list.fingerprints.insert(bad.certificate()->sha256());
    const auto outcome = chosen({bad.certificate(), below.certificate()}, *trusting({root}),
                                {.now = noon(), .progress = {}}, certs::IssuerStore(), certs::Distrust(list));
    EXPECT_TRUE(outcome.taken.empty());
    EXPECT_EQ(outcome.refused.at(ImportRefusal::revoked), 1u);
    EXPECT_EQ(outcome.refused.at(ImportRefusal::unanchored), 1u);
}

TEST(ImportMaterial, ReadsCcadbTablesWithQuotedBlocksAndMixedLineEnds) {
    const auto root = Identity::root("Root");
    const auto one = root.intermediate("CA 1").pem();
    std::string two = root.intermediate("CA 2").pem();
    for (std::size_t at = 0; (at = two.find('\n', at)) != std::string::npos; at += 2)
        two.replace(at, 1, "\r\n");
    const auto material =
        read_import(as_bytes("\xef\xbb\xbf\"CA Owner\",\"Note\",\"PEM Info\"\r\n"
                             "\"A, Inc.\",\"says \"\"hello\"\"\",\"'" +
                             one + "'\"\n" + "B,,\"'" + two +
                             "'\"\r\n"
                             "C,,\"'-----BEGIN CERTIFICATE-----\nMII!\n-----END CERTIFICATE-----'\"\r\n"));
    ASSERT_TRUE(material) << material.error().message;
    EXPECT_EQ(material->format, "csv");
    ASSERT_EQ(material->certificates.size(), 2u);
    EXPECT_EQ(material->certificates[1]->display_name(), "CA 2");
    ASSERT_EQ(material->problems.size(), 1u);
    EXPECT_EQ(material->problems[0].substr(0, 6), "row 4:");
}

TEST(ImportMaterial, ReadsPemDerAndPkcs7) {
    const auto ca = Identity::root("Root").intermediate("CA 1");
    for (const auto& [format, bytes] : {std::pair<std::string, std::string>{"pem", ca.pem()},
                                        {"der", std::string(as_text(ca.certificate()->der()))},
                                        {"pkcs7", std::string(as_text(test::pkcs7({ca.certificate()})))}}) {
        const auto material = read_import(as_bytes(bytes));
        ASSERT_TRUE(material) << material.error().message;
        EXPECT_EQ(material->format, format);
        EXPECT_EQ(material->certificates.size(), 1u);
    }
}

TEST(ImportMaterial, ReadsMozillasListsAndKeepsThemOverARestart) {
    const auto root = Identity::root("Root");
    const auto by_serial = root.intermediate("CA 1");
    const auto by_key = root.intermediate("CA 2");
    const auto good = root.intermediate("CA 3");
    const X509* x509 = by_serial.certificate()->x509();
    const ASN1_INTEGER* serial = X509_get0_serialNumber(x509);
    Bytes octets(ASN1_STRING_get0_data(serial), ASN1_STRING_get0_data(serial) + ASN1_STRING_length(serial));
    if (octets.front() >= 0x80) octets.insert(octets.begin(), 0);
    const std::string json = "{\"data\":[{\"issuerName\":\"" + base64(name_der(X509_get_issuer_name(x509))) +
                             "\",\"serialNumber\":\"" + base64(octets) + "\"},{\"subject\":\"" +
                             base64(name_der(X509_get_subject_name(by_key.certificate()->x509()))) +
                             "\",\"pubKeyHash\":\"" + base64(by_key.certificate()->spki_sha256()) +
                             "\"},{\"derHash\":\"" + base64(good.certificate()->sha256()) +
                             "\"},{\"schema\":1}],\"timestamp\":1}";
    const auto material = read_import(as_bytes(json));
    ASSERT_TRUE(material) << material.error().message;
    EXPECT_EQ(material->problems.size(), 1u);

    const test::TemporaryDirectory store;
    ASSERT_TRUE(save_public_lists(store.path(), {material->revoked, material->disclosed}));
    const auto lists = load_public_lists(store.path());
    ASSERT_TRUE(lists) << lists.error().message;
    const certs::Distrust distrust(lists->revoked);
    EXPECT_TRUE(distrust.covers(*by_serial.certificate()));
    EXPECT_TRUE(distrust.covers(*by_key.certificate()));
    EXPECT_FALSE(distrust.covers(*good.certificate()));
    EXPECT_EQ(lists->disclosed, std::set<Sha256>{good.certificate()->sha256()});
}

// As the collection of 2026 has them: a name for people, and the hash of the key.
TEST(ImportMaterial, ADisclosedIntermediateIsNotTakenForARevokedOne) {
    const auto ca = Identity::root("Root").intermediate("CA 1").certificate();
    const std::string key = "\",\"pubKeyHash\":\"" + base64(ca->spki_sha256());
    const std::string disclosed =
        "{\"subject\":\"Amazon\",\"derHash\":\"" + base64(ca->sha256()) + key + "\"}";
    const std::string named =
        "{\"subject\":\"" + base64(name_der(X509_get_subject_name(ca->x509()))) + key + "\"}";
    const std::string text_only = "{\"subject\":\"Amazon" + key + "\"}";
    const auto material = read_import(as_bytes("[" + disclosed + "," + text_only + "]"));
    ASSERT_TRUE(material) << material.error().message;
    EXPECT_EQ(material->disclosed, std::set<Sha256>{ca->sha256()});
    EXPECT_EQ(material->revoked.size(), 0U);
    EXPECT_EQ(material->problems.size(), 1U) << "a subject that is no name names nothing";
    EXPECT_EQ(read_import(as_bytes("[" + named + "]"))->revoked.size(), 1U);
}

TEST(ImportMaterial, TakesTheServersChangesetWhenItIsWhole) {
    const std::string record = "{\"derHash\":\"" + std::string(43, 'A') + "=\"}";
    const auto whole = read_import(as_bytes("{\"changes\":[" + record + "],\"timestamp\":1}"));
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(whole->disclosed.size(), 1U);
    const auto part = read_import(
        as_bytes("{\"changes\":[" + record + ",{\"id\":\"x\",\"deleted\":true}],\"timestamp\":1}"));
    ASSERT_FALSE(part);
    EXPECT_NE(part.error().message.find("_since"), std::string::npos) << part.error().message;
}

TEST(PublicLists, ADamagedListIsAnErrorAndNeverAShorterList) {
    const test::TemporaryDirectory store;
    EXPECT_EQ(load_public_lists(store.path())->revoked.size(), 0u);
    PublicLists lists;
    lists.revoked.fingerprints = {Sha256{1}, Sha256{2}, Sha256{3}};
    ASSERT_TRUE(save_public_lists(store.path(), lists));
    const std::string whole = test::content_of(store / "lists/revoked.txt");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        store.write("lists/revoked.txt", whole.substr(0, size));
        EXPECT_FALSE(load_public_lists(store.path())) << size << " bytes of it";
    }
    store.write("lists/revoked.txt", whole);
    EXPECT_TRUE(load_public_lists(store.path()));
}

TEST(ImportMaterial, RefusesWhatIsNoneOfThem) {
    for (const std::string text : {"", "hello", "{\"data\":[]}", "[1,2", "a,b\nc,d\n", "PK\x03\x04",
                                   "<html></html>", "{\"data\":[{\"derHash\":\"AAAA\"}]}"}) {
        EXPECT_FALSE(read_import(as_bytes(text))) << text;
    }
}

/// The first of `places` that is there, empty otherwise.
std::string first_present(const std::vector<std::string>& places) {
    for (const std::string& place : places) {
        if (!place.empty() && access(place.c_str(), R_OK) == 0) return place;
    }
    return "";
}

TEST(ImportMaterial, ReadsFirefoxsOmniJa) {
    const char* given = getenv("CHAINMEND_OMNI_JA");
    const std::string file =
        first_present({given == nullptr ? "" : given, "/usr/lib/firefox-esr/browser/omni.ja",
                       "/usr/lib/firefox/browser/omni.ja"});
    if (file.empty()) GTEST_SKIP() << "Firefox is not installed";
    const auto bytes = read_input_file(file, max_import_bytes);
    ASSERT_TRUE(bytes) << bytes.error().message;
    const auto material = read_import(*bytes);
    ASSERT_TRUE(material) << material.error().message;
    EXPECT_EQ(material->format, "omni.ja");
    EXPECT_GT(material->revoked.size(), 1000u);
    EXPECT_GT(material->disclosed.size(), 1000u);
}

TEST(IssuerImport, ThePublicListAgainstTheSystemsAnchors) {
    const char* given = getenv("CHAINMEND_PUBLIC_INTERMEDIATES");
    const std::string file = first_present(
        {given == nullptr ? "" : given, "../shared/data/public-intermediates.pem",
         "../../shared/data/public-intermediates.pem", "../../../shared/data/public-intermediates.pem",
         "../../../../shared/data/public-intermediates.pem"});
    const auto trust = load_trust({}, noon());
    if (file.empty() || !trust.ok()) GTEST_SKIP() << "the public list or the system's anchors are not here";
    const auto bytes = read_input_file(file, max_import_bytes);
    ASSERT_TRUE(bytes) << bytes.error().message;
    const auto material = read_import(*bytes);
    ASSERT_TRUE(material) << material.error().message;
    EXPECT_GT(material->certificates.size(), 1200u);
    const auto outcome = chosen(material->certificates, *trust.store);
    EXPECT_GT(outcome.taken.size(), 900u);

    // DigiCert High Assurance EV Root CA (anchor) -> DigiCert SHA2 High Assurance Server CA (imported)
    certs::IssuerStore store;
    certs::CertificatePtr server_ca;
    for (const auto& issuer : outcome.taken) {
        store.add(issuer);
        if (issuer.certificate->display_name() == "DigiCert SHA2 High Assurance Server CA") {
            server_ca = issuer.certificate;
        }
    }
    ASSERT_TRUE(server_ca);
    certs::SignatureMemo memo;
    certs::VerifyRequest request;
    request.purpose = certs::Purpose::any;
    request.at = noon();
    certs::PathBuilder builder(trust.store, &store,
                               {.certificates = {server_ca}, .malformed_end_entity = {}, .malformed = {}}, {},
                               request, &memo);
    auto step = builder.next();
    while (std::holds_alternative<certs::NeedIssuer>(step)) {
        builder.answer({.issuers = {}, .fetches = {}, .last = true});
        step = builder.next();
    }
    const auto& path = std::get<certs::Verdict>(step).path;
    ASSERT_EQ(path.size(), 2u);
    EXPECT_EQ(path.back().certificate->display_name(), "DigiCert High Assurance EV Root CA");
    EXPECT_EQ(path.back().source, certs::Source::trust);
}

}  // namespace
}  // namespace chainmend::proxy
