#pragma once

#include <filesystem>
#include <memory>

#include "config/result.h"

namespace chainmend::proxy {

/// A new directory below `parent` that nobody else can write into or list, removed with everything in it at
/// the end. Who knows a name in it may read the file if its own mode says so: apt reads its certificates as
/// another user.
class PrivateDirectory {
  public:
    /// ErrorCode::environment or ErrorCode::permission, naming `parent`.
    static Result<std::unique_ptr<PrivateDirectory>> make(const std::filesystem::path& parent);
    ~PrivateDirectory();
    PrivateDirectory(const PrivateDirectory&) = delete;
    PrivateDirectory& operator=(const PrivateDirectory&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    explicit PrivateDirectory(std::filesystem::path path) : path_(std::move(path)) {}
    const std::filesystem::path path_;
};

}  // namespace chainmend::proxy
