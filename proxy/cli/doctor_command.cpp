#include "proxy/cli/doctor_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "proxy/cli/present_ca.h"
#include "proxy/cli/settings_file.h"
#include "proxy/clients/client_diagnosis.h"
#include "proxy/clients/trust_finding.h"
#include "proxy/files/input_file.h"
#include "proxy/files/trust_loader.h"
#include "proxy/front/password_file.h"
#include "proxy/io/listener.h"
#include "proxy/policy/upstream_proxy.h"
#include "proxy/report/json.h"
#include "proxy/report/printable.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

struct DoctorOptions {
    bool json = false;
    std::vector<std::string> command;
};

/// As the proxy itself reads it.
constexpr std::size_t max_password_file_bytes = 1024 * 1024;

struct Examination {
    std::vector<ClientDiagnosis> clients;
    std::vector<std::string> findings;
    bool listening = false;
};

/// The clients that a command is or may use; all when there is none, or when nothing is known of it.
std::vector<ClientRule> rules_for(const std::vector<std::string>& command) {
    std::vector<ClientRule> chosen;
    const auto all = client_rules();
    if (command.empty()) return {all.begin(), all.end()};
    const auto program = std::filesystem::path(command.front()).filename().string();
    for (const auto& rule : all) {
        const std::string programs = " " + std::string(rule.programs) + " ";
        if (programs.find(" " + program + " ") != std::string::npos) chosen.push_back(rule);
    }
    return chosen.empty() ? std::vector<ClientRule>{all.begin(), all.end()} : chosen;
}

bool somebody_listens(const ProxyPlace& place) {
    const auto address = SocketAddress::parse(place.host + ":" + place.port);
    return address && !Listener::check_free(*address);
}

bool system_trusts(const certs::Certificate& ca) {
    const auto bundle = find_system_bundle();
    if (!bundle) return false;
    const auto holds = holds_certificate(*bundle, ca);
    return holds && *holds;
}

Examination examine(const ExpectedSettings& expected, const std::vector<std::string>& command) {
    Examination examination;
    const auto rules = rules_for(command);
    for (const auto& rule : rules)
        examination.clients.push_back(diagnose(rule, expected));
    examination.findings = general_findings(rules, expected);
    examination.listening = somebody_listens(expected.proxy);
    return examination;
}

const char* outcome_name(Outcome outcome) {
    switch (outcome) {
        case Outcome::works:
            return "works";
        case Outcome::depends:
            return "depends";
        case Outcome::fails:
            return "fails";
    }
    return "";
}

Json finding_json(const Finding& finding) {
    return {{"good", finding.outcome == Outcome::works},
            {"outcome", outcome_name(finding.outcome)},
            {"variable", finding.decides},
            {"text", finding.text}};
}

Json examination_json(const Examination& examination, const ExpectedSettings& expected) {
    Json clients = Json::array();
    for (const auto& client : examination.clients) {
        clients.push_back({{"client", client.client},
                           {"good", client.outcome() == Outcome::works},
                           {"outcome", outcome_name(client.outcome())},
                           {"proxy", finding_json(client.proxy)},
                           {"trust", finding_json(client.trust)}});
    }
    return {{"v", 1},
            {"proxy", expected.proxy.url()},
            {"listening", examination.listening},
            {"system_trusts_ca", expected.system_trusts_ca},
            {"clients", std::move(clients)},
            {"findings", examination.findings}};
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text + " ";
}

/// What fails is for the eye that goes down the column.
std::string outcome_cell(Outcome outcome) {
    return outcome == Outcome::fails ? "FAILS" : outcome_name(outcome);
}

void print_client(const ClientDiagnosis& client, std::ostream& out) {
    const auto cell = [](const Finding& finding) {
        const bool is_named = !finding.decides.empty();
        return printable_ascii(is_named                            ? finding.decides
                               : finding.outcome == Outcome::works ? finding.text
                                                                   : "-");
    };
    out << padded(client.client, 22) << padded(outcome_cell(client.outcome()), 8)
        << padded(cell(client.proxy), 23) << cell(client.trust) << "\n";
    for (const auto* finding : {&client.proxy, &client.trust}) {
        const bool is_told = finding->outcome == Outcome::works && finding->decides.empty();
        if (is_told || finding->text.empty()) continue;
        const auto by = finding->decides.empty() ? "" : finding->decides + ": ";
        out << std::string(32, ' ') << printable_ascii(by + finding->text) << "\n";
    }
}

void print(const Examination& examination, const ExpectedSettings& expected, bool all_good,
           std::ostream& out) {
    out << "proxy   " << expected.proxy.url()
        << (examination.listening ? "\n"
                                  : "   nothing listens there: start chainmend, or use chainmend run\n")
        << "CA      " << expected.ca->display_name()
        << (expected.system_trusts_ca ? ", trusted by the system\n\n" : ", not in the system's store\n\n")
        << padded("CLIENT", 22) << padded("", 8) << padded("PROXY BY", 23) << "TRUST BY\n";
    for (const auto& client : examination.clients)
        print_client(client, out);
    if (!examination.findings.empty()) out << "\n";
    for (const auto& finding : examination.findings)
        out << printable_ascii(finding) << "\n";
    if (all_good) return;
    out << "\nfix     eval \"$(chainmend env)\"   or, for one command, chainmend run -- CMD\n"
           "        settings of a client's own are to be changed where they stand\n";
}

/// Whether a URL holds a user and password that the proxy takes; null when the file can not be read from
/// here.
std::function<bool(const std::string& url)> credentials_check(const std::string& password_file) {
    const auto bytes = read_input_file(password_file, max_password_file_bytes);
    if (!bytes) return {};
    auto passwords = PasswordFile::parse(as_text(*bytes));
    if (!passwords) return {};
    return [passwords = *std::move(passwords)](const std::string& url) {
        const auto proxy = UpstreamProxy::make(url, {});
        if (!proxy) return false;
        const auto& line = proxy->credentials_line();
        const auto value = line.find("Basic ");
        if (value == std::string::npos) return false;
        const auto given = Credentials::from_field(line.substr(value, line.find('\r') - value));
        return given && passwords->accepts(*given);
    };
}

ExpectedSettings expected_settings(const config::Settings& settings, const ProxyPlace& place,
                                   const certs::CertificatePtr& ca, const Console& console) {
    ExpectedSettings expected;
    expected.proxy = place;
    for (const auto& address : settings.listen.also) {
        if (auto more = ProxyPlace::of_listener(address)) expected.also.push_back(*std::move(more));
    }
    expected.ca = ca;
    expected.system_trusts_ca = system_trusts(*ca);
    expected.present = [&console](const std::string& name) { return variable(console, name); };
    expected.is_empty = [&console](const std::string& name) {
        const auto value = console.environment(name);
        return value && value->empty();
    };
    expected.ask = ask_command;
    expected.asks_for_password = !settings.listen.auth.empty();
    if (expected.asks_for_password) expected.takes_credentials = credentials_check(settings.listen.auth);
    return expected;
}

CommandResult run(const DoctorOptions& options, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto place = ProxyPlace::of_listener(settings->listen.address);
    if (!place) return place.error();
    const auto ca = present_ca(*settings, line.console.now());
    if (!ca) return ca.error();
    const auto expected = expected_settings(*settings, *place, ca->ca->certificate(), line.console);
    const auto examination = examine(expected, options.command);
    const bool all_good = examination.listening &&
                          std::all_of(examination.clients.begin(), examination.clients.end(),
                                      [](const auto& client) { return client.outcome() != Outcome::fails; });
    if (options.json) {
        line.console.out << to_line(examination_json(examination, expected)) << "\n";
    } else {
        print(examination, expected, all_good, line.console.out);
    }
    return all_good ? ExitStatus::ok : ExitStatus::refused;
}

}  // namespace

void add_doctor_command(CLI::App& program, CommandLine& line) {
    auto options = std::make_shared<DoctorOptions>();
    CLI::App* command =
        program.add_subcommand("doctor", "Tell what the clients of this shell would really do");
    command
        ->add_option("command", options->command, "Only the clients that this program is or uses, behind --")
        ->type_name("CMD...");
    command->add_flag("--json", options->json, "Answer in JSON");
    command->footer(
        "For each client: the variable or setting of its own that decides about its proxy, the one that "
        "decides\n"
        "whom it trusts, and what is wrong with them. Settings are those of curl (.curlrc), wget, git, npm "
        "and\n"
        "pip; Node is asked for its version and Python's libraries for their lists. \"depends\" is what the\n"
        "program itself decides. Then what concerns all: hosts that go past the proxy, variables that "
        "defeat\n"
        "others or are empty, verification that is switched off.\n"
        "\n"
        "  chainmend doctor -- pip install requests\n"
        "\n"
        "Exit status: 1 when a client would not get through the proxy, or nothing listens.");
    on_chosen(*command, line, [options, &line] { return run(*options, line); });
}

}  // namespace chainmend::proxy
