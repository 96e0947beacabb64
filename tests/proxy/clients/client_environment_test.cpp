#include "proxy/clients/client_environment.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "certs/certificate_file.h"
#include "proxy/clients/client_variables.h"
#include "proxy/clients/shell_text.h"
#include "proxy/files/input_file.h"
#include "tests/support/pki.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::test {
namespace {

using proxy::ClientEnvironment;
using proxy::ClientFiles;
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
    EXPECT_EQ(proxy::shell_text(environment, Shell::sh), "export A='it'\\''s $HOME'\nunset B\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::fish), "set -gx A 'it\\'s $HOME'\nset -e B\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::powershell),
              "$env:A = 'it''s $HOME'\nRemove-Item Env:B -ErrorAction SilentlyContinue\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::dotenv), "A=\"it's $HOME\"\n");
    EXPECT_EQ(proxy::shell_text(environment, Shell::docker), "A=it's $HOME\n");
    EXPECT_EQ(proxy::shell_text({{{"A", "100%"}}, {"B"}}, Shell::cmd), "set \"A=100%%\"\r\nset \"B=\"\r\n");
}

TEST(ClientEnvironment, NamesTheProxyInBothSpellingsAndTheBundleEverywhere) {
    const auto set = filled_in({});
    EXPECT_EQ(set.at("HTTPS_PROXY"), "http://127.0.0.1:8181");
    EXPECT_EQ(set.at("https_proxy"), "http://127.0.0.1:8181");
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
    EXPECT_EQ(set.count("NO_PROXY"), 0U);
    const auto environment =
        proxy::client_environment({"127.0.0.1", "8181"}, ClientFiles("/s"), looking_in({}));
    EXPECT_EQ(environment.unset, std::vector<std::string>{"SSL_CERT_DIR"});
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

TEST(ClientEnvironment, WritesDirectHostsSoThatEveryClientUnderstandsThem) {
    EXPECT_EQ(proxy::understood_by_all("*.corp.test, db.test,,*,db.test"), ".corp.test,db.test");
    const auto set = filled_in({{"no_proxy", "*.corp.test,db.test"}, {"NO_PROXY", "other.test"}});
    EXPECT_EQ(set.at("NO_PROXY"), "other.test,.corp.test,db.test");
    EXPECT_EQ(set.at("no_proxy"), set.at("NO_PROXY"));
    EXPECT_NE(set.at("JAVA_TOOL_OPTIONS").find("other.test|*.corp.test|db.test"), std::string::npos);
    EXPECT_EQ(filled_in({{"NO_PROXY", "*"}}).count("NO_PROXY"), 0U);
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
              "tries = 2\nca_certificate = " + files.bundle().string() + "\n");
    EXPECT_EQ(text_of(files.apt_settings()).find("#include \"" + apt + "\";\n"), 0U);

    // A second time, with the variables as the first set them: nothing is lost and nothing is included twice.
    Variables again = home;
    again["WGETRC"] = files.wget_settings().string();
    again["APT_CONFIG"] = files.apt_settings().string();
    ASSERT_TRUE(files.write({ca.certificate()}, looking_in(again)));
    EXPECT_EQ(text_of(files.wget_settings()),
              "tries = 2\nca_certificate = " + files.bundle().string() + "\n");
    EXPECT_EQ(text_of(files.apt_settings()).find("#include"), std::string::npos);
}

}  // namespace
}  // namespace chainmend::test
