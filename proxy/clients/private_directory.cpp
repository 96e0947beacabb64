#include "proxy/clients/private_directory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "proxy/files/atomic_file.h"

namespace chainmend::proxy {

Result<std::unique_ptr<PrivateDirectory>> PrivateDirectory::make(const std::filesystem::path& parent) {
    std::string name = (parent / "chainmend-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
        return system_error("can not make a directory in " + parent.string(), errno);
    }
    std::unique_ptr<PrivateDirectory> directory(new PrivateDirectory(name));
    if (chmod(name.c_str(), 0711) != 0) return system_error("can not change the mode of " + name, errno);
    return directory;
}

PrivateDirectory::~PrivateDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace chainmend::proxy
