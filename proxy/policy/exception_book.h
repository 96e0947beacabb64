#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "certs/exception.h"

namespace chainmend::proxy {

/// Remembers what became of exceptions, so that those that nobody needs any more can be told. Thread-safe.
class ExceptionBook {
  public:
    /// A line for the notes when this is worth one: the first time after the start that an exception was not
    /// needed, or was over.
    std::optional<std::string> note(const certs::ExceptionUse& use);

    /// A line for each of `exceptions` that was not used since the start.
    std::vector<std::string> unused(const std::vector<certs::ExceptionPtr>& exceptions) const;

  private:
    using Key = std::pair<std::string, Sha256>;  // host and public key, which outlive a reload
    struct Entry {
        std::uint64_t used = 0;
        bool told_not_needed = false;
        bool told_over = false;
    };
    static Key key_of(const certs::Exception& exception) { return {exception.host, exception.spki}; }

    mutable std::mutex mutex_;
    std::map<Key, Entry> entries_;  // no more than there are exceptions in the settings
};

}  // namespace chainmend::proxy
