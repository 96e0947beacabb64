#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>

namespace chainmend::proxy {

/// Whether this is how a decision's name looks.
inline bool is_decision_id(const std::string& text) {
    return text.size() == 8 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Names for decisions: eight hexadecimal digits that do not repeat within a process and look unlike their
/// neighbours, so that people do not mix them up. Thread-safe.
class DecisionIds {
  public:
    DecisionIds() : next_(std::random_device{}()) {}

    std::string next() {
        // An odd factor maps 32 bits onto 32 bits one to one (Knuth, TAOCP 6.4: 2^32 divided by the golden
        // ratio).
        const std::uint32_t mixed = next_.fetch_add(1, std::memory_order_relaxed) * 2654435769U;
        static constexpr char digits[] = "0123456789abcdef";
        std::string id(8, '0');
        for (int place = 0; place < 8; ++place)
            id[static_cast<std::size_t>(place)] = digits[(mixed >> (28 - 4 * place)) & 15];
        return id;
    }

  private:
    std::atomic<std::uint32_t> next_;
};

}  // namespace chainmend::proxy
