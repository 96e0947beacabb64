#include "tests/e2e/installation.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace chainmend::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// "127.0.0.1:PORT" in "... on http://127.0.0.1:PORT" and the end of that line; empty while it is not there.
std::string address_in(const std::string& told) {
    const std::string before = "on http://";
    const std::size_t at = told.find(before);
    const std::size_t end = told.find('\n', at);
    if (at == std::string::npos || end == std::string::npos) return "";
    const std::size_t begin = at + before.size();
    return told.substr(begin, told.find_first_of(" \n", begin) - begin);
}

void show_everything(const std::string& home) {
    for (const auto& entry : fs::recursive_directory_iterator(home)) {
        const std::string name = entry.path().string();
        const bool telling = name.ends_with(".out") || name.ends_with(".err") || name.ends_with(".toml");
        if (!telling || !entry.is_regular_file() || entry.file_size() == 0) continue;
        std::cerr << "--- " << name.substr(home.size() + 1) << "\n" << file_text(name) << "\n";
    }
}

}  // namespace

Installation::Installation() {
    configure("");
}

Installation::~Installation() {
    server_.reset();
    if (::testing::Test::HasFailure()) show_everything(home());
}

void Installation::configure(const std::string& toml, const std::string& address) const {
    // The default admin address would be one for all installations on this machine.
    write("config/chainmend/config.toml",
          "listen.address = \"" + address + "\"\nlisten.admin = \"\"\n" + toml);
}

std::map<std::string, std::string> Installation::environment() const {
    return {{"HOME", home()},
            {"XDG_STATE_HOME", path("state")},
            {"XDG_CONFIG_HOME", path("config")},
            {"LC_ALL", "C.UTF-8"}};
}

Command Installation::chainmend_command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), CHAINMEND_BINARY);
    return {std::move(arguments), environment(), home(), ""};
}

Outcome Installation::chainmend(std::vector<std::string> arguments, const std::string& input) const {
    Command command = chainmend_command(std::move(arguments));
    command.input = input;
    return run(command);
}

void Installation::start(std::vector<std::string> options) {
    options.insert(options.begin(), "serve");
    start_by(chainmend_command(std::move(options)));
}

void Installation::start_by(const Command& command) {
    server_ = std::make_unique<Process>(command);
    wait_until([&] {
        const bool ended = !server_->running();
        address_ = address_in(server_->err());
        return !address_.empty() || ended;
    });
    if (address_.empty()) throw std::runtime_error("the proxy did not start:\n" + server_->err());
}

int Installation::stop() {
    server_->signal(SIGTERM);
    return server_->wait().value_or(-1);
}

std::map<std::string, std::string> Installation::proxy_variables() const {
    const Outcome printed = chainmend({"env", "--shell", "dotenv", "--set", "listen.address=" + address_});
    EXPECT_EQ(printed.status, 0) << printed.err;
    std::map<std::string, std::string> variables;
    for (const std::string& line : lines_of(printed.out)) {
        const std::size_t equals = line.find('=');
        if (equals == std::string::npos || line.starts_with('#')) continue;
        std::string value = line.substr(equals + 1);
        std::erase(value, '"');
        variables[line.substr(0, equals)] = value;
    }
    return variables;
}

Command Installation::client_command(std::vector<std::string> arguments) const {
    std::map<std::string, std::string> variables = environment();
    variables.merge(proxy_variables());
    return {std::move(arguments), std::move(variables), home(), ""};
}

Outcome Installation::client(std::vector<std::string> arguments, const std::string& input) const {
    Command command = client_command(std::move(arguments));
    command.input = input;
    return run(command);
}

Outcome Installation::direct_client(std::vector<std::string> arguments, const std::string& trust_file) const {
    std::map<std::string, std::string> variables = environment();
    for (const char* name : {"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "GIT_SSL_CAINFO"}) {
        variables[name] = trust_file;
    }
    return run({std::move(arguments), std::move(variables), home(), ""});
}

std::vector<nlohmann::json> Installation::records() const {
    std::vector<nlohmann::json> records;
    const std::string text = server_->out();
    // The last line may still be under way.
    for (const std::string& line : lines_of(text.substr(0, text.rfind('\n') + 1))) {
        records.push_back(nlohmann::json::parse(line));
    }
    return records;
}

std::vector<nlohmann::json> Installation::decisions(std::size_t count) const {
    std::vector<nlohmann::json> found;
    wait_until([&] {
        found.clear();
        for (const auto& record : records()) {
            if (record.at("event").at("action") == "tls-verify") found.push_back(record);
        }
        return found.size() >= count;
    });
    EXPECT_GE(found.size(), count);
    return found;
}

}  // namespace chainmend::test
