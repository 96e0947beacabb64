#include "proxy/files/named_output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <ostream>
#include <system_error>

#include "proxy/files/atomic_file.h"
#include "proxy/files/file_descriptor.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

/// As many as Linux follows (path_resolution(7)).
constexpr int max_links = 40;

/// The name at the end of the symbolic links, whether or not there is a file of that name yet.
fs::path behind_links(fs::path file) {
    std::error_code error;
    for (int links = 0; links < max_links && fs::is_symlink(fs::symlink_status(file, error)); ++links) {
        const fs::path target = fs::read_symlink(file, error);
        if (error) break;
        file = file.parent_path() / target;  // which is `target` when that is absolute
    }
    return file;
}

bool is_same_file(const fs::path& file, const struct stat& known) {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 && status.st_dev == known.st_dev && status.st_ino == known.st_ino;
}

Result<void> write_into(const fs::path& file, std::string_view content) {
    const FileDescriptor open_file(open(file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY));
    if (!open_file || !write_whole(open_file.number(), content))
        return system_error("can not write " + file.string(), errno);
    return {};
}

}  // namespace

bool is_standard_output(const fs::path& file) {
    return file == "-" || file == "/dev/stdout";
}

Result<void> write_named_output(const fs::path& file, std::string_view content, mode_t mode,
                                std::ostream& standard_output) {
    if (is_standard_output(file)) {
        standard_output << content << std::flush;
        if (!standard_output) return Error{ErrorCode::environment, "can not write standard output"};
        return {};
    }
    struct stat status {};
    if (stat(file.c_str(), &status) != 0) {
        if (errno != ENOENT) return system_error("can not write " + file.string(), errno);
        return write_file_atomically(behind_links(file), content, mode);
    }
    const fs::path target = behind_links(file);
    // The links below /proc/self/fd lead to files without regard to names: a deleted one has none.
    if (S_ISREG(status.st_mode) && is_same_file(target, status))
        return write_file_atomically(target, content, mode);
    return write_into(file, content);
}

}  // namespace chainmend::proxy
