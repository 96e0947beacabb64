#include "proxy/upkeep/upkeep.h"

namespace chainmend::proxy {

Upkeep::Upkeep(EventLoop& loop, SharedParts& shared)
    : dial_parts_(loop, shared),
      renewal_(loop, dial_parts_.parts().fetcher, shared),
      list_(dial_parts_.parts()) {}

void Upkeep::take_up_snapshot() {
    dial_parts_.take_up_snapshot();
    list_.take_up_snapshot();
}

}  // namespace chainmend::proxy
