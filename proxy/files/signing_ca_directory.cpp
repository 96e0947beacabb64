#include "proxy/files/signing_ca_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include "certs/certificate_file.h"
#include "proxy/files/atomic_file.h"
#include "proxy/files/file_descriptor.h"
#include "proxy/files/input_file.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

constexpr char certificate_name[] = "ca.pem";
constexpr char key_name[] = "key.pem";
constexpr char previous_name[] = "previous.pem";
/// What every CA's name of our own making begins with.
constexpr std::string_view own_name_begin = "chainmend CA on ";
/// An RSA-8192 key is 6.4 KiB of PEM; a certificate with a chain of ten above it stays below 64 KiB.
constexpr std::size_t max_file_bytes = 64 * 1024;

Error unusable(const std::string& message) {
    return {ErrorCode::signing_ca, message};
}

enum class Presence { absent, present };

/// Whether something of that name is there, and that it is of the right kind, ours, and closed to others.
/// `forbidden` are the permission bits that must not be set; `repair` is the command that takes them away.
Result<Presence> check_guarded(const fs::path& path, mode_t kind, mode_t forbidden,
                               const std::string& repair) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) return Presence::absent;
        return unusable("can not look at " + path.string() + ": " + strerror(errno));
    }
    if ((status.st_mode & S_IFMT) != kind) {
        return unusable(path.string() + " is not a " + (kind == S_IFDIR ? "directory" : "regular file"));
    }
    if (status.st_uid != geteuid()) {
        return unusable(path.string() + " belongs to user " + std::to_string(status.st_uid) +
                        ", not to the user chainmend runs as (" + std::to_string(geteuid()) + ")");
    }
    if ((status.st_mode & forbidden) != 0) {
        char mode[8];
        std::snprintf(mode, sizeof mode, "%04o", status.st_mode & 07777u);
        return unusable(path.string() + " is open to other users (mode " + mode + "): run \"chmod " + repair +
                        " " + path.string() + "\", and make a new CA if others may have read its key");
    }
    return Presence::present;
}

/// Certificates in `directory` for the same key as `present`'s that have not ended. They are for warnings
/// only, so a file of them that can not be read is none.
std::vector<certs::CertificatePtr> former_certificates(const fs::path& directory,
                                                       const certs::Certificate& present, Time now) {
    std::vector<certs::CertificatePtr> former;
    const auto bytes = read_input_file(directory / previous_name, max_file_bytes);
    if (!bytes) return former;
    const auto read = certs::read_certificates(*bytes);
    if (!read) return former;
    for (const auto& certificate : read->certificates) {
        const bool lasts = certificate->not_after().value_or(Time{}) >= now;
        if (lasts && certificate->spki_sha256() == present.spki_sha256() &&
            certificate->sha256() != present.sha256())
            former.push_back(certificate);
    }
    return former;
}

Result<SigningCaFiles> load_pair(const fs::path& directory, Time now) {
    const fs::path certificate_file = directory / certificate_name;
    const auto certificate = read_input_file(certificate_file, max_file_bytes);
    if (!certificate) return unusable(certificate.error().message);
    auto key = read_input_file(directory / key_name, max_file_bytes);
    if (!key) return unusable(key.error().message);
    auto ca = certs::SigningCa::load(*certificate, *key, now);
    explicit_bzero(key->data(), key->size());
    if (!ca) {
        return unusable(
            directory.string() + ": " + ca.error().message +
            ". Put the right files back, or move the directory away to start with a new CA, which every "
            "client must then be told to trust");
    }
    return SigningCaFiles{*ca, certificate_file, false,
                          former_certificates(directory, *(*ca)->certificate(), now)};
}

/// Held while the CA is made; the operating system lets go of it when the process ends, however it ends.
Result<FileDescriptor> lock_making(const fs::path& lock_file) {
    FileDescriptor lock(open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock) return system_error("can not make " + lock_file.string(), errno);
    while (flock(lock.number(), LOCK_EX) != 0) {
        if (errno != EINTR) return system_error("can not lock " + lock_file.string(), errno);
    }
    return lock;
}

/// Directories that a killed process was still writing. Only while the lock is held.
void remove_unfinished(const fs::path& parent, const std::string& prefix) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(parent, ignored)) {
        if (entry.path().filename().string().rfind(prefix, 0) == 0) fs::remove_all(entry.path(), ignored);
    }
}

Result<void> write_pair(const fs::path& directory, const certs::SigningCa& ca) {
    auto key = ca.key_pem();
    if (!key) return key.error();
    auto written = write_file_atomically(directory / key_name, *key, 0600);
    explicit_bzero(key->data(), key->size());
    if (!written) return written;
    return write_file_atomically(directory / certificate_name, ca.certificate()->pem(), 0644);
}

/// The certificates that were signing CAs here before this change and have not expired.
std::string previous_certificates(const fs::path& directory, const certs::Certificate& replacement,
                                  Time now) {
    std::string text;
    for (const char* name : {certificate_name, previous_name}) {
        const auto bytes = read_input_file(directory / name, max_file_bytes);
        const auto read =
            bytes ? certs::read_certificates(*bytes) : Result<certs::CertificateFile>(bytes.error());
        if (!read) continue;
        // Behind the CA in its own file stand those of the organisation that issued it.
        const auto count = name == certificate_name ? std::size_t{1} : read->certificates.size();
        for (std::size_t i = 0; i < std::min(count, read->certificates.size()); ++i) {
            const auto& certificate = *read->certificates[i];
            const bool useful = certificate.not_after().value_or(Time{}) >= now &&
                                certificate.sha256() != replacement.sha256();
            if (useful) text += certificate.pem();
        }
    }
    return text;
}

Result<void> write_files(const fs::path& directory, const std::string& certificates, const std::string& key,
                         const std::string& previous) {
    if (auto done = write_file_atomically(directory / key_name, key, 0600); !done) return done;
    if (auto done = write_file_atomically(directory / certificate_name, certificates, 0644); !done)
        return done;
    return previous.empty() ? Result<void>()
                            : write_file_atomically(directory / previous_name, previous, 0644);
}

/// The whole directory is replaced, so nothing of anybody else's may be in it.
Result<void> check_only_ours(const fs::path& directory) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
        const auto name = entry.path().filename().string();
        const bool ours = name == certificate_name || name == key_name || name == previous_name ||
                          name.starts_with(temporary_file_prefix);
        if (!ours) {
            return unusable(entry.path().string() +
                            " does not belong to the CA: move it away before the CA is replaced");
        }
    }
    return {};
}

/// Swaps two directories in one step, then removes the one that is no longer in use.
Result<void> exchange(const fs::path& finished, const fs::path& directory) {
    if (renameat2(AT_FDCWD, finished.c_str(), AT_FDCWD, directory.c_str(), RENAME_EXCHANGE) != 0) {
        return system_error("can not swap " + directory.string() + " with its replacement", errno);
    }
    auto synced = sync_directory(directory.parent_path());
    std::error_code ignored;
    fs::remove_all(finished, ignored);
    return synced;
}

/// rename(2) replaces an empty directory and nothing else.
Result<void> put_in_place(const fs::path& finished, const fs::path& directory) {
    if (rename(finished.c_str(), directory.c_str()) == 0) return sync_directory(directory.parent_path());
    if (errno == ENOTEMPTY || errno == EEXIST) {
        return unusable(directory.string() +
                        " holds other files and no CA: move them away, or set intercept.ca_dir");
    }
    if (errno == EBUSY) {
        return unusable(directory.string() +
                        " is a mount point, where a CA can not be made in one step: mount its "
                        "parent instead, or set intercept.ca_dir to a directory below it");
    }
    return system_error("can not make " + directory.string(), errno);
}

Result<SigningCaFiles> make_ca(const fs::path& directory, const certs::SigningCaOptions& options, Time now) {
    const fs::path parent = directory.parent_path();
    if (auto made = make_directories(parent, 0700); !made) return made.error();
    const std::string name = "." + directory.filename().string();
    const auto lock = lock_making(parent / (name + ".lock"));
    if (!lock) return lock.error();
    // Another process may have made it while this one waited.
    if (auto loaded = load_signing_ca(directory, now);
        loaded || loaded.error().code != ErrorCode::not_found) {
        return loaded;
    }
    remove_unfinished(parent, name + ".new-");

    const auto ca = certs::SigningCa::make(options, now);
    if (!ca) return ca.error();
    const fs::path unfinished = parent / (name + ".new-" + random_name());
    if (mkdir(unfinished.c_str(), 0700) != 0)
        return system_error("can not make " + unfinished.string(), errno);
    auto done = write_pair(unfinished, **ca);
    if (done) done = put_in_place(unfinished, directory);
    if (!done) {
        std::error_code ignored;
        fs::remove_all(unfinished, ignored);
        return done.error();
    }
    return SigningCaFiles{*ca, directory / certificate_name, true};
}

/// Absolute and without a slash at the end, so that it has a parent and a name.
Result<fs::path> plain(const fs::path& directory) {
    std::error_code error;
    fs::path path = fs::absolute(directory, error).lexically_normal();
    if (error || directory.empty())
        return Error{ErrorCode::configuration, "intercept.ca_dir is no directory name"};
    return path.has_filename() ? path : path.parent_path();
}

}  // namespace

Result<SigningCaFiles> load_signing_ca(const fs::path& given, Time now) {
    const auto directory = plain(given);
    if (!directory) return directory.error();
    const auto found = check_guarded(*directory, S_IFDIR, 077, "700");
    if (!found) return found.error();
    auto key = check_guarded(*directory / key_name, S_IFREG, 077, "600");
    if (!key) return key.error();
    const auto certificate = check_guarded(*directory / certificate_name, S_IFREG, 022, "644");
    if (!certificate) return certificate.error();
    // Another process may have put both in place between these two looks.
    if (*key == Presence::absent && *certificate == Presence::present)
        key = check_guarded(*directory / key_name, S_IFREG, 077, "600");
    if (!key) return key.error();
    if (*key == Presence::absent && *certificate == Presence::absent) {
        return Error{ErrorCode::not_found, "there is no CA in " + directory->string()};
    }
    if (*key != *certificate) {
        const char* missing = *key == Presence::absent ? key_name : certificate_name;
        return unusable(
            (*directory / missing).string() +
            " is missing while its other half is there: put it back, or move the directory away to start "
            "with a new CA, which every client must then be told to trust");
    }
    return load_pair(*directory, now);
}

Result<SigningCaFiles> open_signing_ca(const fs::path& given, const certs::SigningCaOptions& options,
                                       Time now) {
    auto loaded = load_signing_ca(given, now);
    if (loaded || loaded.error().code != ErrorCode::not_found) return loaded;
    const auto directory = plain(given);
    if (!directory) return directory.error();
    return make_ca(*directory, options, now);
}

Result<SigningCaFiles> replace_signing_ca(const fs::path& given, const std::string& certificates_pem,
                                          const std::string& key_pem, Time now) {
    const auto directory = plain(given);
    if (!directory) return directory.error();
    const auto ca = certs::SigningCa::load(as_bytes(certificates_pem), as_bytes(key_pem), now);
    if (!ca) return ca.error();
    const fs::path parent = directory->parent_path();
    if (auto made = make_directories(parent, 0700); !made) return made.error();
    const std::string name = "." + directory->filename().string();
    const auto lock = lock_making(parent / (name + ".lock"));
    if (!lock) return lock.error();
    const auto present = check_guarded(*directory, S_IFDIR, 077, "700");
    if (!present) return present.error();
    if (auto alone = check_only_ours(*directory); !alone) return alone.error();
    remove_unfinished(parent, name + ".new-");

    const fs::path unfinished = parent / (name + ".new-" + random_name());
    if (mkdir(unfinished.c_str(), 0700) != 0)
        return system_error("can not make " + unfinished.string(), errno);
    auto done = write_files(unfinished, certificates_pem, key_pem,
                            previous_certificates(*directory, *(*ca)->certificate(), now));
    if (done) {
        done = *present == Presence::present ? exchange(unfinished, *directory)
                                             : put_in_place(unfinished, *directory);
    }
    if (!done) {
        std::error_code ignored;
        fs::remove_all(unfinished, ignored);
        return done.error();
    }
    return SigningCaFiles{*ca, *directory / certificate_name, true,
                          former_certificates(*directory, *(*ca)->certificate(), now)};
}

bool is_to_be_renewed(const certs::SigningCa& ca, Time now) {
    const auto& certificate = *ca.certificate();
    const auto end = certificate.not_after();
    return certificate.is_self_issued() && certificate.display_name().starts_with(own_name_begin) && end &&
           *end - now <= renew_ca_within;
}

Result<SigningCaFiles> renew_signing_ca(const fs::path& directory, const certs::SigningCa& ca, Time now) {
    const auto renewed = ca.renewed(certs::SigningCaOptions{}.validity, now);
    if (!renewed) return renewed.error();
    auto key = (*renewed)->key_pem();
    if (!key) return key.error();
    auto replaced = replace_signing_ca(directory, (*renewed)->certificate()->pem(), *key, now);
    explicit_bzero(key->data(), key->size());
    return replaced;
}

fs::path beside_signing_ca(const fs::path& given, const std::string& suffix) {
    const auto directory = plain(given);
    return directory ? fs::path(directory->string() + "." + suffix) : fs::path();
}

certs::SigningCaOptions signing_ca_options(const config::InterceptSettings& settings) {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    std::string name;
    for (const char letter : std::string_view(host)) {
        const bool plain_letter = letter > ' ' && letter < 0x7f;
        name += plain_letter ? letter : '?';
    }
    constexpr std::size_t longest_common_name = 64;  // RFC 5280 appendix A.1
    name = std::string(own_name_begin) + name.substr(0, longest_common_name - own_name_begin.size());
    return {.key_type = settings.key_type == certs::to_string(certs::KeyType::rsa2048)
                            ? certs::KeyType::rsa2048
                            : certs::KeyType::ecdsa_p256,
            .common_name = name};
}

std::string fingerprint_text(const certs::Certificate& certificate) {
    const std::string hex = to_hex(certificate.sha256());
    std::string text;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        if (i > 0) text += ':';
        text += static_cast<char>(toupper(hex[i]));
        text += static_cast<char>(toupper(hex[i + 1]));
    }
    return text;
}

}  // namespace chainmend::proxy
