#include <kedge/admin/attempts.hpp>

#include <chrono>
#include <utility>

#include <kedge/transports/net/connection_limits.hpp>

namespace kedge::admin {

bool attempts::admit(std::string_view address, engine::time_point now) {
    auto host = transports::host_key(address);
    const std::lock_guard hold(lock_);
    if (now - minute_ >= std::chrono::minutes(1)) {
        minute_ = now;
        tried_.clear();
        others_ = 0;
    }
    const auto found = tried_.find(host);
    if (found != tried_.end()) return ++found->second <= most_;
    if (tried_.size() >= hosts_) return ++others_ <= most_;
    tried_.emplace(std::move(host), 1);
    return most_ > 0;
}

void attempts::forgive(std::string_view address) {
    const auto host = transports::host_key(address);
    const std::lock_guard hold(lock_);
    tried_.erase(host);
}

}  // namespace kedge::admin
