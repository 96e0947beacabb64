#pragma once

#include <filesystem>
#include <string>

namespace chainmend::test {

/// A directory of its own for one test, mode 0700, removed with everything in it at the end.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

    /// Writes a file under this directory, with whatever directories its name needs, and returns its path.
    std::filesystem::path write(const std::string& name, const std::string& content) const;

  private:
    std::filesystem::path path_;
};

/// The whole file; fails the test when it can not be read.
std::string content_of(const std::filesystem::path& file);

}  // namespace chainmend::test
