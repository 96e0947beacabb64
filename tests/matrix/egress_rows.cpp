#include "tests/matrix/scenario.h"

namespace chainmend::test {
namespace {

/// sent: leaf with this URL, whatever `url` makes of the stage
Scenario blocked(const std::string& name, std::function<std::string(Stage&)> url, const std::string& where) {
    return {name,
            [url](Stage& s) {
                s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
                s.send(s.leaf(s.ca, {url(s)}));
            },
            refused("fetch_blocked", {L}).blocked_at(where)};
}

Scenario blocked(const std::string& name, const std::string& url, const std::string& where) {
    return blocked(
        name, [url](Stage&) { return url; }, where);
}

/// The issuer server is on loopback like the origin, and egress.deny forbids that address: under `spelling`,
/// too.
Scenario denied(const std::string& name, const std::string& spelling) {
    return {name,
            [spelling](Stage& s) {
                s.adjust([](config::Settings& settings) { settings.egress.deny = {"127.0.0.0/8"}; });
                s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
                s.send(s.leaf(s.ca, {"http://" + spelling + ":" + std::to_string(s.issuers.port()) + "/ca"}));
            },
            refused("fetch_blocked", {L})};
}

/// The issuer server is egress.proxy: it is asked for whole URLs, on behalf of the origin that sent this one.
Scenario through_a_proxy(const std::string& name, const std::string& url, Expectation expected) {
    return {name,
            [url](Stage& s) {
                const auto proxy = "127.0.0.1:" + std::to_string(s.issuers.port());
                s.adjust([proxy](config::Settings& settings) { settings.egress.proxy = proxy; });
                s.issuers.serve("http://pki.example/ca", IssuerAnswer::der(s.ca.certificate()));
                s.send(s.leaf(s.ca, {url}));
            },
            std::move(expected)};
}

}  // namespace

Scenarios egress_rows() {
    return {
        // An origin on loopback may point to loopback.
        {"LoopbackFromLoopback",
         [](Stage& s) {
             s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
             s.send(s.leaf(s.ca, {"/ca"}));
         },
         repaired({L, "CA aia /ca", R}, {{"/ca", 1}})},
        denied("Denied", "127.0.0.1"),
        denied("DeniedInV6", "[::ffff:127.0.0.1]"),
        denied("DeniedInDecimal", "2130706433"),
        denied("DeniedInOctal", "0177.0.0.1"),
        denied("DeniedInHexadecimal", "0x7f.1"),
        denied("DeniedAndShort", "127.1"),
        denied("DeniedByName", "localhost"),
        {"DeniedByANameOfOnesOwn",
         [](Stage& s) {
             s.resolves("issuer.test", "127.0.0.1");
             s.adjust([](config::Settings& settings) { settings.egress.deny = {"127.0.0.1/32"}; });
             s.send(s.leaf(s.ca, {"http://issuer.test:" + std::to_string(s.issuers.port()) + "/ca"}));
         },
         refused("fetch_blocked", {L})},
        blocked("LinkLocal", "http://169.254.1.1/ca", "169.254.1.1:80"),
        blocked("Metadata", "http://169.254.169.254/latest/meta-data", "169.254.169.254:80"),
        blocked("MetadataInV6", "http://[::ffff:169.254.169.254]/", "[::ffff:169.254.169.254]:80"),
        blocked("MetadataInDecimal", "http://2852039166/", "169.254.169.254:80"),
        blocked("MetadataInOctal", "http://0251.0376.0251.0376/", "169.254.169.254:80"),
        blocked("MetadataOfAzure", "http://168.63.129.16/", "168.63.129.16:80"),
        blocked("LinkLocalV6", "http://[fe80::1]:8080/", "[fe80::1]:8080"),
        blocked("Multicast", "http://224.0.0.1/", "224.0.0.1:80"),
        blocked("APortOfAnotherService", "http://127.0.0.1:22/", "127.0.0.1:22"),
        blocked("AnHttpsPort", "http://127.0.0.1:443/", "127.0.0.1:443"),
        {"ANameThatResolvesToMetadata",
         [](Stage& s) {
             s.resolves("issuer.test", "169.254.169.254");
             s.send(s.leaf(s.ca, {"http://issuer.test/ca"}));
         },
         refused("fetch_blocked", {L}).blocked_at("169.254.169.254:80")},
        // Whatever egress.allow says.
        {"MetadataThoughAllowed",
         [](Stage& s) {
             s.adjust([](config::Settings& settings) { settings.egress.allow = {"0.0.0.0/0"}; });
             s.send(s.leaf(s.ca, {"http://169.254.169.254/"}));
         },
         refused("fetch_blocked", {L}).blocked_at("169.254.169.254:80")},
        {"TheProxyItself", [](Stage& s) { s.send(s.leaf(s.ca, {"http://" + s.start().address() + "/ca"})); },
         refused("fetch_blocked", {L})},
        {"TheProxyItselfByName",
         [](Stage& s) {
             const std::string& address = s.start().address();
             s.send(s.leaf(s.ca, {"http://localhost" + address.substr(address.rfind(':')) + "/ca"}));
         },
         refused("fetch_blocked", {L})},
        through_a_proxy("ThroughAProxy", "http://pki.example/ca",
                        repaired({L, "CA aia http://pki.example/ca", R}, {{"http://pki.example/ca", 1}})),
        // Behind it nobody knows where names lead; what the URL itself says is held against it.
        through_a_proxy("ThroughAProxyToLoopback", "http://127.0.0.1:8080/ca",
                        refused("fetch_blocked", {L}).blocked_at("127.0.0.1:8080")),
        through_a_proxy("ThroughAProxyToLoopbackInDecimal", "http://2130706433:8080/ca",
                        refused("fetch_blocked", {L}).blocked_at("2130706433:8080")),
        through_a_proxy("ThroughAProxyToPrivate", "http://10.0.0.1/ca",
                        refused("fetch_blocked", {L}).blocked_at("10.0.0.1:80")),
        through_a_proxy("ThroughAProxyToMetadata", "http://169.254.169.254/ca",
                        refused("fetch_blocked", {L}).blocked_at("169.254.169.254:80")),
        // A forbidden URL does not stand in the way of the next.
        {"MetadataFirst",
         [](Stage& s) {
             s.issuers.serve("/ca", IssuerAnswer::der(s.ca.certificate()));
             s.send(s.leaf(s.ca, {"http://169.254.169.254/ca", "/ca"}));
         },
         repaired({L, "CA aia /ca", R}, {{"/ca", 1}}).blocked_at("169.254.169.254:80")},
        // A forbidden URL and one that fails: the failure tells more.
        {"MetadataAndNotFound",
         [](Stage& s) {
             s.send(s.leaf(s.ca, {"http://169.254.169.254/ca", "/gone"}));
         },
         refused("issuer_not_found", {L}, {{"/gone", 1}}).blocked_at("169.254.169.254:80")},
    };
}

}  // namespace chainmend::test
