#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/e2e/sites.h"
#include "tests/support/http_origin.h"

// `chainmend run`: a command gets everything its clients need, and nothing else is different for it.
namespace chainmend::test {
namespace {

class Run : public testing::Test {
  protected:
    Run() { std::filesystem::create_directory(installation.path("tmp")); }

    Command run_command(std::vector<std::string> arguments, std::vector<std::string> options = {}) const {
        options.insert(options.begin(), "run");
        options.emplace_back("--");
        options.insert(options.end(), arguments.begin(), arguments.end());
        Command command = installation.chainmend_command(options);
        command.environment["TMPDIR"] = installation.path("tmp");
        return command;
    }
    Outcome run_it(std::vector<std::string> arguments, std::vector<std::string> options = {}) const {
        return run(run_command(std::move(arguments), std::move(options)));
    }
    bool nothing_left() const { return std::filesystem::is_empty(installation.path("tmp")); }

    Installation installation;
    Sites sites{installation};
};

TEST_F(Run, RepairsThroughAProxyOfItsOwn) {
    const auto outcome = run_it({"curl", "-sS", sites.incomplete("incomplete.test")});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, Sites::page);
    EXPECT_EQ(outcome.err, "chainmend: 1 host, 1 repaired, 0 refused\n");
    EXPECT_TRUE(nothing_left());
}

TEST_F(Run, TellsWhatWasRefusedAndWhy) {
    const auto outcome = run_it({"curl", "-sS", sites.expired("expired.test")});
    EXPECT_EQ(outcome.status, 56) << outcome.err;
    EXPECT_TRUE(outcome.err.ends_with("chainmend: 1 host, 0 repaired, 1 refused (expired.test: expired)\n"))
        << outcome.err;
}

TEST_F(Run, SaysWhenTheCommandDidNotUseTheProxy) {
    const auto outcome = run_it({"true"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "chainmend: no host was asked for through the proxy\n");
    EXPECT_EQ(run_it({"true"}, {"--quiet"}).err, "");
}

TEST_F(Run, HandsOnExitStatusArgumentsAndInput) {
    EXPECT_EQ(run_it({"sh", "-c", "exit 77"}).status, 77);
    EXPECT_EQ(run_it({"printf", "%s|", "--set", "", "a b", "--"}).out, "--set||a b|--|");
    Command command = run_command({"cat"});
    command.input = "through";
    EXPECT_EQ(run(command).out, "through");
}

TEST_F(Run, EndsByTheSignalTheCommandEndedBy) {
    const auto outcome = run_it({"sh", "-c", "kill -KILL $$"});
    EXPECT_EQ(outcome.status, 128 + SIGKILL) << outcome.err;
    EXPECT_EQ(run_it({"sh", "-c", "kill -TERM $$"}).status, 128 + SIGTERM);
    EXPECT_TRUE(nothing_left());
}

TEST_F(Run, PassesSignalsOnAndLetsTheCommandDecide) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
        Process process(run_command({"sh", "-c",
                                     "trap 'echo caught; exit 9' TERM INT HUP USR1; echo ready; "
                                     "while :; do sleep 0.05; done"}));
        ASSERT_TRUE(wait_until([&] { return process.out().find("ready") != std::string::npos; }))
            << process.err();
        process.signal(signal);
        EXPECT_EQ(process.wait().value_or(-1), 9) << signal;
        EXPECT_EQ(process.out(), "ready\ncaught\n") << signal;
    }
    EXPECT_TRUE(nothing_left());
}

TEST_F(Run, SaysWhyACommandDidNotStartAsShellsDo) {
    const auto missing = run_it({"no-such-program"});
    EXPECT_EQ(missing.status, 127);
    EXPECT_EQ(missing.err, "chainmend: there is no program no-such-program\n");
    EXPECT_EQ(run_it({installation.write("data", "x")}).status, 126);
    EXPECT_EQ(run_it({}).status, 2);
    EXPECT_TRUE(nothing_left());
}

TEST_F(Run, ChangesNothingElseInTheEnvironment) {
    Command command = run_command({"env"});
    command.environment["SSL_CERT_DIR"] = "/nowhere";
    command.environment["MINE"] = "kept";
    const auto outcome = run(command);
    EXPECT_NE(outcome.out.find("\nMINE=kept\n"), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.out.find("SSL_CERT_DIR="), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.out.find("UV_THREADPOOL_SIZE="), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("JAVA_TOOL_OPTIONS=-D"), std::string::npos) << outcome.out;
    // A pipe that breaks ends a program of the shell, as it always did.
    EXPECT_EQ(run_it({"bash", "-c", "yes | head -n 1; echo ${PIPESTATUS[0]}"}).out, "y\n141\n");
}

TEST_F(Run, CountsRequestsOverPlainHttpToo) {
    const HttpOrigin plain([](HttpOrigin::Conversation& c) { c.answer_each(http_ok("plain")); });
    const auto url = plain.url("/", "127.0.0.1");
    const auto alone = run_it({"curl", "-sS", url, url});
    EXPECT_EQ(alone.out, "plainplain") << alone.err;
    EXPECT_EQ(alone.err, "chainmend: 2 requests over plain HTTP, where there is nothing to verify\n");
    const auto both = run_it({"curl", "-sS", url, sites.incomplete("incomplete.test")});
    EXPECT_EQ(both.err, "chainmend: 1 host, 1 repaired, 0 refused, 1 request over plain HTTP\n");

    installation.start({"--set", "listen.admin=127.0.0.1:0"});
    const auto told = installation.server().err();
    const auto begin = told.find("status   http://") + 16;
    const auto admin = told.substr(begin, told.find("/status", begin) - begin);
    EXPECT_EQ(run_it({"curl", "-sS", url}, {"--set", "listen.admin=" + admin}).err,
              "chainmend: the proxy on " + installation.address() +
                  " meanwhile accepted 0 (0 repaired), refused 0, plain HTTP requests 1\n");
}

TEST_F(Run, UnsetsAndReplacesWhatWouldDefeatIt) {
    const auto url = sites.incomplete("incomplete.test");
    Command command = run_command({"curl", "-sS", url});
    command.environment["NO_PROXY"] = "*";
    command.environment["no_proxy"] = "*,10.0.0.0/8";
    const auto outcome = run(command);
    EXPECT_EQ(outcome.out, Sites::page) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("chainmend: left out of NO_PROXY: *, 10.0.0.0/8 (")) << outcome.err;
    EXPECT_TRUE(outcome.err.ends_with("\nchainmend: 1 host, 1 repaired, 0 refused\n")) << outcome.err;

    command = run_command({"env"});
    const std::string other = "http://other.test:1";
    for (const char* name :
         {"npm_config_https_proxy", "npm_config_proxy", "NPM_CONFIG_HTTPS_PROXY", "PIP_PROXY",
          "CARGO_HTTP_PROXY", "grpc_proxy", "no_grpc_proxy", "npm_config_noproxy"})
        command.environment[name] = other;
    command.environment["NO_PROXY"] = "localhost:80,.corp.test";
    const auto told = run(command);
    EXPECT_EQ(told.out.find("other.test"), std::string::npos) << told.out;
    for (const char* kept : {"\nNO_PROXY=.corp.test\n", "\nno_proxy=.corp.test\n",
                             "\nnpm_config_noproxy=.corp.test\n", "\nCARGO_HTTP_PROXY=http://127.0.0.1:"})
        EXPECT_NE(told.out.find(kept), std::string::npos) << kept << told.out;
}

TEST_F(Run, GoesThroughAProxyThatAsksForPasswordsOnlyWithOne) {
    const auto hash = run({{"openssl", "passwd", "-6", "secret"}, {}, installation.home(), ""});
    const auto auth = "listen.auth=" + installation.write("users", "alice:" + hash.out);
    const auto url = sites.incomplete("incomplete.test");
    installation.start({"--set", "listen.admin=127.0.0.1:0", "--set", auth});
    const auto told = installation.server().err();
    const auto begin = told.find("status   http://") + 16;
    const auto admin = told.substr(begin, told.find("/status", begin) - begin);

    Command command = run_command({"curl", "-sS", url}, {"--set", "listen.admin=" + admin, "--set", auth});
    const auto own = run(command);
    EXPECT_EQ(own.out, Sites::page) << own.err;
    EXPECT_EQ(own.err, "chainmend: the proxy on " + installation.address() +
                           " asks for a password (listen.auth), so this command gets a proxy of its own; "
                           "HTTPS_PROXY=http://USER:PASSWORD@" +
                           installation.address() +
                           " in the environment would use the running one\n"
                           "chainmend: 1 host, 1 repaired, 0 refused\n");

    command.environment["HTTPS_PROXY"] = "http://alice:secret@" + installation.address();
    const auto running = run(command);
    EXPECT_EQ(running.out, Sites::page) << running.err;
    EXPECT_EQ(running.err, "chainmend: the proxy on " + installation.address() +
                               " meanwhile accepted 1 (1 repaired), refused 0\n");
}

TEST_F(Run, GoesThroughTheProxyThatRunsWhenItHasTheSameCa) {
    const auto url = sites.incomplete("incomplete.test");
    installation.start({"--set", "listen.admin=127.0.0.1:0"});
    const auto told = installation.server().err();
    const auto begin = told.find("status   http://") + 16;
    const auto admin = told.substr(begin, told.find("/status", begin) - begin);
    const auto outcome = run_it({"curl", "-sS", url}, {"--set", "listen.admin=" + admin});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "chainmend: the proxy on " + installation.address() +
                               " meanwhile accepted 1 (1 repaired), refused 0\n");
    EXPECT_EQ(installation.decisions(1).size(), 1U);

    // Another user's proxy has another CA: it is left alone.
    const Installation other;
    Command command = other.chainmend_command(
        {"run", "--set", "listen.admin=" + admin, "--", "sh", "-c", "echo $HTTPS_PROXY"});
    EXPECT_NE(run(command).out, "http://" + installation.address() + "\n");
}

// Somebody else on this machine took the port of the status pages, and knows our CA's fingerprint, which is
// no secret: nothing is sent there.
TEST_F(Run, LeavesAProxyOfAnotherUserAlone) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can be two users";
    installation.start({"--set", "listen.admin=127.0.0.1:0"});
    const auto told = installation.server().err();
    const auto begin = told.find("status   http://") + 9;
    const auto status = installation.direct_client(
        {"curl", "-sS", told.substr(begin, told.find("/status", begin) - begin) + "/status"}, "");
    ASSERT_EQ(status.status, 0) << status.err;
    EXPECT_EQ(installation.stop(), 0);
    const auto pretender = [&](const std::string& user) {
        return Command{{"/usr/bin/python3", "-c",
                        "import http.server, json, os, sys\n"
                        "status = json.loads(sys.stdin.read())\n"
                        "os.setuid(int(sys.argv[1]))\n"
                        "class Pages(http.server.BaseHTTPRequestHandler):\n"
                        "    def do_GET(self):\n"
                        "        body = json.dumps(status).encode()\n"
                        "        self.send_response(200)\n"
                        "        self.send_header('Content-Length', str(len(body)))\n"
                        "        self.end_headers()\n"
                        "        self.wfile.write(body)\n"
                        "server = http.server.HTTPServer(('127.0.0.1', 0), Pages)\n"
                        "status['address'] = '127.0.0.1:%d' % server.server_port\n"
                        "print(status['address'], flush=True)\n"
                        "server.serve_forever()\n",
                        user},
                       {},
                       installation.home(),
                       status.out};
    };
    for (const std::string user : {"0", "65534"}) {
        Process server(pretender(user));
        ASSERT_TRUE(wait_until([&] { return server.out().ends_with("\n"); })) << server.err();
        const auto address = server.out().substr(0, server.out().size() - 1);
        const auto outcome = run_it({"sh", "-c", "echo $HTTPS_PROXY"}, {"--set", "listen.admin=" + address});
        EXPECT_EQ(outcome.out == "http://" + address + "\n", user == "0") << outcome.out << outcome.err;
    }
}

TEST_F(Run, KeepsItsRecordWhenAskedTo) {
    const auto file = installation.path("record.jsonl");
    run_it({"curl", "-sS", sites.incomplete("incomplete.test")}, {"--record", file});
    const auto text = file_text(file);
    EXPECT_EQ(nlohmann::json::parse(text.substr(0, text.find('\n')))["chainmend"]["how"], "repaired");
}

TEST(Env, WritesItsFilesWhereItIsTold) {
    const Installation installation;
    installation.chainmend({"ca", "init"});
    const auto files = installation.path("files");
    const auto env = installation.chainmend(
        {"env", "--shell", "dotenv", "--files", files, "--set", "listen.address=127.0.0.1:1"});
    EXPECT_EQ(env.status, 0) << env.err;
    EXPECT_NE(env.out.find("SSL_CERT_FILE=\"" + files + "/bundle.pem\"\n"), std::string::npos) << env.out;
    for (const char* name :
         {"bundle.pem", "ca.pem", "wgetrc", "apt.conf", "php/chainmend.ini", "trust.p12", "docker.env"})
        EXPECT_TRUE(std::filesystem::exists(files + "/" + name)) << name;
}

TEST(Env, TellsThatTheProxyAsksForAPasswordAndKeepsOneThatIsThere) {
    const Installation installation;
    installation.chainmend({"ca", "init"});
    Command command =
        installation.chainmend_command({"env", "--shell", "dotenv", "--set", "listen.address=127.0.0.1:1",
                                        "--set", "listen.auth=" + installation.write("users", "")});
    const auto without = run(command);
    EXPECT_EQ(without.status, 0);
    EXPECT_NE(without.err.find("asks for a password (listen.auth), which these variables do not hold: set "
                               "HTTPS_PROXY=http://USER:PASSWORD@127.0.0.1:1 "),
              std::string::npos)
        << without.err;
    command.environment["https_proxy"] = "http://alice:secret@127.0.0.1:1/";
    const auto with = run(command);
    EXPECT_EQ(with.err.find("asks for a password"), std::string::npos) << with.err;
    EXPECT_NE(with.out.find("\nhttps_proxy=\"http://alice:secret@127.0.0.1:1\"\n"), std::string::npos)
        << with.out;
    struct stat status {};
    ASSERT_EQ(stat(installation.state("clients/docker.env").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << "it holds the password";
}

TEST(Env, UnsetsInEveryShellsOwnWay) {
    const Installation installation;
    installation.chainmend({"ca", "init"});
    for (const auto& [shell, line] : std::map<std::string, std::string>{
             {"sh", "unset NO_PROXY\n"},
             {"fish", "set -e NO_PROXY\n"},
             {"powershell", "Remove-Item Env:NO_PROXY -ErrorAction SilentlyContinue\n"},
             {"cmd", "set \"NO_PROXY=\"\r\n"}}) {
        Command command =
            installation.chainmend_command({"env", "--shell", shell, "--set", "listen.address=127.0.0.1:1"});
        command.environment["NO_PROXY"] = "*";
        const auto env = run(command);
        EXPECT_NE(env.out.find(line), std::string::npos) << env.out;
        EXPECT_NE(env.err.find("left out of NO_PROXY: * "), std::string::npos) << env.err;
    }
}

}  // namespace
}  // namespace chainmend::test
