#include <kedge/transports/pages/compressed_cache.hpp>

namespace kedge::transports {
namespace {

// A tenth of a second's work, or a little more.
constexpr std::size_t made_per_second = std::size_t{4} << 20;
constexpr std::size_t entry_overhead = 128;

std::size_t cost(const std::string& key, const compressed_cache::bytes& made) noexcept {
    return entry_overhead + key.size() + (made ? made->size() : 0);
}

}  // namespace

compressed_cache::bytes compressed_cache::find_or_make(const std::string& key, std::size_t size,
                                                       const std::function<bytes()>& make,
                                                       clock::time_point now) {
    {
        const std::lock_guard guard(lock_);
        if (const auto found = kept_.find(key); found != kept_.end()) return found->second;
        if (!may_make(size, now)) return nullptr;
    }
    // Made without the lock: two workers may make the same bytes at once, which is rare and harmless.
    auto made = make();
    if (made && made->size() > most_bytes_ / 4) made = nullptr;
    keep(key, made);
    return made;
}

bool compressed_cache::may_make(std::size_t size, clock::time_point now) noexcept {
    if (now - second_ >= std::chrono::seconds(1)) {
        second_ = now;
        made_in_it_ = 0;
    }
    if (made_in_it_ > 0 && made_in_it_ + size > made_per_second) return false;
    made_in_it_ += size;
    return true;
}

void compressed_cache::keep(const std::string& key, const bytes& made) {
    const std::lock_guard guard(lock_);
    if (!kept_.emplace(key, made).second) return;
    order_.push_back(key);
    size_ += cost(key, made);
    while (size_ > most_bytes_) {
        const auto oldest = kept_.find(order_.front());
        size_ -= cost(oldest->first, oldest->second);
        kept_.erase(oldest);
        order_.pop_front();
    }
}

}  // namespace kedge::transports
