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
#include "proxy/files/trust_loader.h"
#include "proxy/io/listener.h"
#include "proxy/report/json.h"
#include "proxy/report/printable.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

struct DoctorOptions {
    bool json = false;
    std::vector<std::string> command;
};

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
    for (const auto& rule : rules_for(command))
        examination.clients.push_back(diagnose(rule, expected));
    examination.findings = general_findings(expected);
    examination.listening = somebody_listens(expected.proxy);
    return examination;
}

Json finding_json(const Finding& finding) {
    return {{"good", finding.good}, {"variable", finding.variable}, {"text", finding.text}};
}

Json examination_json(const Examination& examination, const ExpectedSettings& expected) {
    Json clients = Json::array();
    for (const auto& client : examination.clients) {
        clients.push_back({{"client", client.client},
                           {"good", client.good()},
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

void print_client(const ClientDiagnosis& client, std::ostream& out) {
    const auto cell = [](const Finding& finding) {
        return !finding.variable.empty() ? finding.variable : finding.good ? finding.text : "-";
    };
    out << padded(client.client, 22) << padded(client.good() ? "works" : "FAILS", 6)
        << padded(cell(client.proxy), 20) << cell(client.trust) << "\n";
    for (const auto* finding : {&client.proxy, &client.trust}) {
        if (finding->good) continue;
        const auto by = finding->variable.empty() ? "" : finding->variable + ": ";
        out << std::string(30, ' ') << printable_ascii(by + finding->text) << "\n";
    }
}

void print(const Examination& examination, const ExpectedSettings& expected, bool all_good,
           std::ostream& out) {
    out << "proxy   " << expected.proxy.url()
        << (examination.listening ? "\n"
                                  : "   nothing listens there: start chainmend, or use chainmend run\n")
        << "CA      " << expected.ca->display_name()
        << (expected.system_trusts_ca ? ", trusted by the system\n\n" : ", not in the system's store\n\n")
        << padded("CLIENT", 22) << padded("", 6) << padded("PROXY BY", 20) << "TRUST BY\n";
    for (const auto& client : examination.clients)
        print_client(client, out);
    if (!examination.findings.empty()) out << "\n";
    for (const auto& finding : examination.findings)
        out << printable_ascii(finding) << "\n";
    if (!all_good) out << "\nfix     eval \"$(chainmend env)\"   or, for one command, chainmend run -- CMD\n";
}

CommandResult run(const DoctorOptions& options, CommandLine& line) {
    const auto settings = settings_in_force(line);
    if (!settings) return settings.error();
    const auto place = ProxyPlace::of_listener(settings->listen.address);
    if (!place) return place.error();
    const auto ca = present_ca(*settings, line.console.now());
    if (!ca) return ca.error();
    const auto certificate = ca->ca->certificate();
    const ExpectedSettings expected{
        *place, certificate, system_trusts(*certificate),
        [&line](const std::string& name) { return variable(line.console, name); }};
    const auto examination = examine(expected, options.command);
    const bool all_good =
        examination.listening && std::all_of(examination.clients.begin(), examination.clients.end(),
                                             [](const auto& client) { return client.good(); });
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
        "For each client: the variable that decides about its proxy, the one that decides whom it trusts, "
        "and what "
        "is\n"
        "wrong with them. Then what concerns all: hosts that go past the proxy, variables that defeat "
        "others,\n"
        "verification that is switched off.\n"
        "\n"
        "  chainmend doctor -- pip install requests\n"
        "\n"
        "Exit status: 1 when a client would not get through, or nothing listens.");
    on_chosen(*command, line, [options, &line] { return run(*options, line); });
}

}  // namespace chainmend::proxy
