#pragma once

#include <optional>
#include <string>

namespace chainmend::config {

/// Checks of one text each. They return nothing when the text is fine, else what it should be, worded to
/// follow "KEY is VALUE; ".
using Complaint = std::optional<std::string>;
using ValueCheck = Complaint (*)(const std::string& text);

/// "127.0.0.1:8181", "[::1]:8181" or "localhost:8181"; port 0 asks for any free one.
Complaint check_listen_address(const std::string& text);
/// The same, or nothing at all.
Complaint check_optional_listen_address(const std::string& text);
/// Addresses without ports, separated by blanks; at least one.
Complaint check_ip_addresses(const std::string& text);
/// "10.0.0.0/8", "fd00::/8" or a single address.
Complaint check_network(const std::string& text);
/// The same, optionally with a port: "10.0.0.0/8:8080", "[fd00::/8]:8080".
Complaint check_network_and_port(const std::string& text);
/// "192.0.2.7:3128" or "[2001:db8::7]:3128", or nothing at all.
Complaint check_optional_proxy_address(const std::string& text);
/// "http://proxy.example:3128", with "user:password@" if need be, or nothing at all.
Complaint check_optional_proxy(const std::string& text);
/// "http://lists.example/intermediates.pem", or nothing at all.
Complaint check_optional_http_url(const std::string& text);
/// "www.example.com" or "*.example.com": lower-case letters, digits, hyphens, dots; or an address. Only in
/// the spelling that hosts are compared in: without a dot at the end, IPv6 as RFC 5952 writes it.
Complaint check_host_pattern(const std::string& text);
/// A host, optionally with a port.
Complaint check_host_and_port(const std::string& text);
/// Several of these, separated by blanks.
Complaint check_host_patterns(const std::string& text);
/// A SHA-256 as parse_key_pin takes it.
Complaint check_key_pin(const std::string& text);
/// One of forgivable_reasons().
Complaint check_forgivable(const std::string& text);
/// "2026-12-31" or a whole RFC 3339 time.
Complaint check_date(const std::string& text);
Complaint check_not_empty(const std::string& text);

}  // namespace chainmend::config
