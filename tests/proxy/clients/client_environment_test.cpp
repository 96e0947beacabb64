#include "proxy/clients/client_environment.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <set>

#include "certs/certificate_file.h"
#include "proxy/clients/client_variables.h"
#include "proxy/clients/direct_hosts.h"
#include "proxy/clients/shell_text.h"
#include "proxy/files/input_file.h"
#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::test {
namespace {

using proxy::ClientEnvironment;
using proxy::ClientFiles;
using proxy::DirectHosts;
using proxy::ProxyPlace;
using proxy::Shell;
using Variables = std::map<std::string, std::string>;

proxy::VariableLookup looking_in(Variables variables) {
    return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

Variables filled_in(const Variables& present, const std::string& directory = "/s/clients") {
    const auto environment =
        proxy::client_environment({"127.0.0.1", "8181"}, ClientFiles(directory), looking_in(present));
    return {environment.set.begin(), environment.set.end()};
}

TEST(ClientEnvironment, QuotesValuesForEveryShell) {
    const ClientEnvironment environment{{{"A", "it's $HOME"}}, {"B"}};
    EXPECT_EQ(proxy::shell_text(environment, Shell::sh), "unset B\nexport A='it'\\''s $HOME'\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::fish), "set -e B\nset -gx A 'it\\'s $HOME'\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::powershell),
              "Remove-Item Env:B -ErrorAction SilentlyContinue\n$env:A = 'it''s $HOME'\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::dotenv), "A=\"it's $HOME\"\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::docker), "A=it's $HOME\n");
    EXPECT_EQ(proxy::shell_text({{{"A", "100%"}}, {"B"}}, Shell::cmd), "set \"B=\"\r\nset \"A=100%%\"\r\n");
}

TEST(ClientEnvironment, NamesTheProxyInBothSpellingsAndTheBundleEverywhere) {
    const auto set = filled_in({});
    EXPECT_EQ(set.at("HTTPS_PROXY"), "http://127.0.0.1:8181");
    EXPECT_EQ(set.at("https_proxy"), "http://127.0.0.1:8181");
    EXPECT_EQ(set.at("PERL_LWP_ENV_PROXY"), "1");
    for (const char* name :
         {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "AWS_CA_BUNDLE",
          "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "PERL_LWP_SSL_CA_FILE", "npm_config_cafile", "DENO_CERT",
          "HTTPLIB2_CA_CERTS", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "NIX_SSL_CERT_FILE", "COMPOSER_CAFILE"}) {
        EXPECT_EQ(set.at(name), "/s/clients/bundle.pem") << name;
    }
    EXPECT_EQ(set.at("NODE_EXTRA_CA_CERTS"), "/s/clients/ca.pem");
    EXPECT_EQ(set.at("WGETRC"), "/s/clients/wgetrc");
    EXPECT_EQ(set.at("APT_CONFIG"), "/s/clients/apt.conf");
    EXPECT_EQ(set.at("PHP_INI_SCAN_DIR"), ":/s/clients/php");
}

TEST(ClientEnvironment, UnsetsWhatWouldDefeatTheOthers) {
    const auto names = [](const Variables& present) {
        const auto environment =
            proxy::client_environment({"127.0.0.1", "8181"}, ClientFiles("/s"), looking_in(present));
        return std::set<std::string>(environment.unset.begin(), environment.unset.end());
    };
    const std::set<std::string> always{"SSL_CERT_DIR",       "NPM_CONFIG_HTTPS_PROXY", "NPM_CONFIG_PROXY",
                                       "NPM_CONFIG_NOPROXY", "NPM_CONFIG_CAFILE",      "PIP_PROXY",
                                       "grpc_proxy",         "no_grpc_proxy"};
    auto with_lists = always;
    with_lists.insert({"NO_PROXY", "no_proxy", "npm_config_noproxy"});
    EXPECT_EQ(names({}), with_lists);
    EXPECT_EQ(names({{"NO_PROXY", "*"}}), with_lists);
    EXPECT_EQ(names({{"no_proxy", "db.test"}}), always);
    for (const char* name :
         {"CARGO_HTTP_PROXY", "npm_config_https_proxy", "npm_config_proxy", "ALL_PROXY", "all_proxy"})
        EXPECT_EQ(filled_in({{name, "http://other.test:1"}}).at(name), "http://127.0.0.1:8181") << name;
}

TEST(ClientEnvironment, KeepsTheUserAndPasswordForThisVeryProxy) {
    const proxy::ProxyPlace place{"127.0.0.1", "8181"};
    const auto known = [&](const Variables& present) {
        return proxy::with_credentials(place, looking_in(present)).userinfo;
    };
    EXPECT_EQ(known({{"HTTPS_PROXY", "http://anna:s%40crt@127.0.0.1:8181"}}), "anna:s%40crt");
    EXPECT_EQ(known({{"https_proxy", "http://anna:secret@localhost:8181/"}}), "anna:secret");
    EXPECT_EQ(known({{"HTTPS_PROXY", "http://anna:secret@127.0.0.1:8182"}}), "");
    EXPECT_EQ(known({{"HTTPS_PROXY", "http://anna:secret@other.test:8181"}}), "");
    EXPECT_EQ(known({{"HTTPS_PROXY", "http://127.0.0.1:8181"}}), "");
    const auto environment =
        proxy::client_environment({"127.0.0.1", "8181", "anna:secret"}, ClientFiles("/s"), looking_in({}));
    const Variables set{environment.set.begin(), environment.set.end()};
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "http_proxy", "npm_config_https_proxy"})
        EXPECT_EQ(set.at(name), "http://anna:secret@127.0.0.1:8181") << name;
    EXPECT_EQ(set.at("JAVA_TOOL_OPTIONS").find("secret"), std::string::npos);
}

TEST(ClientEnvironment, TellsForEveryVariableWhoReadsIt) {
    for (const auto& variable : proxy::client_variables())
        EXPECT_NE(std::string(variable.readers), "") << variable.name;
}

TEST(ClientEnvironment, AppendsJavasOptionsToThoseThatAreThereAndOnlyOnce) {
    const auto alone = filled_in({}).at("JAVA_TOOL_OPTIONS");
    EXPECT_EQ(alone.substr(0, 46), "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=") << alone;
    EXPECT_NE(alone.find("-Djavax.net.ssl.trustStore=/s/clients/trust.p12 "), std::string::npos) << alone;
    const auto behind = filled_in({{"JAVA_TOOL_OPTIONS", "-Xmx1g"}}).at("JAVA_TOOL_OPTIONS");
    EXPECT_EQ(behind, "-Xmx1g " + alone);
    EXPECT_EQ(filled_in({{"JAVA_TOOL_OPTIONS", behind}}).at("JAVA_TOOL_OPTIONS"), behind);
    const auto quoted = filled_in({}, "/home of/s").at("JAVA_TOOL_OPTIONS");
    EXPECT_NE(quoted.find("\"-Djavax.net.ssl.trustStore=/home of/s/trust.p12\""), std::string::npos)
        << quoted;
}

TEST(ClientEnvironment, KeepsThePhpDirectoriesThatAreThere) {
    EXPECT_EQ(filled_in({{"PHP_INI_SCAN_DIR", "/etc/php"}}).at("PHP_INI_SCAN_DIR"),
              "/etc/php:/s/clients/php");
    EXPECT_EQ(filled_in({{"PHP_INI_SCAN_DIR", ":/s/clients/php"}}).at("PHP_INI_SCAN_DIR"), ":/s/clients/php");
}

TEST(DirectHosts, KeepsWhatEveryClientUnderstands) {
    const auto hosts = DirectHosts::of(
        "*.corp.test, db.test,,*,db.test 10.0.0.0/8,localhost:80,10.*,[::1]:443,::1,[::1],10.1.2.3");
    EXPECT_EQ(hosts.text(), ".corp.test,db.test,::1,[::1],10.1.2.3");
    EXPECT_EQ(hosts.left_out,
              (std::vector<std::string>{"*", "10.0.0.0/8", "localhost:80", "10.*", "[::1]:443"}));
    EXPECT_EQ(DirectHosts::of("*").text(), "");
}

TEST(ClientEnvironment, WritesDirectHostsForAllClientsAlike) {
    const Variables present{{"no_proxy", "*.corp.test,db.test"}, {"NO_PROXY", "other.test,10.0.0.0/8,*"}};
    const auto set = filled_in(present);
    EXPECT_EQ(set.at("NO_PROXY"), "other.test,.corp.test,db.test");
    EXPECT_EQ(set.at("no_proxy"), set.at("NO_PROXY"));
    EXPECT_EQ(set.at("npm_config_noproxy"), set.at("NO_PROXY"));
    const auto& java = set.at("JAVA_TOOL_OPTIONS");
    EXPECT_NE(java.find("other.test|*.corp.test|db.test"), std::string::npos) << java;
    EXPECT_EQ(java.find("10.0.0.0"), std::string::npos) << java;
    EXPECT_EQ(filled_in({{"NO_PROXY", "*"}}).count("NO_PROXY"), 0U);
    const auto environment =
        proxy::client_environment({"127.0.0.1", "8181"}, ClientFiles("/s"), looking_in(present));
    EXPECT_EQ(environment.left_out, (std::vector<std::string>{"10.0.0.0/8", "*"}));
}

TEST(NamedProxy, IsComparedWithoutUserAndPasswordAndNeverShowsThem) {
    const proxy::ProxyPlace place{"127.0.0.1", "8181"};
    for (const char* same : {"http://127.0.0.1:8181", "HTTP://127.0.0.1:8181/", "http://a:b@127.0.0.1:8181",
                             "http://a:p@ss/word@127.0.0.1:8181", "http://LocalHost:8181"}) {
        EXPECT_TRUE(proxy::NamedProxy::parse(same).is_at(place)) << same;
    }
    for (const char* other : {"http://127.0.0.1:81810", "http://127.0.0.1",
                              "http://127.0.0.1:8181@other.test:1", "http://[::1]:8181", ""}) {
        EXPECT_FALSE(proxy::NamedProxy::parse(other).is_at(place)) << other;
    }
    EXPECT_TRUE(proxy::NamedProxy::parse("http://[::1]:8181").is_at({"[::1]", "8181"}));
    EXPECT_EQ(proxy::NamedProxy::parse("http://alice:secret@proxy.test:3128/x").text(),
              "http://***@proxy.test:3128");
    EXPECT_EQ(proxy::NamedProxy::parse("alice:s@c/ret@proxy.test:3128").text(), "***@proxy.test:3128");
}

TEST(ProxyPlace, IsWhereAClientOnThisMachineReachesTheListener) {
    EXPECT_EQ(ProxyPlace::of_listener("127.0.0.1:8181")->url(), "http://127.0.0.1:8181");
    EXPECT_EQ(ProxyPlace::of_listener("0.0.0.0:8181")->url(), "http://127.0.0.1:8181");
    EXPECT_EQ(ProxyPlace::of_listener("[::]:8181")->url(), "http://[::1]:8181");
    EXPECT_EQ(ProxyPlace::of_listener("127.0.0.1:0").error().code, ErrorCode::configuration);
}

class WrittenClientFiles : public testing::Test {
  protected:
    static std::string text_of(const std::filesystem::path& file) {
        const auto bytes = proxy::read_input_file(file, 1024 * 1024);
        return bytes ? std::string(as_text(*bytes)) : "(" + bytes.error().message + ")";
    }
    static unsigned mode_of(const std::filesystem::path& file) {
        struct stat status {};
        EXPECT_EQ(stat(file.c_str(), &status), 0) << file;
        return status.st_mode & 0777U;
    }

    TemporaryDirectory directory;
    const Identity ca = Identity::root("Signing CA");
    const ClientFiles files{directory.path()};
};

TEST_F(WrittenClientFiles, HoldTheSystemsRootsAndTheCa) {
    ASSERT_TRUE(files.write({ca.certificate()}, looking_in({})));
    EXPECT_EQ(text_of(files.ca()), ca.pem());
    const auto bundle = text_of(files.bundle());
    EXPECT_EQ(bundle.substr(0, ca.pem().size()), ca.pem());
    const auto read = certs::read_certificates(as_bytes(bundle));
    ASSERT_TRUE(read);
    EXPECT_GT(read->certificates.size(), 10U);
    EXPECT_EQ(text_of(files.apt_settings()), "Acquire::https::CaInfo \"" + files.bundle().string() + "\";\n");
    EXPECT_EQ(text_of(files.php_directory() / "chainmend.ini"),
              "openssl.cafile = \"" + files.bundle().string() + "\"\ncurl.cainfo = \"" +
                  files.bundle().string() + "\"\n");
    EXPECT_EQ(mode_of(files.bundle()), 0644U);
    EXPECT_EQ(mode_of(files.wget_settings()), 0600U) << "it may hold the user's passwords";
}

TEST_F(WrittenClientFiles, KeepTheUsersOwnWgetAndAptSettings) {
    directory.write(".wgetrc", "tries = 2");
    const std::string apt = directory.write("own-apt.conf", "APT::Foo \"1\";\n");
    const Variables home{{"HOME", directory.path()}, {"APT_CONFIG", apt}};
    ASSERT_TRUE(files.write({ca.certificate()}, looking_in(home)));
    EXPECT_EQ(text_of(files.wget_settings()),
              "tries = 2\nuse_proxy = on\nca_certificate = " + files.bundle().string() + "\n");
    EXPECT_EQ(text_of(files.apt_settings()).find("#include \"" + apt + "\";\n"), 0U);

    // A second time, with the variables as the first set them: nothing is lost and nothing is included twice.
    Variables again = home;
    again["WGETRC"] = files.wget_settings().string();
    again["APT_CONFIG"] = files.apt_settings().string();
    ASSERT_TRUE(files.write({ca.certificate()}, looking_in(again)));
    EXPECT_EQ(text_of(files.wget_settings()),
              "tries = 2\nuse_proxy = on\nca_certificate = " + files.bundle().string() + "\n");
    EXPECT_EQ(text_of(files.apt_settings()).find("#include"), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
