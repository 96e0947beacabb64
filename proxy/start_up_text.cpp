#include "proxy/start_up_text.h"

#include "proxy/report/printable.h"

namespace chainmend::proxy {
namespace {

std::string shortened(const std::string& path, const std::string& home) {
    const bool below = !home.empty() && path.rfind(home + "/", 0) == 0;
    return printable_ascii(below ? "~" + path.substr(home.size()) : path);
}

std::string counted(std::size_t count, const std::string& word) {
    return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

// "5F:0A:...:C1"
std::string short_fingerprint_text(const certs::Certificate& certificate) {
    const auto whole = fingerprint_text(certificate);
    return whole.substr(0, 6) + "..." + whole.substr(whole.size() - 3);
}

std::string more_listeners(const std::vector<std::string>& addresses) {
    std::string lines;
    for (std::size_t i = 1; i < addresses.size(); ++i)
        lines += (i == 1 ? "  also on  http://" : "           http://") + addresses[i] + "\n";
    return lines;
}

std::string trust_lines(const Snapshot& snapshot, const std::string& home) {
    std::string lines;
    for (const auto& origin : snapshot.trust_origins) {
        const auto from = origin.origin == "system"
                              ? "the system store (" + shortened(origin.file, home) + ")"
                              : shortened(origin.file, home);
        lines += (lines.empty() ? "  trust    " : "           ") + counted(origin.anchors, "anchor") +
                 " from " + from +
                 (origin.expired > 0 ? ", " + std::to_string(origin.expired) + " of them expired" : "") +
                 "\n";
    }
    return lines;
}

std::string ca_line(const Snapshot& snapshot, const std::string& home) {
    const auto& certificate = *snapshot.ca.ca->certificate();
    const auto until = certificate.not_after() ? to_date(*certificate.not_after()) : "?";
    return std::string("  CA       ") + (snapshot.ca.made_now ? "made now, " : "") + "valid until " + until +
           ": " + shortened(snapshot.ca.certificate_file.string(), home) + "  (SHA-256 " +
           short_fingerprint_text(certificate) + ")\n";
}

// Clients need two things: the proxy's address, and its CA among those they trust.
std::string what_to_do(const std::string& address, const std::string& ca_file, const std::string& called) {
    const auto program = printable_ascii(called);
    return "\nUse it for one command:     " + program + " run -- curl https://example.com/" +
           "\nor in this shell:           eval \"$(" + program +
           " env)\"\n"
           "or by hand:                 export HTTPS_PROXY=http://" +
           address + " SSL_CERT_FILE=" + ca_file + "\nor for the whole machine:   " + program +
           " ca install    and set HTTPS_PROXY=http://" + address + "\n\n";
}

std::string preload_line(const Snapshot& snapshot) {
    if (!snapshot.preloaded) return "";
    const auto& outcome = snapshot.preloaded->outcome;
    std::size_t refused = 0;
    for (const auto& [reason, count] : outcome.refused)
        refused += count;
    return "           " + std::to_string(outcome.taken.size()) + " new from repair.preload, " +
           std::to_string(outcome.known) + " known, " + std::to_string(refused) + " refused\n";
}

}  // namespace

std::string start_up_text(const Snapshot& snapshot, const std::vector<std::string>& addresses,
                          const std::string& admin, const std::string& home, const std::string& program) {
    const auto& address = addresses.front();
    const auto& store = snapshot.settings.repair.store;
    const auto ca_file = shortened(snapshot.ca.certificate_file.string(), home);
    return "chainmend " CHAINMEND_VERSION " on http://" + address + "\n" + more_listeners(addresses) +
           trust_lines(snapshot, home) + "  issuers  " + std::to_string(snapshot.issuers_loaded) +
           " stored in " + shortened(store, home) + "\n" + preload_line(snapshot) + ca_line(snapshot, home) +
           (admin.empty() ? "" : "  status   http://" + admin + "/status\n") +
           what_to_do(address, ca_file, program);
}

}  // namespace chainmend::proxy
