#include "proxy/io/system_lookup.h"

#include <algorithm>
#include <utility>

#include "proxy/io/timer.h"
#include "proxy/io/uv_check.h"

namespace chainmend::proxy {
namespace {

Resolution failed(int status) {
    const bool not_found = status == UV_EAI_NONAME || status == UV_EAI_NODATA ||
                           status == UV_EAI_ADDRFAMILY || status == UV_EINVAL;
    return {{}, not_found ? ResolveFailure::not_found : ResolveFailure::temporary, uv_strerror(status)};
}

Resolution found(const addrinfo* list) {
    Resolution resolution;
    for (; list; list = list->ai_next) {
        const auto address = SocketAddress::from_sockaddr(list->ai_addr);
        if (!address) continue;
        auto& known = resolution.addresses;
        if (std::find(known.begin(), known.end(), address->address) == known.end())
            known.push_back(address->address);
    }
    return resolution.addresses.empty() ? failed(UV_EAI_NODATA) : resolution;
}

class Lookup final : public Operation {
  public:
    Lookup(EventLoop& loop, SystemQuestion question, std::function<void(Resolution)> completion)
        : query_(new Query{{}, std::move(completion), this, std::move(question.place)}) {
        query_->uv.data = query_;
        addrinfo hints{};
        hints.ai_family = question.families == AddressFamilies::all ? AF_UNSPEC : AF_INET;
        hints.ai_socktype = SOCK_STREAM;
        const int status =
            uv_getaddrinfo(loop.uv(), &query_->uv, &Lookup::finished, question.host.c_str(), nullptr, &hints);
        if (status == 0) return;
        std::unique_ptr<Query> query(std::exchange(query_, nullptr));
        refused_ =
            start_timer(loop, std::chrono::milliseconds{0},
                        [completion = std::move(query->completion), status] { completion(failed(status)); });
    }

    ~Lookup() override {
        if (!query_) return;
        query_->owner = nullptr;
        query_->completion = nullptr;
        uv_cancel(reinterpret_cast<uv_req_t*>(&query_->uv));  // fails when it has begun: then it ends unheard
    }

  private:
    struct Query {
        uv_getaddrinfo_t uv;
        std::function<void(Resolution)> completion;
        Lookup* owner;
        LookupPlaces::Place place;
    };

    static void finished(uv_getaddrinfo_t* request, int status, addrinfo* list) {
        const std::unique_ptr<Query> query(static_cast<Query*>(request->data));
        const std::unique_ptr<addrinfo, decltype(&uv_freeaddrinfo)> addresses(list, &uv_freeaddrinfo);
        if (!query->owner) return;
        query->owner->query_ = nullptr;
        const auto completion = std::move(query->completion);
        completion(status == 0 ? found(list) : failed(status));
    }

    Query* query_;  // the pool's until finished()
    OperationPtr refused_;
};

}  // namespace

OperationPtr start_system_lookup(EventLoop& loop, SystemQuestion question,
                                 std::function<void(Resolution)> completion) {
    return std::make_unique<Lookup>(loop, std::move(question), std::move(completion));
}

}  // namespace chainmend::proxy
