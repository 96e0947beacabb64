#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "proxy/io/resolver.h"

namespace chainmend::test {

/// A system whose name servers answer for nobody. What was asked stays on its pool when nobody waits any
/// more.
struct HangingSystem {
    proxy::Resolver::System asked() {
        return [this](proxy::EventLoop&, proxy::SystemQuestion question,
                      std::function<void(proxy::Resolution)>) {
            names.insert(question.host);
            pool.push_back(std::move(question));
            return std::make_unique<Silence>();
        };
    }
    class Silence final : public proxy::Operation {};
    std::set<std::string> names;
    std::vector<proxy::SystemQuestion> pool;
};

}  // namespace chainmend::test
