#include "proxy/io/resolver.h"

#include <algorithm>
#include <cctype>

#include "proxy/io/timer.h"
#include "proxy/io/uv_check.h"

namespace chainmend::proxy {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

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
    Lookup(EventLoop& loop, const std::string& host, AddressFamilies families,
           std::function<void(Resolution)> completion)
        : query_(new Query{{}, std::move(completion), this}) {
        query_->uv.data = query_;
        addrinfo hints{};
        hints.ai_family = families == AddressFamilies::all ? AF_UNSPEC : AF_INET;
        hints.ai_socktype = SOCK_STREAM;
        const int status =
            uv_getaddrinfo(loop.uv(), &query_->uv, &Lookup::finished, host.c_str(), nullptr, &hints);
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

Result<Resolver::Overrides> Resolver::read_overrides(const std::map<std::string, std::string>& texts) {
    Overrides known;
    for (const auto& [host, text] : texts) {
        const auto address = IpAddress::parse(text);
        if (!address) {
            return Error{ErrorCode::configuration,
                         "upstream.resolve: \"" + text + "\" for " + host + " is not an IP address"};
        }
        known.emplace(lower(host), *address);
    }
    return known;
}

Result<std::unique_ptr<Resolver>> Resolver::make(EventLoop& loop,
                                                 const std::map<std::string, std::string>& overrides) {
    auto known = read_overrides(overrides);
    if (!known) return known.error();
    return std::make_unique<Resolver>(loop, std::move(known).value());
}

OperationPtr Resolver::resolve(const std::string& host, std::function<void(Resolution)> completion) {
    const auto name = lower(host);
    const auto answer = [&](std::vector<IpAddress> addresses) {
        return start_timer(loop_, std::chrono::milliseconds{0},
                           [completion = std::move(completion), addresses = std::move(addresses)] {
                               completion(Resolution{addresses, ResolveFailure::none, {}});
                           });
    };
    const auto overridden = overrides_.find(name);
    if (overridden != overrides_.end()) return answer({overridden->second});
    if (const auto address = IpAddress::parse(host)) return answer({*address});
    const auto known = known_.find(name);
    if (known != known_.end() && loop_.now() < known->second.until) return answer(known->second.addresses);
    if (remember_for_ == std::chrono::milliseconds{0}) return look_up(host, std::move(completion));
    return look_up(host, [this, name, completion = std::move(completion)](Resolution resolution) {
        remember(name, resolution);
        completion(std::move(resolution));
    });
}

OperationPtr Resolver::look_up(const std::string& host, std::function<void(Resolution)> completion) {
    auto ask = [this, host](AddressFamilies families, std::function<void(Resolution)> answered) {
        return std::make_unique<Lookup>(loop_, host, families, std::move(answered));
    };
    return start_name_lookup(loop_, std::move(ask), {}, std::move(completion));
}

void Resolver::remember(const std::string& host, const Resolution& resolution) {
    if (resolution.addresses.empty()) return;
    if (known_.size() >= capacity && !known_.contains(host)) {
        known_.erase(std::min_element(known_.begin(), known_.end(), [](const auto& a, const auto& b) {
            return a.second.until < b.second.until;
        }));
    }
    known_[host] = {resolution.addresses, loop_.now() + remember_for_};
}

}  // namespace chainmend::proxy
