#include "proxy/files/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "config/bytes.h"
#include "proxy/files/file_descriptor.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

}  // namespace

bool write_whole(int descriptor, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

Error system_error(const std::string& what, int code) {
    const bool permission = code == EACCES || code == EPERM || code == EROFS;
    const bool missing = code == ENOENT || code == ENOTDIR;
    return {permission ? ErrorCode::permission
            : missing  ? ErrorCode::not_found
                       : ErrorCode::environment,
            what + ": " + strerror(code)};
}

std::string random_name() {
    std::uint8_t octets[8];
    // Never short and never interrupted for so few octets (getrandom(2)).
    if (getrandom(octets, sizeof octets, 0) != static_cast<ssize_t>(sizeof octets))
        return std::to_string(getpid());
    return to_hex(octets);
}

Result<void> write_file_atomically(const fs::path& file, std::string_view content, mode_t mode,
                                   Durability durability) {
    const fs::path temporary = file.parent_path() / (std::string(temporary_file_prefix) + random_name());
    const std::string what = "can not write " + file.string();
    {
        // 0600 until the content is complete; fchmod then sets what was asked for, untouched by the umask.
        const FileDescriptor open_file(
            open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!open_file) return system_error(what, errno);
        const bool written = write_whole(open_file.number(), content) &&
                             fchmod(open_file.number(), mode) == 0 &&
                             (durability == Durability::unsynced || fsync(open_file.number()) == 0);
        if (!written) {
            const int code = errno;
            unlink(temporary.c_str());
            return system_error(what, code);
        }
    }
    if (rename(temporary.c_str(), file.c_str()) != 0) {
        const int code = errno;
        unlink(temporary.c_str());
        return system_error(what, code);
    }
    return durability == Durability::synced ? sync_directory(file.parent_path()) : Result<void>{};
}

Result<void> make_directories(const fs::path& directory, mode_t mode) {
    struct stat status {};
    if (stat(directory.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) return {};
        return Error{ErrorCode::environment, directory.string() + " is not a directory"};
    }
    const fs::path parent = directory.parent_path();
    if (!parent.empty() && parent != directory) {
        if (auto made = make_directories(parent, mode); !made) return made;
    }
    if (directory.filename().empty()) return {};  // a trailing slash
    if (mkdir(directory.c_str(), mode) != 0 && errno != EEXIST) {
        return system_error("can not make the directory " + directory.string(), errno);
    }
    return {};
}

Result<void> sync_directory(const fs::path& directory) {
    const char* name = directory.empty() ? "." : directory.c_str();
    const FileDescriptor open_directory(open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!open_directory || fsync(open_directory.number()) != 0) {
        return system_error("can not write the directory " + directory.string(), errno);
    }
    return {};
}

Result<void> sync_file_system(const fs::path& directory) {
    const FileDescriptor open_directory(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!open_directory || syncfs(open_directory.number()) != 0) {
        return system_error("can not write the file system of " + directory.string(), errno);
    }
    return {};
}

}  // namespace chainmend::proxy
