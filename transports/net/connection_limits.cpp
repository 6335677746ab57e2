#include <kedge/transports/net/connection_limits.hpp>

#include <arpa/inet.h>

#include <array>
#include <utility>

namespace kedge::transports {

using namespace std::chrono_literals;

std::string host_key(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";
    if (address.substr(0, mapped.size()) == mapped && address.find('.') != std::string_view::npos)
        address.remove_prefix(mapped.size());
    std::array<char, 16> bytes{};
    if (::inet_pton(AF_INET6, std::string(address).c_str(), bytes.data()) == 1) return {bytes.data(), 8};
    return std::string(address);
}

std::string_view to_string(limit_reason reason) noexcept {
    switch (reason) {
        case limit_reason::connections:
            return "too many connections";
        case limit_reason::connections_per_address:
            return "too many connections from one address";
        case limit_reason::handshakes_per_second:
            return "too many new connections in one second";
        case limit_reason::none:
            break;
    }
    return "none";
}

connection_permit::connection_permit(std::shared_ptr<connection_limits> limits, std::string key) noexcept
    : limits_(std::move(limits)), key_(std::move(key)) {}

connection_permit::~connection_permit() {
    limits_->give_back(key_);
}

connection_limits::connection_limits(limit_options options) : options_(options) {}

connection_limits::verdict connection_limits::admit(std::string_view address, engine::time_point now) {
    const bool counted = options_.connections != 0 || options_.connections_per_address != 0;
    if (!counted && options_.handshakes_per_second == 0) return {};
    std::string key = host_key(address);
    const std::lock_guard lock(mutex_);
    if (const limit_reason refused = check(key, now); refused != limit_reason::none) return refuse(refused);
    if (!counted) return {};
    return count(std::move(key));
}

connection_limits::verdict connection_limits::admit_passed_on(std::string_view address) {
    if (options_.connections_per_address == 0) return {};
    std::string key = host_key(address);
    const std::lock_guard lock(mutex_);
    if (crowded(key)) return refuse(limit_reason::connections_per_address);
    return count(std::move(key));
}

connection_limits::verdict connection_limits::refuse(limit_reason why) noexcept {
    refused_[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
    return {why, nullptr};
}

/// Counts when all that it takes is there: what fails leaves no place taken.
connection_limits::verdict connection_limits::count(std::string key) {
    std::size_t* const of_address = key.empty() ? nullptr : &by_address_[key];
    auto permit = std::make_unique<connection_permit>(shared_from_this(), std::move(key));
    ++open_;
    if (of_address) ++*of_address;
    return {limit_reason::none, std::move(permit)};
}

/// The peers of a UNIX socket have no address.
bool connection_limits::crowded(const std::string& key) const {
    if (options_.connections_per_address == 0 || key.empty()) return false;
    const auto found = by_address_.find(key);
    return found != by_address_.end() && found->second >= options_.connections_per_address;
}

limit_reason connection_limits::check(const std::string& key, engine::time_point now) {
    if (options_.connections != 0 && open_ >= options_.connections) return limit_reason::connections;
    if (crowded(key)) return limit_reason::connections_per_address;
    return too_fast(now) ? limit_reason::handshakes_per_second : limit_reason::none;
}

bool connection_limits::too_fast(engine::time_point now) {
    if (options_.handshakes_per_second == 0) return false;
    if (now - window_begin_ >= 1s) {
        window_begin_ = now;
        in_window_ = 0;
    }
    if (in_window_ >= options_.handshakes_per_second) return true;
    ++in_window_;
    return false;
}

void connection_limits::give_back(const std::string& key) noexcept {
    const std::lock_guard lock(mutex_);
    --open_;
    const auto found = by_address_.find(key);
    if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
}

std::size_t connection_limits::open() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

std::uint64_t connection_limits::refused(limit_reason reason) const noexcept {
    return refused_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
}

}  // namespace kedge::transports
