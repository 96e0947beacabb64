#include "proxy/policy/exception_book.h"

#include "proxy/policy/exceptions.h"

namespace chainmend::proxy {

std::optional<std::string> ExceptionBook::note(const certs::ExceptionUse& use) {
    using State = certs::ExceptionUse::State;
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[key_of(*use.exception)];
    if (use.state == State::used) ++entry.used;
    if (use.state == State::not_needed && !entry.told_not_needed) {
        entry.told_not_needed = true;
        return name_of(*use.exception) + " is not needed: the host is accepted without it";
    }
    if (use.state == State::expired && !entry.told_over) {
        entry.told_over = true;
        return name_of(*use.exception) + " ended on " + to_date(use.exception->expires) +
               " and forgives nothing any more";
    }
    return std::nullopt;
}

std::vector<std::string> ExceptionBook::unused(const std::vector<certs::ExceptionPtr>& exceptions) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> lines;
    for (const auto& exception : exceptions) {
        const auto entry = entries_.find(key_of(*exception));
        if (entry == entries_.end() || entry->second.used == 0)
            lines.push_back(name_of(*exception) + " was not used since the start");
    }
    return lines;
}

}  // namespace chainmend::proxy
