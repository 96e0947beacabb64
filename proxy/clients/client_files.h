#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "config/result.h"

namespace chainmend::proxy {

/// A variable of the environment by its name; nullopt when it is unset or empty.
using VariableLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// The files that variables of client_variables() name, all in one directory.
class ClientFiles {
  public:
    explicit ClientFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

    const std::filesystem::path& directory() const { return directory_; }
    std::filesystem::path bundle() const { return directory_ / "bundle.pem"; }
    std::filesystem::path ca() const { return directory_ / "ca.pem"; }
    std::filesystem::path wget_settings() const { return directory_ / "wgetrc"; }
    std::filesystem::path apt_settings() const { return directory_ / "apt.conf"; }
    std::filesystem::path php_directory() const { return directory_ / "php"; }
    std::filesystem::path java_trust_store() const { return directory_ / "trust.p12"; }
    /// The variables themselves, as `docker run --env-file` reads them.
    std::filesystem::path docker_variables() const { return directory_ / "docker.env"; }

    /// Writes all of them but the last into the directory, which must exist. `cas` are the certificates that
    /// clients shall trust beside the system's roots, ours first. wget's and apt's settings begin with the
    /// user's own, which these variables hide (`present` tells where they are: WGETRC or ~/.wgetrc, and
    /// APT_CONFIG). Blocks.
    ///
    /// Everything is readable by others, because apt asks as the user _apt, except wget's settings, which may
    /// hold passwords. ErrorCode::not_found when the system has no roots, else as write_file_atomically().
    Result<void> write(const std::vector<certs::CertificatePtr>& cas, const VariableLookup& present) const;

  private:
    Result<void> write_settings(const VariableLookup& present) const;

    std::filesystem::path directory_;
};

}  // namespace chainmend::proxy
