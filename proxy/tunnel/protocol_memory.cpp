#include "proxy/tunnel/protocol_memory.h"

namespace chainmend::proxy {

ProtocolMemory::Protocols ProtocolMemory::expect(const std::string& client, const std::string& server) const {
    std::lock_guard lock(mutex_);
    const auto slot = slots_.find({client, server});
    return slot == slots_.end() ? Protocols{"http/1.1"} : slot->second.protocols;
}

void ProtocolMemory::note(const std::string& client, const std::string& server, const Protocols& protocols) {
    if (protocols.size() > max_protocols) return;
    std::lock_guard lock(mutex_);
    const Key key{client, server};
    if (const auto known = slots_.find(key); known != slots_.end()) {
        known->second.protocols = protocols;
        ages_.splice(ages_.begin(), ages_, known->second.age);
        return;
    }
    ages_.push_front(key);
    slots_.emplace(key, Slot{protocols, ages_.begin()});
    if (slots_.size() <= capacity) return;
    slots_.erase(ages_.back());
    ages_.pop_back();
}

}  // namespace chainmend::proxy
