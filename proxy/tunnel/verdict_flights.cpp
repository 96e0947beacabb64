#include "proxy/tunnel/verdict_flights.h"

#include <utility>

namespace chainmend::proxy {

std::unique_ptr<VerdictFlights::Seat> VerdictFlights::board(EventLoop& loop, const Key& key, Told told) {
    auto passenger = std::make_shared<Passenger>(Passenger{loop, std::move(told)});
    {
        const std::lock_guard lock(mutex_);
        flights_[key].push_back(passenger);
    }
    return std::unique_ptr<Seat>(new Seat(*this, key, std::move(passenger)));
}

void VerdictFlights::tell(const PassengerPtr& passenger, VerdictPtr verdict) {
    passenger->loop.post([passenger, verdict = std::move(verdict)] {
        if (!passenger->told) return;  // its seat was given up meanwhile
        const auto told = std::exchange(passenger->told, nullptr);
        told(verdict);
    });
}

bool VerdictFlights::Seat::is_pilot() const {
    const std::lock_guard lock(flights_.mutex_);
    const auto flight = flights_.flights_.find(key_);
    return flight != flights_.flights_.end() && flight->second.front() == passenger_;
}

void VerdictFlights::Seat::land(VerdictPtr verdict) {
    const std::lock_guard lock(flights_.mutex_);
    const auto flight = flights_.flights_.find(key_);
    if (flight == flights_.flights_.end() || flight->second.front() != passenger_) return;
    const auto passengers = std::move(flight->second);
    flights_.flights_.erase(flight);
    for (const auto& passenger : passengers) {
        if (passenger != passenger_) tell(passenger, verdict);
    }
}

VerdictFlights::Seat::~Seat() {
    passenger_->told = nullptr;
    const std::lock_guard lock(flights_.mutex_);
    const auto flight = flights_.flights_.find(key_);
    if (flight == flights_.flights_.end()) return;
    auto& passengers = flight->second;
    const bool was_pilot = passengers.front() == passenger_;
    std::erase(passengers, passenger_);
    if (passengers.empty()) {
        flights_.flights_.erase(flight);
    } else if (was_pilot) {
        tell(passengers.front(), nullptr);
    }
}

}  // namespace chainmend::proxy
