#include "certs/pin_rules.h"

#include <algorithm>

#include "config/sha256_text.h"

namespace chainmend::certs {
namespace {

/// Depth of the first certificate of `path` whose key is one of `pins`, -1 when none is.
int first_pinned(const CertificatePath& path, const std::vector<Sha256>& pins) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (std::find(pins.begin(), pins.end(), path[i]->spki_sha256()) != pins.end())
            return static_cast<int>(i);
    }
    return -1;
}

std::string pins_of(const CertificatePath& path) {
    std::string text;
    for (const CertificatePtr& certificate : path)
        text += (text.empty() ? "" : ", ") + to_base64(certificate->spki_sha256());
    return text;
}

}  // namespace

void judge_pins(const CertificatePath& path, const VerifyRequest& request, PathFindings& findings) {
    if (!request.pins || first_pinned(path, request.pins->pins) >= 0) return;
    if (const int backup = first_pinned(path, request.pins->backups); backup >= 0) {
        return findings.warn("backup_pin", backup,
                             findings.name(backup) + " has a backup pin, and no other pin is on the path");
    }
    std::string detail = "no pinned key is on the path; the keys on it are " + pins_of(path);
    if (request.pins->report_only)
        return findings.warn(to_string(Reason::pin_mismatch), 0, std::move(detail));
    findings.refuse(Reason::pin_mismatch, 0, std::move(detail));
}

}  // namespace chainmend::certs
