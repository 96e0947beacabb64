#pragma once

#include <filesystem>
#include <vector>

#include "certs/signing_ca.h"
#include "config/result.h"
#include "config/settings.h"
#include "config/time.h"

namespace chainmend::proxy {

/// The signing CA as it is kept: "ca.pem" (its certificate, and the chain above it when an organisation
/// issued it) and "key.pem" (mode 0600) in a directory of mode 0700.
struct SigningCaFiles {
    certs::SigningCaPtr ca;
    std::filesystem::path certificate_file;
    bool made_now = false;
    /// Certificates for the same key that it had before it was renewed and that had not ended when this was
    /// read. A client that was told to trust one of them fails when that ends, unless it knows the new one.
    std::vector<certs::CertificatePtr> former = {};
};

/// Loads the CA from `directory`; nothing is ever made or changed. ErrorCode::not_found when there is none,
/// ErrorCode::signing_ca, with what to do, when it must not be used: the directory, the key or the
/// certificate open to others or owned by another user, one of the two files missing, damaged, not matching,
/// expired.
Result<SigningCaFiles> load_signing_ca(const std::filesystem::path& directory, Time now);

/// Loads the CA, or makes it when `directory` does not exist or is empty. A CA that is there and unusable is
/// an error and stays as it is: all clients trust it, so nobody but a person may replace it.
///
/// Both files are written into a directory of another name which is then renamed, so a process killed at any
/// moment leaves no CA or a whole one, and of two processes that start at once one makes it and the other
/// loads it. Blocks (about 1 ms; with an RSA key about 155 ms).
Result<SigningCaFiles> open_signing_ca(const std::filesystem::path& directory,
                                       const certs::SigningCaOptions& options, Time now);

/// Puts another CA in the place of the one in `directory`, or where there is none yet: at any moment the
/// directory holds one of the two whole. `certificates_pem` and `key_pem` are as SigningCa::load() takes
/// them, and are checked by it. The former CA's certificate is kept in "previous.pem" until it expires,
/// because clients may still have to trust it; its key is gone for good. A running proxy takes the new one up
/// at the next reload. Blocks. ErrorCode::signing_ca as load_signing_ca().
Result<SigningCaFiles> replace_signing_ca(const std::filesystem::path& directory,
                                          const std::string& certificates_pem, const std::string& key_pem,
                                          Time now);

/// How near its end a CA is renewed: as long before as a minted certificate may live (90 days), so that none
/// has to end early.
constexpr std::chrono::days renew_ca_within{90};
/// Whether `ca` is one of our own making (see signing_ca_options()) and so near its end at `now`. One that an
/// organisation gave is theirs to renew.
bool is_to_be_renewed(const certs::SigningCa& ca, Time now);
/// Renews the CA in `directory` as SigningCa::renewed() does and keeps the certificate before it as
/// replace_signing_ca() does. Blocks.
Result<SigningCaFiles> renew_signing_ca(const std::filesystem::path& directory, const certs::SigningCa& ca,
                                        Time now);

/// The directory beside `directory` that holds the CA that comes next, or the key that a certificate was
/// requested for: "ca.next", "ca.request".
std::filesystem::path beside_signing_ca(const std::filesystem::path& directory, const std::string& suffix);

/// What a CA of this machine is made with: the key type from the settings, and a name that tells
/// installations apart, "chainmend CA on HOST".
certs::SigningCaOptions signing_ca_options(const config::InterceptSettings& settings);

/// "5F:0A:...:C1", the whole SHA-256 of a certificate as people compare it.
std::string fingerprint_text(const certs::Certificate& certificate);

}  // namespace chainmend::proxy
