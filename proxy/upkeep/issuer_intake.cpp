#include "proxy/upkeep/issuer_intake.h"

#include <algorithm>
#include <set>

namespace chainmend::proxy {
namespace {

IssuerIntake choose(const Snapshot& snapshot, const std::vector<certs::CertificatePtr>& offered,
                    certs::Source source, const std::string& origin, certs::Network network, Time now) {
    IssuerIntake intake;
    ImportOptions options;
    options.origin = origin;
    options.now = now;
    intake.outcome = choose_issuers(offered, *snapshot.trust, *snapshot.issuers, *snapshot.distrust, options);
    for (auto& issuer : intake.outcome.taken) {
        issuer.source = source;
        issuer.network = network;
    }
    return intake;
}

void note_trouble(IssuerIntake& intake, const Result<void>& written) {
    if (!written && intake.trouble.empty()) intake.trouble = written.error().message;
}

}  // namespace

IssuerIntake take_in_renewal(const Snapshot& snapshot, const std::vector<certs::CertificatePtr>& offered,
                             const certs::StoredIssuer& renewed, Time now) {
    auto intake = choose(snapshot, offered, renewed.source, renewed.origin, renewed.network, now);
    if (snapshot.issuer_directory)
        note_trouble(intake, snapshot.issuer_directory->write_all(intake.outcome.taken));
    for (const auto& issuer : intake.outcome.taken)
        snapshot.issuers->add(issuer);
    return intake;
}

IssuerIntake take_in_list(const Snapshot& snapshot, const std::vector<certs::CertificatePtr>& list,
                          const std::string& url, Time now) {
    auto intake = choose(snapshot, list, certs::Source::import, url, certs::Network::public_internet, now);
    std::set<Sha256> listed;
    for (const auto& certificate : list)
        listed.insert(certificate->sha256());
    auto gone = snapshot.issuers->from(certs::Source::import, url);
    std::erase_if(gone, [&](const Sha256& sha256) { return listed.count(sha256) != 0; });
    intake.gone = gone.size();
    if (snapshot.issuer_directory) {
        note_trouble(intake, snapshot.issuer_directory->write_all(intake.outcome.taken));
        for (const Sha256& sha256 : gone)
            note_trouble(intake, snapshot.issuer_directory->remove(sha256));
    }
    snapshot.issuers->exchange(gone, intake.outcome.taken);
    return intake;
}

}  // namespace chainmend::proxy
