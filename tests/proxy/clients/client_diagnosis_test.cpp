#include "proxy/clients/client_diagnosis.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::test {
namespace {

using proxy::CommandAnswer;
using proxy::Outcome;

/// A shell in which `chainmend env` has just been called, and what its programs answer when they are asked.
class ClientDiagnosis : public testing::Test {
  protected:
    ClientDiagnosis() {
        for (const char* name : {"https_proxy", "HTTPS_PROXY", "http_proxy", "npm_config_https_proxy",
                                 "npm_config_proxy", "CARGO_HTTP_PROXY"})
            variables[name] = "http://127.0.0.1:8181";
        for (const char* name : {"CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE",
                                 "PIP_CERT", "NODE_EXTRA_CA_CERTS", "npm_config_cafile"})
            variables[name] = bundle;
        variables["JAVA_TOOL_OPTIONS"] = "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=8181";
        variables["NODE_USE_ENV_PROXY"] = "1";
        variables["PERL_LWP_ENV_PROXY"] = "1";
        variables["HOME"] = directory.path();
        answers["node"] = {0, "v24.11.0\n"};
        answers["git"] = {1, ""};  // nothing is set
        answers["python3"] = {1, ""};
    }

    proxy::ExpectedSettings expected() {
        proxy::ExpectedSettings settings;
        settings.proxy = {"127.0.0.1", "8181"};
        settings.also = {{"[::1]", "8282"}};
        settings.ca = ca.certificate();
        settings.system_trusts_ca = system_trusts_ca;
        settings.present = [this](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end() || found->second.empty()) return std::nullopt;
            return found->second;
        };
        settings.is_empty = [this](const std::string& name) {
            const auto found = variables.find(name);
            return found != variables.end() && found->second.empty();
        };
        settings.ask = [this](const std::vector<std::string>& question) {
            const auto found = answers.find(question.front());
            return found == answers.end() ? CommandAnswer{127, ""} : found->second;
        };
        return settings;
    }
    proxy::ClientDiagnosis diagnosis_of(const std::string& client) {
        for (const auto& rule : proxy::client_rules()) {
            if (rule.name == client) return diagnose(rule, expected());
        }
        ADD_FAILURE() << "there is no client " << client;
        return {};
    }
    /// "works", or what decides and why it does not.
    static std::string text(const proxy::Finding& finding) {
        if (finding.outcome == Outcome::works && finding.text.empty()) return "works";
        const char* const outcomes[] = {"works, ", "depends, ", "fails, "};
        return outcomes[static_cast<int>(finding.outcome)] +
               (finding.decides.empty() ? "" : finding.decides + ": ") + finding.text;
    }
    std::string proxy_of(const std::string& client) { return text(diagnosis_of(client).proxy); }
    std::string trust_of(const std::string& client) { return text(diagnosis_of(client).trust); }
    std::set<std::string> failing() {
        std::set<std::string> found;
        for (const auto& rule : proxy::client_rules()) {
            if (diagnose(rule, expected()).proxy.outcome == Outcome::fails) found.insert(rule.name);
        }
        return found;
    }

    TemporaryDirectory directory;
    const Identity ca = Identity::root("Signing CA");
    const std::string bundle = directory.write("bundle.pem", ca.pem());
    const std::string other_list = directory.write("other.pem", Identity::root("Other").pem());
    const std::string other = "http://127.0.0.1:9";
    bool system_trusts_ca = false;
    std::map<std::string, std::string> variables;
    std::map<std::string, CommandAnswer> answers;  // by program
};

TEST_F(ClientDiagnosis, KnowsWhichNodeReadsVariables) {
    for (const std::string reads : {"v22.21.0", "v24.5.0", "v26.0.1"}) {
        answers["node"] = {0, reads + "\n"};
        EXPECT_EQ(proxy_of("Node"), "works") << reads;
    }
    for (const std::string does_not : {"v18.20.4", "v20.20.2", "v22.20.0", "v23.11.0", "v24.4.1"}) {
        answers["node"] = {0, does_not + "\n"};
        const auto told = proxy_of("Node");
        EXPECT_TRUE(told.starts_with("fails, https_proxy: Node " + does_not)) << told;
        EXPECT_NE(told.find("EnvHttpProxyAgent"), std::string::npos) << told;
    }
    for (const auto& no_answer : {CommandAnswer{127, ""}, CommandAnswer{0, "24"}, CommandAnswer{0, "v"},
                                  CommandAnswer{0, "vx.y"}, CommandAnswer{137, "v24.11.0"}}) {
        answers["node"] = no_answer;
        EXPECT_TRUE(proxy_of("Node").starts_with("depends, ")) << proxy_of("Node");
    }
    answers["node"] = {0, "v24.11.0\n"};
    variables.erase("NODE_USE_ENV_PROXY");
    EXPECT_EQ(proxy_of("Node"), "fails, https_proxy: Node v24.11.0 reads it only with NODE_USE_ENV_PROXY=1");
    variables["NODE_OPTIONS"] = "--use-env-proxy";
    EXPECT_EQ(proxy_of("Node"), "works");
}

TEST_F(ClientDiagnosis, KnowsThatPerlReadsVariablesOnlyWhenItIsTold) {
    EXPECT_EQ(proxy_of("Perl LWP"), "works");
    for (const char* off : {"", "0"}) {
        variables["PERL_LWP_ENV_PROXY"] = off;
        EXPECT_EQ(proxy_of("Perl LWP"),
                  "depends, https_proxy: only programs that ask for it (env_proxy) read it without "
                  "PERL_LWP_ENV_PROXY=1");
    }
    variables["PERL_LWP_ENV_PROXY"] = "yes";
    EXPECT_EQ(proxy_of("Perl LWP"), "works");
}

TEST_F(ClientDiagnosis, LooksAtAllProxyForThoseWhoReadIt) {
    variables.erase("https_proxy");
    variables.erase("HTTPS_PROXY");
    variables["ALL_PROXY"] = other;
    for (const char* reads : {"curl", "Python requests", "Python httpx", "PHP curl"})
        EXPECT_EQ(proxy_of(reads), "fails, ALL_PROXY: another proxy: " + other) << reads;
    for (const char* does_not : {"Go", "Python urllib", "AWS CLI, boto3", "wget"})
        EXPECT_TRUE(proxy_of(does_not).starts_with("fails, no proxy: none of ")) << proxy_of(does_not);
    variables["ALL_PROXY"] = "http://127.0.0.1:8181";
    EXPECT_EQ(proxy_of("Python httpx"), "works");
}

TEST_F(ClientDiagnosis, SaysThatAllProxyNamesAnotherOne) {
    const std::vector<proxy::ClientRule> rules(proxy::client_rules().begin(), proxy::client_rules().end());
    variables["ALL_PROXY"] = "http://127.0.0.1:8181";
    EXPECT_TRUE(general_findings(rules, expected()).empty());
    variables["ALL_PROXY"] = "socks5://u:secret@127.0.0.1:1080";
    EXPECT_EQ(
        general_findings(rules, expected()),
        std::vector<std::string>{"ALL_PROXY names another proxy, socks5://***@127.0.0.1:1080: Python httpx "
                                 "fails without socksio whatever else is set; unset it"});
}

TEST_F(ClientDiagnosis, AsksGitForItsSettings) {
    const auto says = [this](const std::string& name, const std::string& value) {
        answers["git"] = {0, name + "\n" + value + std::string(1, '\0')};
    };
    says("http.proxy", "http://u:secret@127.0.0.1:9");
    EXPECT_EQ(proxy_of("git"), "fails, git's http.proxy: another proxy: http://***@127.0.0.1:9");
    says("http.proxy", "");
    EXPECT_EQ(proxy_of("git"), "fails, git's http.proxy: it says that there is no proxy");
    says("http.proxy", "http://127.0.0.1:8181/");
    EXPECT_EQ(proxy_of("git"), "works");
    for (const char* off : {"false", "No", "0", "off"}) {
        says("http.sslverify", off);
        EXPECT_EQ(trust_of("git"),
                  "works, git's http.sslVerify: verifies nothing; with chainmend there is no need for it");
    }
    says("http.sslverify", "true");
    EXPECT_EQ(trust_of("git"), "works");
    says("http.sslcainfo", other_list);
    EXPECT_EQ(trust_of("git"), "works") << "the variable wins";
    variables.erase("GIT_SSL_CAINFO");
    EXPECT_EQ(trust_of("git"), "fails, git's http.sslCAInfo: " + other_list + " does not hold the CA");

    says("http.https://a:secret@x.test/.proxy", other);
    EXPECT_EQ(proxy_of("git"), "works");
    const auto rules = proxy::client_rules();
    const auto findings = proxy::general_findings({rules.begin(), rules.end()}, expected());
    EXPECT_EQ(findings.back(), "git's http.***@x.test/.proxy: for some hosts something else holds");
}

TEST_F(ClientDiagnosis, ReadsCurlsFile) {
    const std::string file = directory / ".curlrc";
    for (const std::string way : {"proxy = \"http://127.0.0.1:9\"", "--proxy http://127.0.0.1:9",
                                  "-x http://127.0.0.1:9", "proxy:http://127.0.0.1:9"}) {
        directory.write(".curlrc", "# mine\n" + way + "\n");
        EXPECT_EQ(proxy_of("curl"), "fails, proxy in " + file + ": another proxy: " + other) << way;
    }
    directory.write(".curlrc", "noproxy = \"*\"\n");
    EXPECT_EQ(proxy_of("curl"),
              "fails, noproxy in " + file + ": \"*\": every host is reached without the proxy");
    directory.write(".curlrc", "insecure\n#proxy = http://127.0.0.1:9\n");
    EXPECT_EQ(proxy_of("curl"), "works");
    EXPECT_EQ(trust_of("curl"),
              "works, insecure in " + file + ": verifies nothing; with chainmend there is no need for it");
    directory.write(".curlrc", "cacert = " + other_list + "\n");
    EXPECT_EQ(trust_of("curl"), "fails, cacert in " + file + ": " + other_list + " does not hold the CA");
    variables["CURL_HOME"] = directory / "elsewhere";
    EXPECT_NE(trust_of("curl"), "works") << "there is none in CURL_HOME, so the one in HOME is read";
}

TEST_F(ClientDiagnosis, ReadsTheFilesOfWgetNpmAndPip) {
    const std::string wgetrc = directory.write(".wgetrc", "use_proxy = off\n");
    EXPECT_EQ(proxy_of("wget"), "fails, useproxy in " + wgetrc + ": it says that there is no proxy");
    directory.write(".wgetrc", "HTTPS_Proxy = http://127.0.0.1:9\ncheck_certificate = off\n");
    EXPECT_EQ(proxy_of("wget"), "fails, httpsproxy in " + wgetrc + ": another proxy: " + other);
    EXPECT_TRUE(trust_of("wget").starts_with("works, checkcertificate in ")) << trust_of("wget");
    variables["WGETRC"] = directory.write("ours", "ca_certificate = " + bundle + "\n");
    EXPECT_EQ(proxy_of("wget"), "works") << "it is read instead";
    EXPECT_EQ(trust_of("wget"), "works");

    const std::string npmrc =
        directory.write(".npmrc", "; mine\nhttps-proxy=http://127.0.0.1:9\nstrict-ssl = false\n");
    EXPECT_EQ(proxy_of("npm"), "works") << "npm_config_https_proxy wins";
    EXPECT_TRUE(trust_of("npm").starts_with("works, strict-ssl in ")) << trust_of("npm");
    variables.erase("npm_config_https_proxy");
    variables.erase("npm_config_proxy");
    EXPECT_EQ(proxy_of("npm"), "fails, https-proxy in " + npmrc + ": another proxy: " + other);
    directory.write(".npmrc", "https-proxy=null\nproxy=http://127.0.0.1:9\n");
    EXPECT_EQ(proxy_of("npm"), "fails, proxy in " + npmrc + ": another proxy: " + other);

    const std::string pip_conf = directory.write("pip.conf", "[global]\nproxy = http://127.0.0.1:9\n");
    variables["PIP_CONFIG_FILE"] = pip_conf;
    EXPECT_EQ(proxy_of("pip"), "fails, proxy in " + pip_conf + ": another proxy: " + other);
    variables["PIP_PROXY"] = "http://127.0.0.1:8181";
    EXPECT_EQ(proxy_of("pip"), "works");
}

// As each of them was seen to behave.
TEST_F(ClientDiagnosis, KnowsWhatAnEmptyVariableMeansToEachClient) {
    const auto before = failing();
    variables["https_proxy"] = "";
    const auto empty = failing();
    for (const char* client : {"wget", "git", "Python urllib", "Python requests", "Python httpx", "apt"})
        EXPECT_EQ(empty.count(client), 1U) << client;
    for (const char* client : {"curl", "Go", "Ruby", "Perl LWP", "PHP curl", "npm"})
        EXPECT_EQ(empty.count(client), 0U) << client;
    EXPECT_EQ(before.count("wget"), 0U);
    EXPECT_EQ(proxy::general_findings({}, expected()).at(0).find("https_proxy is there but empty"), 0U);
}

TEST_F(ClientDiagnosis, KnowsWhatAStarMeansToEachClient) {
    variables["NO_PROXY"] = variables["no_proxy"] = "*";
    const auto star = failing();
    for (const char* client : {"curl", "git", "Python requests", "Python httpx", "Go", "PHP curl"})
        EXPECT_EQ(star.count(client), 1U) << client;
    for (const char* client : {"wget", "Ruby", "Perl LWP", "npm", "apt", "Java"})
        EXPECT_EQ(star.count(client), 0U) << client;
    variables["NO_PROXY"] = variables["no_proxy"] = "x.test, *";
    const auto among_others = failing();
    EXPECT_EQ(among_others.count("Go"), 1U);
    EXPECT_EQ(among_others.count("Python httpx"), 1U);
    EXPECT_EQ(among_others.count("curl"), 0U);
    variables["JAVA_TOOL_OPTIONS"] += " -Dhttp.nonProxyHosts=localhost|*";
    EXPECT_EQ(proxy_of("Java"),
              "fails, JAVA_TOOL_OPTIONS: http.nonProxyHosts holds \"*\": no host is asked for through it");
}

TEST_F(ClientDiagnosis, TakesEveryListenerOfTheProxy) {
    variables["https_proxy"] = "http://[::1]:8282";
    EXPECT_EQ(proxy_of("curl"), "works");
    variables["https_proxy"] = "http://localhost:8181/";
    EXPECT_EQ(proxy_of("curl"), "works");
    variables["https_proxy"] = "http://[::1]:8181";
    EXPECT_EQ(proxy_of("curl"), "fails, https_proxy: another proxy: http://[::1]:8181");
    variables["https_proxy"] = "socks5://127.0.0.1:8181";
    EXPECT_TRUE(proxy_of("curl").starts_with("fails, https_proxy: socks5://127.0.0.1:8181: "))
        << proxy_of("curl");
}

TEST_F(ClientDiagnosis, AsksPythonsLibrariesForTheirLists) {
    variables.erase("REQUESTS_CA_BUNDLE");
    variables.erase("CURL_CA_BUNDLE");
    variables.erase("SSL_CERT_FILE");
    variables.erase("AWS_CA_BUNDLE");
    const char* const clients[] = {"Python requests", "Python httpx", "AWS CLI, boto3"};
    answers["python3"] = {0, bundle + "\n"};
    for (const char* client : clients)
        EXPECT_EQ(trust_of(client), "works, " + bundle) << client;
    answers["python3"] = {0, other_list + "\n"};
    for (const char* client : clients)
        EXPECT_EQ(trust_of(client), "fails, " + other_list + " does not hold the CA") << client;
    answers["python3"] = {0, "system\n"};
    EXPECT_EQ(trust_of("Python requests"), "fails, the system's store, which does not trust the CA");
    answers["python3"] = {137, ""};
    EXPECT_EQ(trust_of("Python requests"), "fails, a list of its own, which does not hold the CA");
    system_trusts_ca = true;
    EXPECT_TRUE(trust_of("Python requests").starts_with("depends, ")) << "nobody could be asked";
    EXPECT_TRUE(trust_of("Deno").starts_with("depends, "));
    EXPECT_TRUE(trust_of("Java").starts_with("depends, ")) << "the CA may be in its cacerts";
}

}  // namespace
}  // namespace chainmend::test
