#include "proxy/upkeep/upkeep.h"

#include "proxy/io/timer.h"

namespace chainmend::proxy {

Upkeep::Upkeep(EventLoop& loop, SharedParts& shared, std::chrono::milliseconds look_at_ca_every,
               std::function<void()> reload)
    : shared_(shared),
      loop_(loop),
      look_at_ca_every_(look_at_ca_every),
      reload_(std::move(reload)),
      dial_parts_(loop, shared),
      renewal_(loop, dial_parts_.parts().fetcher, shared),
      list_(dial_parts_.parts(), reload_) {
    look_at_ca_later();
}

void Upkeep::look_at_ca_later() {
    next_look_ = start_timer(loop_, look_at_ca_every_, [this] {
        look_at_ca_later();
        if (is_to_be_renewed(*shared_.snapshot.load()->ca.ca, shared_.now())) reload_();
    });
}

void Upkeep::take_up_snapshot() {
    dial_parts_.take_up_snapshot();
    list_.take_up_snapshot();
}

}  // namespace chainmend::proxy
