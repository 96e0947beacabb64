#include <map>
#include <set>

#include "tests/proxy/tunnel/proxy_fixture.h"

namespace chainmend::test {
namespace {

// Field names are promises to whoever reads the log. Each is here with its type, and in proxy/README.md.
const std::map<std::string, std::set<std::string>> schema{
    {"@timestamp", {"string"}},
    {"event.kind", {"string"}},
    {"event.category", {"array"}},
    {"event.action", {"string"}},
    {"event.outcome", {"string"}},
    {"event.duration", {"number"}},
    {"client.ip", {"string"}},
    {"client.port", {"number"}},
    {"client.bytes", {"number"}},
    {"server.bytes", {"number"}},
    {"user_agent.original", {"string"}},
    {"http.request.method", {"string"}},
    {"http.response.status_code", {"number"}},
    {"url.original", {"string"}},
    {"destination.ip", {"string"}},
    {"destination.port", {"number"}},
    {"destination.domain", {"string"}},
    {"tls.version", {"string"}},
    {"tls.cipher", {"string"}},
    {"tls.curve", {"string"}},
    {"tls.next_protocol", {"string"}},
    {"tls.resumed", {"boolean"}},
    {"tls.client.server_name", {"string"}},
    {"tls.server.subject", {"string"}},
    {"tls.server.issuer", {"string"}},
    {"tls.server.not_after", {"string", "null"}},
    {"tls.server.hash.sha256", {"string"}},
    {"chainmend.v", {"number"}},
    {"chainmend.id", {"string"}},
    {"chainmend.decision", {"string"}},
    {"chainmend.how", {"string", "null"}},
    {"chainmend.reason", {"string"}},
    {"chainmend.detail", {"string", "null"}},
    {"chainmend.remembered", {"boolean"}},
    {"chainmend.profile", {"string"}},
    {"chainmend.verified_for", {"string", "null"}},
    {"chainmend.depth", {"number"}},
    {"chainmend.path", {"array"}},
    {"chainmend.presented", {"number"}},
    {"chainmend.unused", {"array"}},
    {"chainmend.out_of_order", {"boolean"}},
    {"chainmend.missing", {"array"}},
    {"chainmend.warnings", {"array"}},
    {"chainmend.attempts", {"array"}},
    {"chainmend.fetches", {"array"}},
    {"chainmend.expires.at", {"string"}},
    {"chainmend.expires.days", {"number"}},
    {"chainmend.expires.depth", {"number"}},
    {"chainmend.expires", {"null"}},
    {"chainmend.exception", {"null"}},
    {"chainmend.revocation", {"null"}},
    {"chainmend.revocation.mode", {"string"}},
    {"chainmend.revocation.staple_required", {"boolean"}},
    {"chainmend.revocation.staple_detail", {"string", "null"}},
    {"chainmend.revocation.in_hard_mode", {"string"}},
    {"chainmend.revocation.findings", {"array"}},
    {"chainmend.stats.paths", {"number"}},
    {"chainmend.stats.signatures", {"number"}},
    {"chainmend.stats.nodes", {"number"}},
    {"chainmend.end", {"string"}},
};

void expect_fields_in_schema(const nlohmann::json& json, const std::string& prefix,
                             std::set<std::string>& seen) {
    for (const auto& [name, value] : json.items()) {
        const auto path = prefix.empty() ? name : prefix + "." + name;
        if (value.is_object()) {
            expect_fields_in_schema(value, path, seen);
            continue;
        }
        const auto row = schema.find(path);
        ASSERT_NE(row, schema.end()) << path << " is not in the schema";
        EXPECT_EQ(row->second.count(value.type_name()), 1U) << path << " is a " << value.type_name();
        seen.insert(path);
    }
}

class RecordSchema : public ProxyTest {};

// Lines really produced: served, repaired, refused for its certificate, not reached, not a CONNECT, a
// tunnel's end.
TEST_F(RecordSchema, HoldsForLinesReallyProducedAndEveryFieldIsProduced) {
    issuers.serve("/ca1", IssuerAnswer::der(ca1.certificate()));
    const auto end_entity = leaf({"/ca1"});
    CertificateSpec old;
    old.not_after = noon() - std::chrono::hours{2};
    old.not_before = noon() - std::chrono::days{20};
    auto options = OriginOptions::of(end_entity);
    options.alpn = {"http/1.1"};
    const Origin origin(options);
    const Origin expired(OriginOptions::of(leaf({}, "leaf.test", old), {ca1.certificate()}));
    start();
    {
        ProxyClient client(proxy->address());
        client.connect(target(origin), "User-Agent: curl/7.88.1\r\n");
        auto tls = trusting();
        tls.alpn = {"http/1.1"};
        EXPECT_EQ(client.start_tls(tls), "");
        client.get("leaf.test");
        client.send_close_notify();
        client.read_to_end();
    }
    status_of(expired);
    status_of(origin, "nowhere.invalid");
    {
        ProxyClient client(proxy->address());
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        client.receive_all();
    }
    {
        ProxyClient client(proxy->address());
        client.send("GET http://nowhere.invalid/ HTTP/1.1\r\nHost: x\r\n\r\n");
        client.receive_all();
    }
    proxy->stop();
    std::set<std::string> seen;
    for (const auto& record : proxy->records())
        expect_fields_in_schema(record, "", seen);
    ASSERT_EQ(proxy->records().size(), 6U);
    for (const auto& [path, types] : schema) {
        if (path != "chainmend.expires") {
            EXPECT_EQ(seen.count(path), 1U) << path << " was never produced";
        }
    }
}

TEST_F(RecordSchema, IsDocumented) {
    const auto readme = content_of(std::string(CHAINMEND_SOURCE_DIR) + "/proxy/README.md") +
                        content_of(std::string(CHAINMEND_SOURCE_DIR) + "/proxy/report/README.md");
    for (const auto& [path, types] : schema) {
        const auto name = path.substr(path.rfind('.') == std::string::npos ? 0 : path.rfind('.') + 1);
        const bool documented = readme.find("`" + path + "`") != std::string::npos ||
                                readme.find("." + name + "`") != std::string::npos ||
                                readme.find("`" + name + "`") != std::string::npos ||
                                readme.find(" " + name + "`") != std::string::npos ||
                                readme.find("`" + name + " ") != std::string::npos ||
                                readme.find(" " + name + " ") != std::string::npos;
        EXPECT_TRUE(documented) << path;
    }
}

}  // namespace
}  // namespace chainmend::test
