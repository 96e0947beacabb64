#include "config/date.h"

namespace chainmend {

Result<Time> last_moment_of(const std::string& text) {
    return parse_rfc3339(text.size() == 10 ? text + "T23:59:59Z" : text);
}

}  // namespace chainmend
