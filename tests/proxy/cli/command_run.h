#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/time.h"

namespace chainmend::test {

/// What a command line answered.
struct Answer {
    int status = 0;
    std::string out;
    std::string err;
};

/// Runs command lines in this process, each with a home of its own: a temporary directory, and nothing of the
/// caller's environment.
class CommandRun {
  public:
    CommandRun();
    ~CommandRun();
    CommandRun(const CommandRun&) = delete;
    CommandRun& operator=(const CommandRun&) = delete;

    Answer operator()(const std::vector<std::string>& arguments, const std::string& input = "");

    /// Writes a file in the directory and returns its path.
    std::string file(const std::string& name, const std::string& content) const;
    const std::string& directory() const { return directory_; }

    std::map<std::string, std::string> environment;
    Time now;  ///< noon() to begin with

  private:
    std::string directory_;
};

}  // namespace chainmend::test
