#include "proxy/upkeep/issuer_intake.h"

namespace chainmend::proxy {

IssuerIntake take_in(const Snapshot& snapshot, const std::vector<certs::CertificatePtr>& offered,
                     certs::Source source, const std::string& origin, Time now) {
    IssuerIntake intake;
    ImportOptions options;
    options.origin = origin;
    options.now = now;
    intake.outcome = choose_issuers(offered, *snapshot.trust, *snapshot.issuers, *snapshot.distrust, options);
    for (auto& issuer : intake.outcome.taken)
        issuer.source = source;
    if (snapshot.issuer_directory) {
        const auto written = snapshot.issuer_directory->write_all(intake.outcome.taken);
        if (!written) intake.trouble = written.error().message;
    }
    for (const auto& issuer : intake.outcome.taken)
        snapshot.issuers->add(issuer);
    return intake;
}

}  // namespace chainmend::proxy
