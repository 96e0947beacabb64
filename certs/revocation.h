#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/reason.h"
#include "config/time.h"

namespace chainmend::certs {

/// How much must be known of a certificate's revocation, laxest first.
enum class RevocationMode {
    off,      ///< nothing is asked or judged
    stapled,  ///< what the server staples is judged; a certificate that promises a staple needs a good one
    soft,     ///< OCSP and revocation lists are asked as well; not knowing is a warning
    hard,     ///< not knowing refuses
};
const char* to_string(RevocationMode mode);

enum class RevocationStatus { good, revoked, unknown };
const char* to_string(RevocationStatus status);

/// Where a status is known from.
enum class RevocationSource {
    none,
    staple,  ///< OCSP response in the handshake (RFC 6066 section 8)
    ocsp,    ///< OCSP response from a responder, or given
    crl,     ///< revocation list from a distribution point or a file
    exempt,  ///< the certificate says that there is no such information (RFC 9608)
};
const char* to_string(RevocationSource source);

/// What is known of one certificate.
struct RevocationFinding {
    int depth = 0;
    RevocationStatus status = RevocationStatus::unknown;
    RevocationSource source = RevocationSource::none;
    std::string origin = {};                         ///< URL or file, empty for a staple
    std::optional<Time> this_update = std::nullopt;  ///< as of when
    std::optional<Time> next_update = std::nullopt;  ///< until when it may be relied on
    std::optional<Time> revoked_at = std::nullopt;
    std::string detail = {};  ///< one printable line, empty for good

    bool is_known() const { return status != RevocationStatus::unknown; }
};

/// What is known of the certificates on a path below its anchor, and what it means.
struct RevocationAccount {
    RevocationMode mode = RevocationMode::off;
    std::vector<RevocationFinding> findings = {};  ///< by depth; empty when the mode is off
    bool staple_required = false;                  ///< RFC 7633: the end entity, or a CA for it, promises one
    /// Why the staple that came is no use, one printable line; empty: it is good, or none came. The finding
    /// may be another source's.
    std::string staple_detail = {};
    /// What mode hard makes of it: ok, or its reason.
    Reason in_hard_mode = Reason::ok;
    /// The first moment at which the account may be another one; none: it is as good as the path.
    std::optional<Time> recheck_at = std::nullopt;
};

}  // namespace chainmend::certs
