#include "proxy/io/name_lookup.h"

#include <optional>

#include "proxy/io/timer.h"

namespace chainmend::proxy {
namespace {

class NameLookup final : public Operation {
  public:
    NameLookup(EventLoop& loop, AskSystem ask, const NameLookupOptions& options,
               std::function<void(Resolution)> completion)
        : loop_(loop), ask_(std::move(ask)), options_(options), completion_(std::move(completion)) {
        all_ = ask_(AddressFamilies::all,
                    [this](Resolution resolution) { all_answered(std::move(resolution)); });
        timer_ = start_timer(loop_, options_.patience, [this] { ask_for_v4(); });
    }

  private:
    void ask_for_v4() {
        v4_ = ask_(AddressFamilies::v4_only, [this](Resolution resolution) {
            if (resolution.addresses.empty()) return;  // the other answer tells why
            v4_answer_ = std::move(resolution);
            timer_ =
                start_timer(loop_, options_.resolution_delay, [this] { complete(std::move(*v4_answer_)); });
        });
    }

    void all_answered(Resolution resolution) {
        // Where only the question for IPv6 has failed there are addresses all the same.
        if (resolution.addresses.empty() && v4_answer_) return complete(std::move(*v4_answer_));
        complete(std::move(resolution));
    }

    void complete(Resolution resolution) {
        // One answer is enough: what is still asked for ends unheard.
        timer_.reset();
        v4_.reset();
        all_.reset();
        const auto completion = std::move(completion_);
        completion(std::move(resolution));
    }

    EventLoop& loop_;
    const AskSystem ask_;
    const NameLookupOptions options_;
    std::function<void(Resolution)> completion_;
    std::optional<Resolution> v4_answer_;
    OperationPtr all_;
    OperationPtr v4_;
    OperationPtr timer_;
};

}  // namespace

OperationPtr start_name_lookup(EventLoop& loop, AskSystem ask, const NameLookupOptions& options,
                               std::function<void(Resolution)> completion) {
    return std::make_unique<NameLookup>(loop, std::move(ask), options, std::move(completion));
}

}  // namespace chainmend::proxy
