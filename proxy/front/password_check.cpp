#include "proxy/front/password_check.h"

#include "proxy/io/timer.h"
#include "proxy/io/work_item.h"

namespace chainmend::proxy {
namespace {

// When all places are taken, how long until it is tried again: a hash takes some milliseconds.
constexpr std::chrono::milliseconds patience{20};

class PasswordCheck final : public Operation {
  public:
    PasswordCheck(EventLoop& loop, std::shared_ptr<const PasswordFile> passwords, Credentials credentials,
                  std::function<void(bool)> completion)
        : loop_(loop),
          passwords_(std::move(passwords)),
          credentials_(std::move(credentials)),
          completion_(std::move(completion)) {}

    void begin() {
        if (passwords_->remembers(credentials_)) {
            step_ = start_timer(loop_, std::chrono::milliseconds{0}, [this] { complete(true); });
            return;
        }
        auto place = passwords_->take_place();
        if (!place) {
            step_ = start_timer(loop_, patience, [this] { begin(); });
            return;
        }
        // The work may outlive this: it owns what it touches, and its place until it has ended.
        auto right = std::make_shared<bool>(false);
        step_ = start_work(
            loop_,
            [passwords = passwords_, credentials = credentials_, right, place = std::move(place)] {
                *right = passwords->accepts(credentials);
            },
            [this, right] { complete(*right); });
    }

  private:
    void complete(bool right) {
        const auto completion = std::move(completion_);
        completion(right);
    }

    EventLoop& loop_;
    const std::shared_ptr<const PasswordFile> passwords_;
    const Credentials credentials_;
    std::function<void(bool)> completion_;
    OperationPtr step_;
};

}  // namespace

OperationPtr start_password_check(EventLoop& loop, std::shared_ptr<const PasswordFile> passwords,
                                  Credentials credentials, std::function<void(bool right)> completion) {
    auto check = std::make_unique<PasswordCheck>(loop, std::move(passwords), std::move(credentials),
                                                 std::move(completion));
    check->begin();
    return check;
}

}  // namespace chainmend::proxy
