#include "tests/e2e/installation.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>
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
    std::string pattern = (fs::temp_directory_path() / "chainmend-e2e-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp failed");
    home_ = pattern;
    configure("");
}

Installation::~Installation() {
    server_.reset();
    if (::testing::Test::HasFailure()) show_everything(home_);
    std::error_code ignored;
    fs::remove_all(home_, ignored);
}

std::string Installation::write(const std::string& name, const std::string& text) const {
    const fs::path file = fs::path(home_) / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
}

void Installation::configure(const std::string& toml) const {
    write("config/chainmend/config.toml", "listen.address = \"127.0.0.1:0\"\n" + toml);
}

std::map<std::string, std::string> Installation::environment() const {
    return {{"HOME", home_},
            {"XDG_STATE_HOME", path("state")},
            {"XDG_CONFIG_HOME", path("config")},
            {"LC_ALL", "C.UTF-8"}};
}

Command Installation::chainmend_command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), CHAINMEND_BINARY);
    return {std::move(arguments), environment(), home_, ""};
}

Outcome Installation::chainmend(std::vector<std::string> arguments, const std::string& input) const {
    Command command = chainmend_command(std::move(arguments));
    command.input = input;
    return run(command);
}

void Installation::start(std::vector<std::string> options) {
    options.insert(options.begin(), "serve");
    server_ = std::make_unique<Process>(chainmend_command(std::move(options)));
    const std::regex banner(R"(on http://(\S+:\d+))");
    std::smatch match;
    std::string told;
    wait_until([&] {
        const bool ended = !server_->running();
        told = server_->err();
        return std::regex_search(told, match, banner) || ended;
    });
    if (match.empty()) throw std::runtime_error("the proxy did not start:\n" + told);
    address_ = match[1];
}

int Installation::stop() {
    server_->signal(SIGTERM);
    return server_->wait().value_or(-1);
}

std::map<std::string, std::string> Installation::proxy_variables() const {
    const Outcome printed = chainmend({"env", "--shell", "dotenv", "--set", "listen.address=" + address_});
    EXPECT_EQ(printed.status, 0) << printed.err;
    std::map<std::string, std::string> variables;
    const std::regex assignment(R"re(^([A-Za-z_]+)="?([^"]*)"?$)re");
    for (const std::string& line : lines_of(printed.out)) {
        std::smatch match;
        if (std::regex_match(line, match, assignment)) variables[match[1]] = match[2];
    }
    return variables;
}

Outcome Installation::client(std::vector<std::string> arguments, const std::string& input,
                             std::map<std::string, std::string> more) const {
    std::map<std::string, std::string> variables = environment();
    variables.merge(proxy_variables());
    variables.merge(more);
    return run({std::move(arguments), std::move(variables), home_, input});
}

Outcome Installation::direct_client(std::vector<std::string> arguments, const std::string& trust_file) const {
    std::map<std::string, std::string> variables = environment();
    for (const char* name : {"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "GIT_SSL_CAINFO"}) {
        variables[name] = trust_file;
    }
    return run({std::move(arguments), std::move(variables), home_, ""});
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
