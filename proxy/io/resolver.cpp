#include "proxy/io/resolver.h"

#include <algorithm>

#include "config/ascii.h"
#include "config/host_pattern.h"
#include "proxy/io/timer.h"

namespace chainmend::proxy {

Result<Resolver::Overrides> Resolver::read_overrides(const std::map<std::string, std::string>& texts) {
    Overrides known;
    for (const auto& [host, text] : texts) {
        for (const auto& word : split_patterns(text)) {
            const auto address = IpAddress::parse(word);
            if (!address) {
                return Error{ErrorCode::configuration,
                             "upstream.resolve: \"" + word + "\" for " + host + " is not an IP address"};
            }
            known[ascii_lower(host)].push_back(*address);
        }
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
    return resolve(host, nullptr, std::move(completion));
}

OperationPtr Resolver::resolve(const std::string& host, LookupPlaces::Place place,
                               std::function<void(Resolution)> completion) {
    if (auto addresses = known_addresses(host)) return answer(*std::move(addresses), std::move(completion));
    return look_up(host, std::move(place), std::move(completion));
}

std::optional<std::vector<IpAddress>> Resolver::known_addresses(const std::string& host) const {
    const auto name = ascii_lower(host);
    const auto overridden = overrides_.find(name);
    if (overridden != overrides_.end()) return overridden->second;
    if (const auto address = IpAddress::parse(host)) return std::vector{*address};
    const auto known = known_.find(name);
    if (known != known_.end() && loop_.now() < known->second.until) return known->second.addresses;
    return std::nullopt;
}

OperationPtr Resolver::answer(std::vector<IpAddress> addresses, std::function<void(Resolution)> completion) {
    return start_timer(loop_, std::chrono::milliseconds{0},
                       [completion = std::move(completion), addresses = std::move(addresses)] {
                           completion(Resolution{addresses, ResolveFailure::none, {}});
                       });
}

OperationPtr Resolver::look_up(const std::string& host, LookupPlaces::Place place,
                               std::function<void(Resolution)> completion) {
    auto ask = [this, host, place = std::move(place)](AddressFamilies families,
                                                      std::function<void(Resolution)> answered) {
        return system_(loop_, {host, families, place}, std::move(answered));
    };
    if (remember_for_ == std::chrono::milliseconds{0})
        return start_name_lookup(loop_, std::move(ask), {}, std::move(completion));
    return start_name_lookup(
        loop_, std::move(ask), {},
        [this, name = ascii_lower(host), completion = std::move(completion)](Resolution resolution) {
            remember(name, resolution);
            completion(std::move(resolution));
        });
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
