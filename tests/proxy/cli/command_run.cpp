#include "tests/proxy/cli/command_run.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "proxy/cli/command_line.h"
#include "tests/support/pki.h"

namespace chainmend::test {

CommandRun::CommandRun() : now(noon()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "chainmend-cli-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    environment["HOME"] = directory_;
}

CommandRun::~CommandRun() {
    std::filesystem::remove_all(directory_);
}

Answer CommandRun::operator()(const std::vector<std::string>& arguments, const std::string& input) {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const auto lookup = [this](const std::string& name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        if (found == environment.end()) return std::nullopt;
        return found->second;
    };
    proxy::Console console{in, out, err, false, false, false, lookup, [this] { return now; }};
    const int status = proxy::run_command_line(arguments, console);
    return {status, out.str(), err.str()};
}

std::string CommandRun::file(const std::string& name, const std::string& content) const {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

}  // namespace chainmend::test
