#pragma once

#include <string>
#include <vector>

#include "certs/verdict.h"
#include "certs/verify_request.h"

namespace chainmend::certs {

using CertificatePath = std::vector<CertificatePtr>;

/// Collects what the rules have to say about one path. Rules only report; what a report means under the
/// profile of the request is decided here.
class PathFindings {
  public:
    PathFindings(const CertificatePath& path, const VerifyRequest& request)
        : path_(path), profile_(request.profile), forgiven_(request.forgiven) {}
    /// With nothing forgiven.
    PathFindings(const CertificatePath& path, Profile profile) : path_(path), profile_(profile) {}

    /// Refused in every profile.
    void refuse(Reason reason, int depth, std::string detail) {
        refuse_from(Profile::compat, reason, depth, std::move(detail));
    }
    /// Refused in this profile and every stricter one, a warning in those that are laxer.
    void refuse_from(Profile laxest, Reason reason, int depth, std::string detail);
    /// Refused whatever is forgiven: for a judgement that ends at the first thing that is wrong, because what
    /// it has not come to nobody has looked at.
    void refuse_whatever_is_forgiven(Reason reason, int depth, std::string detail);
    void warn(std::string code, int depth, std::string detail);

    bool refused() const { return failure_.reason != Reason::ok; }
    /// The refusal that tells most (rank(Reason)); of equals the first reported.
    const Failure& failure() const { return failure_; }
    std::vector<Warning> take_warnings() { return std::move(warnings_); }
    Profile profile() const { return profile_; }

    /// "the certificate of shop.test", "the intermediate R13", "the trust anchor ISRG Root X1": what the
    /// details begin with.
    std::string name(int depth) const;

  private:
    /// Enough for every rule to speak once about a usual path; a hostile one can not make the record grow.
    static constexpr std::size_t max_warnings = 32;

    const CertificatePath& path_;
    const Profile profile_;
    const std::set<Reason> forgiven_;
    Failure failure_;
    std::vector<Warning> warnings_;
};

}  // namespace chainmend::certs
