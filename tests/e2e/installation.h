#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/e2e/process.h"
#include "tests/support/temporary_directory.h"

namespace chainmend::test {

/// One person's chainmend: a home directory of its own with state and configuration, and the built program.
/// When the test has failed, everything that was written there is shown before it is removed.
class Installation {
  public:
    Installation();
    ~Installation();
    Installation(const Installation&) = delete;
    Installation& operator=(const Installation&) = delete;

    std::string home() const { return home_.path(); }
    std::string path(const std::string& name) const { return home_ / name; }
    std::string state(const std::string& name) const { return path("state/chainmend/" + name); }
    /// Writes a file below home() and returns its path.
    std::string write(const std::string& name, const std::string& text) const {
        return home_.write(name, text);
    }
    /// Writes the configuration file that the program finds by itself; port 0: a free one at each start.
    void configure(const std::string& toml, const std::string& address = "127.0.0.1:0") const;

    /// Runs `chainmend ARGUMENTS...` to its end.
    Outcome chainmend(std::vector<std::string> arguments, const std::string& input = "") const;
    Command chainmend_command(std::vector<std::string> arguments) const;

    /// Starts the proxy and waits until it serves. Fails the test when it ends instead.
    void start(std::vector<std::string> options = {});
    /// The same by another command than `chainmend serve OPTIONS...`.
    void start_by(const Command& command);
    Process& server() { return *server_; }
    /// "127.0.0.1:PORT".
    const std::string& address() const { return address_; }
    /// TERM; the exit status.
    int stop();

    /// Runs a client with the variables that `chainmend env` prints.
    Outcome client(std::vector<std::string> arguments, const std::string& input = "") const;
    Command client_command(std::vector<std::string> arguments) const;
    /// Runs a client with nothing set but that it trusts `trust_file`.
    Outcome direct_client(std::vector<std::string> arguments, const std::string& trust_file) const;

    /// The lines of the record so far; every one must parse.
    std::vector<nlohmann::json> records() const;
    /// Waits for as many decisions and returns them.
    std::vector<nlohmann::json> decisions(std::size_t count) const;

  private:
    std::map<std::string, std::string> environment() const;
    std::map<std::string, std::string> proxy_variables() const;

    TemporaryDirectory home_;
    std::string address_;
    std::unique_ptr<Process> server_;
};

}  // namespace chainmend::test
