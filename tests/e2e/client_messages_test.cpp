#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/e2e/installation.h"
#include "tests/support/issuer_server.h"
#include "tests/support/origin.h"
#include "tests/support/revocation.h"

// What `chainmend fix` says of other clients, held against those clients: the same server, the same root, and
// their own words. All servers are on "localhost", which every client finds by itself.
//
//     Root <- CA <- localhost
namespace chainmend::test {
namespace {

using std::chrono::days;

Time now() {
    return std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now());
}

CertificateSpec valid(Time from, Time until) {
    CertificateSpec spec;
    spec.not_before = from;
    spec.not_after = until;
    return spec;
}
CertificateSpec valid_today() {
    return valid(now() - days{10}, now() + days{80});
}

bool is_installed(const std::string& program) {
    std::istringstream path(std::getenv("PATH"));
    for (std::string folder; std::getline(path, folder, ':');) {
        if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    }
    return false;
}

std::string replaced(std::string text, const std::string& part, const std::string& instead) {
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + instead.size()))
        text.replace(at, part.size(), instead);
    return text;
}

/// Behind the first `mark`; all of it when it is not there.
std::string behind(const std::string& text, const std::string& mark) {
    const auto at = text.find(mark);
    return at == std::string::npos ? text : text.substr(at + mark.size());
}

class ClientMessages : public testing::Test {
  protected:
    ClientMessages() {
        installation.configure("[trust]\nsystem = false\nfiles = [\"" + root_file + "\"]\n");
        issuers.serve("/ca", IssuerAnswer::der(ca.certificate()));
    }

    /// A server, and what is said of it.
    struct Server {
        std::unique_ptr<Origin> origin;
        std::string url;
        nlohmann::json fix;

        /// The line about this client, without its name.
        std::string said_of(const std::string& client) const {
            for (const std::string line : fix["clients"]) {
                if (line.starts_with(client + ": ")) return line.substr(client.size() + 2);
            }
            return "nothing is said of " + client;
        }
    };

    Identity leaf(const Identity& issuer, CertificateSpec spec = valid_today()) const {
        return issuer.leaf("localhost", std::move(spec));
    }

    /// `reason` is what chainmend refuses it for, or how it accepts it.
    void serve(const std::string& reason, OriginOptions options, const std::string& host = "localhost") {
        auto& server = servers.emplace_back();
        server.origin = std::make_unique<Origin>(std::move(options));
        const auto name = host + ":" + std::to_string(server.origin->port());
        server.url = "https://" + name + "/";
        const auto answer = installation.chainmend({"fix", "--json", name});
        server.fix = nlohmann::json::parse(answer.out, nullptr, false);
        ASSERT_TRUE(server.fix.is_object()) << answer.err;
        const auto& how = server.fix["how"];
        EXPECT_EQ(how.is_string() ? how : server.fix["reason"], reason) << server.fix.dump(1);
    }

    void serve_every_defect();
    void serve_broken_leaves();
    void serve_broken_issuers();

    /// On a machine that knows nothing of the root.
    Outcome stranger(std::vector<std::string> arguments) const {
        return run({std::move(arguments), {{"HOME", installation.home()}}, installation.home(), ""});
    }
    Outcome client(std::vector<std::string> arguments) const {
        return run({std::move(arguments),
                    {{"HOME", installation.home()},
                     {"LC_ALL", "C"},
                     {"SSL_CERT_FILE", root_file},
                     {"GIT_SSL_CAINFO", root_file},
                     {"NODE_EXTRA_CA_CERTS", root_file}},
                    installation.home(),
                    ""});
    }

    /// `words`, which are the client's at this server, or "ok", must be what is said of it.
    void expect_said(const Server& server, const std::string& client, const std::string& words,
                     const std::string& mark = "") const {
        const auto said = server.said_of(client);
        if (said == "does not notice") {
            EXPECT_EQ(words, "ok") << client << " at " << server.fix["problem"];
            return;
        }
        // "..." stands for what differs each time.
        const auto expected = behind(said.substr(0, said.find("...")), mark);
        EXPECT_NE(behind(words, mark).find(expected), std::string::npos)
            << client << " at " << server.fix["problem"] << "\nsays:      " << words
            << "\nis to say: " << said;
    }

    /// A program that gets all URLs behind these arguments and prints a line for each.
    void ask(const std::string& client_name, std::vector<std::string> arguments,
             const std::string& mark = "") const {
        for (const auto& server : servers)
            arguments.push_back(server.url);
        const auto answer = client(arguments);
        std::istringstream lines(answer.out);
        for (const auto& server : servers) {
            std::string line;
            std::getline(lines, line);
            ASSERT_TRUE(line.starts_with(server.url + "\t")) << answer.out << answer.err;
            expect_said(server, client_name, line.substr(server.url.size() + 1), mark);
        }
    }
    /// A client that is started for each URL anew.
    void ask_each(const std::string& client_name, std::vector<std::string> arguments,
                  const std::string& mark = "") const {
        arguments.emplace_back();
        for (const auto& server : servers) {
            arguments.back() = server.url;
            const auto answer = client(arguments);
            expect_said(server, client_name, answer.status == 0 ? "ok" : answer.err, mark);
        }
    }

    const std::string programs = CHAINMEND_SOURCE_DIR "/tests/e2e/clients/programs/";
    Installation installation;
    IssuerServer issuers;
    Identity root = Identity::root("Root", valid(now() - days{300}, now() + days{300}));
    Identity ca = root.intermediate("CA", valid(now() - days{200}, now() + days{200}));
    std::string root_file = installation.write("root.pem", root.pem());
    std::vector<Server> servers;
};

void ClientMessages::serve_every_defect() {
    const auto ca2 = ca.intermediate("CA 2", valid_today());
    const auto stranger = Identity::root("Stranger", valid_today());
    const auto strange_ca = stranger.intermediate("Strange CA", valid_today());
    auto fetched = valid_today();
    fetched.ca_issuers = {issuers.url("/ca")};
    serve("issuer_not_found", OriginOptions::of(leaf(ca)));
    serve("issuer_not_found", OriginOptions::of(leaf(ca2), {ca2.certificate()}));
    serve("issuer_not_found", OriginOptions::of(leaf(strange_ca), {strange_ca.certificate()}));
    serve("untrusted_root",
          OriginOptions::of(leaf(strange_ca), {strange_ca.certificate(), stranger.certificate()}));
    auto alone = valid_today();
    alone.common_name = "localhost";
    serve("untrusted_root", OriginOptions::of(Identity::self_signed(alone)));
    const auto expired_ca = root.intermediate("CA", valid(now() - days{90}, now() - days{3}), ca.key());
    serve("expired", OriginOptions::of(leaf(ca), {expired_ca.certificate()}));
    serve("repaired", OriginOptions::of(leaf(ca, fetched), {expired_ca.certificate()}));
    // From now on the CA is in the issuer store.
    serve("repaired", OriginOptions::of(leaf(ca), {expired_ca.certificate()}));
    serve("repaired", OriginOptions::of(leaf(ca, fetched)));
    serve("repaired", OriginOptions::of(leaf(ca2), {ca2.certificate()}));
    serve_broken_leaves();
    serve_broken_issuers();
}

void ClientMessages::serve_broken_leaves() {
    const auto sent = [this](const CertificateSpec& spec) {
        return OriginOptions::of(leaf(ca, spec), {ca.certificate()});
    };
    serve("expired", sent(valid(now() - days{90}, now() - days{3})));
    serve("not_yet_valid", sent(valid(now() + days{3}, now() + days{90})));
    const auto other = ca.leaf("other.test", valid_today());
    serve("host_mismatch", OriginOptions::of(other, {ca.certificate()}));
    serve("host_mismatch", OriginOptions::of(other, {ca.certificate()}), "127.0.0.1");
    auto no_san = valid_today();
    no_san.san_is_common_name = false;
    no_san.common_name = "localhost";
    serve("no_san", OriginOptions::of(ca.issue(no_san), {ca.certificate()}));
    no_san.common_name = "other.test";
    serve("no_san", OriginOptions::of(ca.issue(no_san), {ca.certificate()}));
    auto spec = valid_today();
    spec.digest = "SHA1";
    serve("weak_signature", sent(spec));
    serve("weak_key", OriginOptions::of(ca.leaf("localhost", valid_today(), make_key("RSA", "1024")),
                                        {ca.certificate()}));
    spec = valid_today();
    spec.extended_key_usage = "emailProtection";
    serve("bad_eku", sent(spec));
    spec = valid_today();
    spec.key_usage = "critical,cRLSign";
    serve("bad_key_usage", sent(spec));
    spec = valid_today();
    spec.extensions = {{"1.2.3.4", "critical,DER:0500"}};
    serve("unknown_critical_extension", sent(spec));
    spec = valid_today();
    spec.extensions = {{"tlsfeature", "status_request"}};
    serve("staple_required", sent(spec));
    const auto revoked = leaf(ca);
    ResponseDraft draft;
    draft.status = ResponseDraft::Status::revoked;
    draft.this_update = now() - std::chrono::hours{1};
    draft.next_update = now() + std::chrono::hours{24};
    auto stapled = OriginOptions::of(revoked, {ca.certificate()});
    stapled.staple = forge_response(*revoked.certificate(), ca, draft);
    serve("revoked", std::move(stapled));
    const auto good = leaf(ca);
    auto forged = OriginOptions::of(good, {ca.certificate()});
    forged.certificate = with_broken_signature(*good.certificate());
    serve("bad_signature", std::move(forged));
}

void ClientMessages::serve_broken_issuers() {
    const auto below = [this](const CertificateSpec& spec, certs::PrivateKeyPtr key = nullptr) {
        const auto broken = root.intermediate("Broken CA", spec, std::move(key));
        return OriginOptions::of(leaf(broken), {broken.certificate()});
    };
    serve("weak_key", below(valid_today(), make_key("RSA", "1024")));
    auto spec = valid_today();
    spec.extended_key_usage = "emailProtection";
    serve("bad_eku", below(spec));
    spec = valid_today();
    spec.key_usage = "critical,digitalSignature";
    serve("bad_key_usage", below(spec));
    spec = valid_today();
    spec.name_constraints = "critical,permitted;DNS:.corp.test";
    serve("name_constraint", below(spec));
    spec.name_constraints = "critical,excluded;DNS:localhost";
    serve("name_constraint", below(spec));
    spec = valid_today();
    spec.extensions = {{"policyConstraints", "critical,requireExplicitPolicy:0"}};
    serve("policy", below(spec));
    const auto no_ca = ca.leaf("no.test", valid_today());
    serve("not_a_ca", OriginOptions::of(leaf(no_ca), {no_ca.certificate(), ca.certificate()}));
    spec = valid_today();
    spec.path_length = 0;
    const auto last = root.intermediate("Last CA", spec);
    const auto too_deep = last.intermediate("Too Deep CA", valid_today());
    serve("path_length", OriginOptions::of(leaf(too_deep), {too_deep.certificate(), last.certificate()}));
    std::vector<certs::CertificatePtr> chain;
    auto deep = root;
    for (int i = 0; i < 10; ++i) {
        deep = deep.intermediate("Deep CA " + std::to_string(i), valid_today());
        chain.insert(chain.begin(), deep.certificate());
    }
    serve("max_depth", OriginOptions::of(leaf(deep), chain));
}

TEST_F(ClientMessages, AreWhatClientsSay) {
    serve_every_defect();
    ask_each("curl", {"curl", "-sS", "-o", "/dev/null", "--cacert", root_file});
    ask("Python", {"/usr/bin/python3", programs + "words.py"});
    ask_each("wget", {"wget", "-nv", "-t1", "-O/dev/null", "--ca-certificate=" + root_file});
    // A repository that is not there is no matter of certificates.
    for (const auto& server : servers) {
        const auto words = client({"git", "ls-remote", server.url}).err;
        const bool reached = words.find("not valid: is this a git repository?") != std::string::npos;
        expect_said(server, "git (Debian, with GnuTLS)", reached ? "ok" : words, "/': ");
    }
}

TEST_F(ClientMessages, AreWhatClientsSayThatNotEverybodyHas) {
    serve_every_defect();
    if (is_installed("node")) ask("Node.js", {"node", programs + "words.cjs"});
    if (is_installed("javac")) ask("Java", {"java", "-Xshare:auto", programs + "Words.java", root_file});
    if (is_installed("go")) ask("Go", {"go", "run", programs + "words.go"}, "x509: ");
}

TEST_F(ClientMessages, ComeWithACommandThatFailsBeforeTheRepairAndPassesAfterIt) {
    const auto ca2 = ca.intermediate("CA 2", valid_today());
    auto fetched = valid_today();
    fetched.ca_issuers = {issuers.url("/ca")};
    const auto incomplete = leaf(ca, fetched);
    const auto deep = leaf(ca2);
    const auto plain = leaf(ca);
    serve("repaired", OriginOptions::of(incomplete));
    serve("reordered", OriginOptions::of(deep, {ca.certificate(), ca2.certificate()}));
    serve("as_sent", OriginOptions::of(plain, {ca.certificate(), ca2.certificate()}));
    serve("expired",
          OriginOptions::of(leaf(ca, valid(now() - days{90}, now() - days{3})), {ca.certificate()}));
    serve("host_mismatch", OriginOptions::of(ca.leaf("other.test", valid_today()), {ca.certificate()}));
    std::vector<std::unique_ptr<Origin>> repaired;
    for (auto& options :
         {OriginOptions::of(incomplete, {ca.certificate()}),
          OriginOptions::of(deep, {ca2.certificate(), ca.certificate()}),
          OriginOptions::of(plain, {ca.certificate()}), OriginOptions::of(leaf(ca), {ca.certificate()}),
          OriginOptions::of(leaf(ca), {ca.certificate()})})
        repaired.push_back(std::make_unique<Origin>(options));
    for (std::size_t i = 0; i < servers.size(); ++i) {
        const auto& fix = servers[i].fix;
        const auto name = "localhost:" + std::to_string(servers[i].origin->port());
        if (fix["fullchain"] != "") {
            EXPECT_EQ(installation.chainmend({"fix", name, "--fullchain", installation.path("fullchain.pem")})
                          .status,
                      1);
            EXPECT_EQ(file_text(installation.path("fullchain.pem")), fix["fullchain"]);
        }
        const std::string prove = fix["prove"];
        EXPECT_NE(stranger({"sh", "-c", prove}).status, 0) << prove;
        const auto after = replaced(prove, name, "localhost:" + std::to_string(repaired[i]->port()));
        const auto answer = stranger({"sh", "-c", after});
        EXPECT_EQ(answer.status, 0) << after << "\n" << answer.out << answer.err;
    }
}

}  // namespace
}  // namespace chainmend::test
