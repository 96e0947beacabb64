#include "proxy/files/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "proxy/files/atomic_file.h"
#include "proxy/files/file_descriptor.h"

namespace chainmend::proxy {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;

/// Reads to the end; `expected` only sizes the buffer, since a file may grow while it is read.
Result<Bytes> read_to_end(int descriptor, const std::string& name, std::size_t expected,
                          std::size_t max_bytes) {
    Bytes content;
    content.reserve(std::min(expected, max_bytes) + 1);
    for (;;) {
        const std::size_t size = content.size();
        content.resize(size + std::max(content.capacity() - size, piece_bytes));
        const ssize_t count = read(descriptor, content.data() + size, content.size() - size);
        content.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error("can not read " + name, errno);
        if (count == 0) return content;
        if (content.size() > max_bytes) {
            return Error{ErrorCode::limit_exceeded,
                         name + " is too large: more than " + std::to_string(max_bytes) + " bytes"};
        }
    }
}

}  // namespace

Result<Bytes> read_input_file(const std::filesystem::path& file, std::size_t max_bytes, Symlinks symlinks,
                              Pipes pipes) {
    // Opening a FIFO for reading would wait for a writer, which is right only for whoever wants to read it.
    const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (pipes == Pipes::refuse ? O_NONBLOCK : 0) |
                      (symlinks == Symlinks::refuse ? O_NOFOLLOW : 0);
    const FileDescriptor open_file(open(file.c_str(), flags));
    if (!open_file && errno == ELOOP && symlinks == Symlinks::refuse) {
        return Error{ErrorCode::permission, file.string() + " is a symbolic link"};
    }
    if (!open_file) return system_error("can not read " + file.string(), errno);
    struct stat status {};
    if (fstat(open_file.number(), &status) != 0) return system_error("can not read " + file.string(), errno);
    const bool is_pipe = S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode);
    if (is_pipe && pipes == Pipes::read) return read_to_end(open_file.number(), file.string(), 0, max_bytes);
    if (!S_ISREG(status.st_mode))
        return Error{ErrorCode::environment, file.string() + " is not a regular file"};
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > max_bytes) {
        return Error{ErrorCode::limit_exceeded, file.string() + " is too large: " + std::to_string(size) +
                                                    " bytes, at most " + std::to_string(max_bytes)};
    }
    return read_to_end(open_file.number(), file.string(), size, max_bytes);
}

Result<Bytes> read_standard_input(std::size_t max_bytes) {
    return read_to_end(STDIN_FILENO, "standard input", 0, max_bytes);
}

}  // namespace chainmend::proxy
