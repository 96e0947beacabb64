#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chainmend::config {

enum class Revocation { off, stapled, soft, hard };
enum class FailureStyle { connect, page, mimic };
enum class HostAction { inspect, pass, refuse };

/// Everything that can be set, with its default. One field is one key is one row of the documentation: the
/// table in setting_table.cpp gives each its name, unit and meaning, and a test holds the two together. Plain
/// values;
/// "<state>" in a path is replaced by the state directory when the settings are resolved.
struct ListenSettings {
    std::string address = "127.0.0.1:8181";
    std::int64_t workers = 0;  ///< 0: one a core
    std::string admin = "127.0.0.1:8182";
    std::int64_t max_connections = 10'000;
    std::chrono::milliseconds request_timeout =
        std::chrono::seconds{10};  ///< for the CONNECT head and for the ClientHello, each
    std::chrono::milliseconds drain_timeout = std::chrono::seconds{30};
    std::vector<std::string> also;  ///< more addresses
    std::vector<std::string> proxy_protocol_from;
    std::string auth;
};

struct TrustSettings {
    bool system = true;
    std::vector<std::string> files;
    std::vector<std::string> dirs;
    bool intermediates_as_anchors = false;
    std::vector<std::string> distrust;
    std::map<std::string, std::string> distrust_after;  ///< fingerprint -> date
    std::map<std::string, std::string> only_for;        ///< file or fingerprint -> host patterns
};

struct RepairSettings {
    bool enabled = true;
    bool fetch = true;
    std::string store = "<state>/intermediates";
    std::vector<std::string> preload;
    std::string list_url;  ///< empty: no list
    std::chrono::seconds list_interval = std::chrono::hours{24};
    std::int64_t list_max_bytes = 16 * 1024 * 1024;
    std::chrono::seconds renew_before = std::chrono::days{14};  ///< 0: never
    std::int64_t max_urls_per_certificate = 5;
    std::int64_t max_fetches = 8;
    std::chrono::milliseconds budget = std::chrono::seconds{3};
    std::int64_t max_bytes = 64 * 1024;
    std::int64_t max_redirects = 3;
    std::chrono::milliseconds hedge_after = std::chrono::milliseconds{300};
};

struct EgressSettings {
    std::vector<std::string> allow;
    std::vector<std::string> deny;
    std::chrono::milliseconds timeout = std::chrono::seconds{2};
    std::string proxy;
};

struct ConnectSettings {
    /// Ports that CONNECT may name; an empty list is any ("any"). Absent ("auto"): any when every listener is
    /// on loopback, else 443 and 8443.
    std::optional<std::vector<std::int64_t>> ports;
    /// CIDRs. Absent ("auto"): link-local and metadata; loopback too when a listener is beyond loopback.
    std::optional<std::vector<std::string>> deny;
};

struct VerifySettings {
    std::string profile = "default";
    Revocation revocation = Revocation::stapled;
    std::vector<std::string> crl_files;
    std::string revocation_cache = "<state>/revocation";
    std::int64_t crl_max_bytes = 10 * 1024 * 1024;
    bool ocsp_nonce = false;
    std::int64_t max_depth = 8;
    std::string min_tls = "1.2";
};

struct InterceptSettings {
    std::string ca_dir = "<state>/ca";
    std::string key_type = "ecdsa-p256";
    std::string min_tls = "1.2";
    std::string not_tls = "refuse";       ///< or "relay"
    std::string sni_mismatch = "verify";  ///< or "refuse"
    std::chrono::seconds validity = std::chrono::days{90};
    std::int64_t cache = 10'000;
};

struct UpstreamSettings {
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds handshake_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds idle_timeout = std::chrono::minutes{10};
    std::string proxy;
    std::vector<std::string> no_proxy;
    std::map<std::string, std::string> resolve;  ///< host -> address
    std::chrono::milliseconds dns_cache = std::chrono::seconds{5};
};

struct FailureSettings {
    FailureStyle style = FailureStyle::connect;
    FailureStyle browser_style = FailureStyle::page;
    std::chrono::milliseconds remember = std::chrono::seconds{15};
};

struct LogSettings {
    std::string file = "-";  ///< "-" is stdout
    bool requests = false;
    std::int64_t max_size = 100 * 1024 * 1024;
    std::int64_t keep = 5;
};

struct HistorySettings {
    std::string database = "<state>/history.db";
    std::chrono::seconds keep = std::chrono::days{90};
    std::int64_t max_size = 1024 * 1024 * 1024;
};

struct MonitorSettings {
    std::vector<std::string> hosts;
    std::chrono::seconds seen_within{0};  ///< hosts that clients asked for within this time too; 0: none
    std::chrono::seconds interval = std::chrono::hours{6};
    std::int64_t warn_days = 30;
    std::vector<std::string> command;  ///< program and arguments
    std::string webhook;
    std::string webhook_token_file;
    std::chrono::milliseconds timeout = std::chrono::seconds{10};  ///< for one run or post
};

/// What differs for some hosts. An absent value is that of the sections above.
struct HostRule {
    std::vector<std::string> match;
    HostAction action = HostAction::inspect;
    std::vector<std::string> trust_files;
    std::vector<std::string> pins;
    std::vector<std::string> backup_pins;
    bool pins_report_only = false;
    std::string client_certificate;
    std::string client_certificate_password;
    std::optional<std::string> profile;
    std::optional<Revocation> revocation;
    std::optional<FailureStyle> failure_style;
    std::optional<std::string> min_tls;
    std::optional<std::vector<std::int64_t>> connect_ports;
    std::optional<std::vector<std::string>> connect_deny;
    std::optional<std::string> upstream_proxy;
};

struct ExceptionRule {
    std::string host;
    std::string spki;
    std::string reason;
    std::string owner;
    std::string expires;
    std::vector<std::string> forgives;
};

struct Settings {
    ListenSettings listen;
    TrustSettings trust;
    RepairSettings repair;
    EgressSettings egress;
    ConnectSettings connect;
    VerifySettings verify;
    InterceptSettings intercept;
    UpstreamSettings upstream;
    FailureSettings failure;
    LogSettings log;
    HistorySettings history;
    MonitorSettings monitor;
    std::vector<HostRule> hosts;
    std::vector<ExceptionRule> exceptions;
};

}  // namespace chainmend::config
