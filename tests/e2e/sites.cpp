#include "tests/e2e/sites.h"

#include <chrono>

namespace chainmend::test {
namespace {

using std::chrono::days;

Time today() {
    return std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now());
}

CertificateSpec from_to(Time not_before, Time not_after) {
    CertificateSpec spec;
    spec.not_before = not_before;
    spec.not_after = not_after;
    return spec;
}

CertificateSpec ca_today() {
    return from_to(today() - days{100}, today() + days{100});
}

std::string settings_for(const std::string& root_file, const std::vector<std::string>& hosts) {
    std::string toml = "[trust]\nfiles = [\"" + root_file + "\"]\n[upstream.resolve]\n";
    for (const std::string& host : hosts)
        toml += "\"" + host + "\" = \"127.0.0.1\"\n";
    return toml;
}

}  // namespace

std::vector<std::string> Sites::usual_hosts() {
    return {"incomplete.test", "complete.test",    "expired.test", "misnamed.test",
            "untrusted.test",  "irreparable.test", "closed.test"};
}

Sites::Sites(Installation& installation, std::vector<std::string> hosts)
    : root_(Identity::root("Sites Root", ca_today())),
      ca_(root_.intermediate("Sites CA", ca_today())),
      root_file_(installation.write("sites-root.pem", root_.pem())),
      settings_(settings_for(root_file_, hosts)) {
    issuers_.serve("/sites-ca.crt", IssuerAnswer::der(ca_.certificate()));
    installation.configure(settings_);
}

CertificateSpec Sites::leaf_today(const std::string& host) const {
    CertificateSpec spec = from_to(today() - days{10}, today() + days{30});
    spec.common_name = host;
    spec.dns_names = {host};
    spec.ip_addresses = {"127.0.0.1"};  // for clients that are sent there directly
    spec.ca_issuers = {issuers_.url("/sites-ca.crt")};
    return spec;
}

std::string Sites::serve(const std::string& host, OriginOptions options) {
    options.body = page;
    leaves_[host] = options.certificate;
    auto& origin = origins_[host] = std::make_unique<Origin>(std::move(options));
    return "https://" + host + ":" + std::to_string(origin->port()) + "/";
}

std::string Sites::incomplete(const std::string& host) {
    return serve(host, OriginOptions::of(ca_.issue(leaf_today(host))));
}

std::string Sites::complete(const std::string& host) {
    return serve(host, OriginOptions::of(ca_.issue(leaf_today(host)), {ca_.certificate()}));
}

std::string Sites::expired(const std::string& host) {
    CertificateSpec spec = leaf_today(host);
    spec.not_before = today() - days{93};
    spec.not_after = today() - days{3};
    return serve(host, OriginOptions::of(ca_.issue(spec), {ca_.certificate()}));
}

std::string Sites::misnamed(const std::string& host) {
    return serve(host, OriginOptions::of(ca_.issue(leaf_today("another.test")), {ca_.certificate()}));
}

std::string Sites::untrusted(const std::string& host) {
    const Identity root = Identity::root("Unknown Root", ca_today());
    const Identity ca = root.intermediate("Unknown CA", ca_today());
    return serve(host, OriginOptions::of(ca.issue(leaf_today(host)), {ca.certificate(), root.certificate()}));
}

std::string Sites::irreparable(const std::string& host) {
    CertificateSpec spec = leaf_today(host);
    spec.ca_issuers = {issuers_.url("/gone.crt")};
    return serve(host, OriginOptions::of(ca_.issue(spec)));
}

std::string authority_of(const std::string& url) {
    const std::size_t begin = url.find("//") + 2;
    return url.substr(begin, url.find('/', begin) - begin);
}

}  // namespace chainmend::test
