#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "config/time.h"

namespace chainmend::proxy {

/// The world as a command sees it. Commands print, read and ask for the time only through this, which is what
/// lets the tests run a whole command line in the process.
struct Console {
    std::istream& in;
    std::ostream& out;        ///< the answer, and nothing else: somebody may be parsing it
    std::ostream& err;        ///< errors, notes and progress
    bool colour = false;      ///< `out` is a terminal and the user did not say no (NO_COLOR, TERM=dumb)
    bool err_colour = false;  ///< the same for `err`
    bool progress = false;    ///< `err` is a terminal: a progress line is welcome
    std::function<std::optional<std::string>(const std::string& name)> environment;
    std::function<Time()> now;
    /// "NAME=VALUE", the whole environment that the process was started with: what a command it starts gets.
    std::vector<std::string> variables = {};
    /// As it was called: with its path, unless the shell found it by its name.
    std::string program = "chainmend";

    /// Standard streams, the process's environment and the system's clock.
    static Console of_process();
};

/// The variable's value; nullopt when it is unset or empty, which everybody treats alike.
std::optional<std::string> variable(const Console& console, const std::string& name);

}  // namespace chainmend::proxy
