#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "certs/certificate.h"
#include "config/result.h"
#include "proxy/clients/command_answer.h"

namespace chainmend::proxy {

/// One command of an installation, exactly as a person would type it.
struct TrustStep {
    std::vector<std::string> command;
    bool needs_root = false;  ///< it changes what belongs to root
};

/// What an installation or its removal comes to.
struct TrustPlan {
    std::vector<TrustStep> steps;
    std::vector<std::string> notes;  ///< what is done already, and what was not found, a line each
};

enum class TrustDirection { install, uninstall };

/// Works out what has to be done so that the programs of this machine trust `ca` (or no longer do). Only
/// looks; what is done already, told by the certificate's fingerprint and by what programs really read, is
/// left out, so that doing it twice changes nothing and doing it again after a failure goes on.
class TrustChange {
  public:
    struct Surroundings {
        std::filesystem::path root = "/";  ///< the system that is changed: another one for an image or a test
        std::filesystem::path home;        ///< whose NSS databases
        std::filesystem::path ca_file;     ///< the CA as a PEM file
        CommandQuestion ask;
    };

    TrustChange(TrustDirection direction, const certs::Certificate& ca, Surroundings surroundings)
        : direction_(direction), ca_(ca), around_(std::move(surroundings)) {}

    /// The system's store, by the file that administrators put there. ErrorCode::not_found when the system is
    /// none of those that are known.
    Result<void> add_system(TrustPlan& plan) const;
    /// Every NSS database that is there.
    void add_nss(TrustPlan& plan) const;
    /// The trust store of the Java in `java_home`. ErrorCode::not_found when there is none.
    Result<void> add_java(TrustPlan& plan, const std::filesystem::path& java_home) const;

    /// "chainmend CA 5f0a22c1": what it is called in databases that want a name.
    std::string nickname() const;

  private:
    std::filesystem::path below_root(const std::filesystem::path& path) const;
    std::vector<std::filesystem::path> same_certificate_in(const std::filesystem::path& directory) const;
    bool is_ours(const std::string& pem) const;
    void add_database(TrustPlan& plan, const std::filesystem::path& directory, const char* programs) const;

    const TrustDirection direction_;
    const certs::Certificate& ca_;
    const Surroundings around_;
};

}  // namespace chainmend::proxy
