#include "proxy/cli/console.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

namespace chainmend::proxy {
namespace {

std::optional<std::string> process_variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
}

std::vector<std::string> process_variables() {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable)
        variables.emplace_back(*variable);
    return variables;
}

/// NO_COLOR as https://no-color.org has it: present and not empty switches colours off.
bool wants_colour() {
    const auto no_color = process_variable("NO_COLOR");
    if (no_color && !no_color->empty()) return false;
    return process_variable("TERM").value_or("dumb") != "dumb";
}

Time system_clock_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

Console Console::of_process() {
    // Only these streams are used, never C's; in step with those, std::cin would read a batch letter by
    // letter.
    std::ios::sync_with_stdio(false);
    return Console{std::cin,
                   std::cout,
                   std::cerr,
                   isatty(STDOUT_FILENO) == 1 && wants_colour(),
                   isatty(STDERR_FILENO) == 1 && wants_colour(),
                   isatty(STDERR_FILENO) == 1,
                   process_variable,
                   system_clock_now,
                   process_variables()};
}

std::optional<std::string> variable(const Console& console, const std::string& name) {
    auto value = console.environment(name);
    if (value && value->empty()) return std::nullopt;
    return value;
}

}  // namespace chainmend::proxy
