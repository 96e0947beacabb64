#include "tests/matrix/stage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "proxy/files/issuer_directory.h"
#include "tests/support/proxy_client.h"

namespace chainmend::test {
namespace {

// What a client says of itself and must never be heard elsewhere.
constexpr const char* confidences =
    "User-Agent: chatty-client/7\r\nCookie: session=keepsake\r\nAuthorization: Bearer keepsake\r\n"
    "Proxy-Authorization: Basic a2VlcHNha2U=\r\nReferer: https://elsewhere.test/keepsake\r\n"
    "X-Forwarded-For: 192.0.2.77\r\n";

/// Header names of a request, in order.
std::vector<std::string> header_names(const std::string& request) {
    std::vector<std::string> names;
    std::istringstream lines(request);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line) && line != "\r")
        names.push_back(line.substr(0, line.find(':')));
    return names;
}

std::string path_of(const std::string& request) {
    const std::size_t begin = request.find(' ') + 1;
    return request.substr(begin, request.find(' ', begin) - begin);
}

}  // namespace

std::string Visit::text(const char* field) const {
    const auto& value = told().at(field);
    return value.is_string() ? value.get<std::string>() : "";
}

Stage::Stage(Without without) : anchors_{root.certificate()} {
    adjust([without](config::Settings& settings) {
        settings.repair.enabled = without != Without::repair;
        settings.repair.fetch = without != Without::fetching;
        // Nothing here is measured: a slow machine changes no row. Those where something hangs say how long.
        settings.repair.hedge_after = std::chrono::minutes{1};
        settings.egress.timeout = std::chrono::minutes{1};
        settings.repair.budget = std::chrono::minutes{1};
    });
    resolves(host);
}

std::string Stage::on_stage(std::string url) const {
    return url.starts_with('/') ? issuers.url(url) : url;
}

CertificateSpec Stage::pointing_to(const std::vector<std::string>& urls) const {
    CertificateSpec spec;
    for (const std::string& url : urls)
        spec.ca_issuers.push_back(on_stage(url));
    return spec;
}

void Stage::send(const Identity& leaf, std::vector<Identity> chain) {
    std::vector<certs::CertificatePtr> certificates;
    for (const Identity& identity : chain)
        certificates.push_back(identity.certificate());
    origin_ = std::make_unique<Origin>(OriginOptions::of(leaf, std::move(certificates)));
}

void Stage::stored(const Identity& issuer, const std::string& path, Time at) {
    auto directory = proxy::IssuerDirectory::open(store_directory());
    if (!directory ||
        !(*directory)->write({issuer.certificate(), certs::Source::store, on_stage(path), at})) {
        throw std::runtime_error("the issuer store can not be written");
    }
}

void Stage::resolves(const std::string& name, const std::string& address) {
    adjust([=](config::Settings& settings) { settings.upstream.resolve[name] = address; });
}

RunningProxy& Stage::start() {
    if (proxy_) return *proxy_;
    lines_ = 0;
    std::filesystem::remove(directory_ / "log.json");
    proxy_ = std::make_unique<RunningProxy>(directory_, anchors_, std::vector<std::string>{},
                                            [this](config::Settings& settings) {
                                                for (const auto& adjustment : adjustments_)
                                                    adjustment(settings);
                                            });
    return *proxy_;
}

Visit Stage::visit(Origin& origin, const std::string& name) {
    start();
    Visit visit;
    {
        ProxyClient client(proxy_->address());
        visit.head = client.connect(name + ":" + std::to_string(origin.port()), confidences);
        if (visit.head.starts_with("HTTP/1.1 200 ")) {
            const std::string trouble = client.start_tls({proxy_->ca(), name});
            EXPECT_EQ(trouble, "");
            if (trouble.empty())
                visit.served = client.get(name).find("hello from the origin") != std::string::npos;
            ++lines_;  // the end of the tunnel
        }
    }
    ++lines_;
    EXPECT_TRUE(proxy_->wait_for_records(lines_));
    const auto decisions = proxy_->decisions();
    if (decisions.empty()) throw std::runtime_error("no decision is on record");
    visit.record = decisions.back();
    return visit;
}

std::vector<std::string> Stage::path(const Visit& visit) const {
    std::vector<std::string> lines;
    for (const auto& element : visit.told().at("path")) {
        const std::string subject = element.at("subject");
        const std::string source = element.at("source");
        std::string line = subject.substr(subject.find('=') + 1) + " " + source;
        if (source != "trust" && source != "import" && element.at("url").is_string()) {
            std::string url = element.at("url");
            if (url.starts_with(issuers.url("/"))) url.erase(0, issuers.url("").size());
            line += " " + url;
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

std::vector<std::string> Stage::fetches(const Visit& visit) const {
    std::vector<std::string> lines;
    for (const auto& fetch : visit.told().at("fetches")) {
        std::string url = fetch.at("url");
        if (url.starts_with(issuers.url("/"))) url.erase(0, issuers.url("").size());
        if (url.starts_with(closed.url("/"))) url.erase(0, closed.url("").size());
        lines.push_back(fetch.at("result").get<std::string>() + " " + url);
    }
    return lines;
}

std::map<std::string, int> Stage::requests(const std::map<std::string, int>& expected) {
    int total = 0;
    for (const auto& [path, count] : expected)
        total += count;
    // One whose answer nobody waited for may still be on its way to the server.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (issuers.total() < total && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    std::map<std::string, int> counts;
    for (const std::string& request : issuers.requests())
        ++counts[path_of(request)];
    return counts;
}

void Stage::expect_requests_tell_nothing() const {
    const std::vector<std::string> usual = {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"};
    for (const std::string& request : issuers.requests()) {
        EXPECT_EQ(header_names(request), usual) << request;
        EXPECT_TRUE(request.starts_with("GET /") || request.starts_with("GET http://pki.example/"))
            << request;
        EXPECT_TRUE(request.ends_with("\r\n\r\n")) << request;
        EXPECT_NE(request.find("\r\nUser-Agent: chainmend/"), std::string::npos) << request;
        for (const char* secret : {"visited", ".test", "chatty", "keepsake", "a2VlcHNha2U", "192.0.2.77"})
            EXPECT_EQ(request.find(secret), std::string::npos) << request;
    }
}

}  // namespace chainmend::test
