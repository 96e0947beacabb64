#include "tests/support/path_building.h"

namespace chainmend::test {

using namespace certs;

PathBuilding& PathBuilding::trust(const std::vector<Identity>& anchors) {
    for (const Identity& anchor : anchors)
        anchors_.push_back({anchor.certificate(), "trust.pem"});
    return *this;
}

PathBuilding& PathBuilding::sent(const std::vector<Identity>& chain) {
    std::vector<CertificatePtr> certificates;
    for (const Identity& identity : chain)
        certificates.push_back(identity.certificate());
    return sent(certificates);
}

PathBuilding& PathBuilding::sent(const std::vector<CertificatePtr>& chain) {
    presented_.certificates = chain;
    request.at = noon();
    return *this;
}

PathBuilding& PathBuilding::untrusted(const Identity& issuer) {
    untrusted_.push_back(issuer.certificate());
    return *this;
}

PathBuilding& PathBuilding::stored(const Identity& issuer) {
    store_.add({issuer.certificate(), Source::store, "http://store.test/", noon()});
    return *this;
}

PathBuilding& PathBuilding::served(const std::string& url, const std::vector<CertificatePtr>& certificates) {
    served_[url] = certificates;
    return *this;
}

PathBuilding& PathBuilding::for_host(const std::string& host) {
    request.identity = *ReferenceIdentity::from_host(host);
    return *this;
}

Verdict PathBuilding::verdict() {
    asked.clear();
    PathBuilder builder(std::make_shared<const TrustStore>(anchors_), &store_, presented_, untrusted_,
                        request, nullptr);
    auto step = builder.next();
    while (auto* need = std::get_if<NeedIssuer>(&step)) {
        asked.push_back(need->of->display_name());
        builder.answer(fetch(*need));
        step = builder.next();
    }
    return std::get<Verdict>(std::move(step));
}

IssuerAnswer PathBuilding::fetch(const NeedIssuer& need) {
    IssuerAnswer answer;
    for (const std::string& url : need.urls) {
        Fetch fetch;
        fetch.url = url;
        const auto found = served_.find(url);
        if (found == served_.end()) {
            fetch.result = FetchResult::http_error;
            fetch.http_status = 404;
        } else {
            for (const CertificatePtr& certificate : found->second)
                answer.issuers.push_back({certificate, url});
        }
        answer.fetches.push_back(std::move(fetch));
    }
    return answer;
}

std::string drawn(const Verdict& verdict) {
    std::string text;
    for (const PathElement& element : verdict.path)
        text += (text.empty() ? "" : " <- ") + element.certificate->display_name();
    return text;
}

}  // namespace chainmend::test
