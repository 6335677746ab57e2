#include <transports/compressed_cache.hpp>

namespace kedge::transports {

compressed_cache::bytes compressed_cache::find_or_make(const std::string& key,
                                                       const std::function<bytes()>& make) {
    {
        const std::lock_guard guard(lock_);
        if (const auto found = kept_.find(key); found != kept_.end()) return found->second;
    }
    // Made without the lock: two workers may make the same bytes at once, which is rare and harmless.
    auto made = make();
    if (made && made->size() <= most_bytes_ / 4) keep(key, made);
    return made;
}

void compressed_cache::keep(const std::string& key, const bytes& made) {
    const std::lock_guard guard(lock_);
    if (!kept_.emplace(key, made).second) return;
    order_.push_back(key);
    size_ += made->size();
    while (size_ > most_bytes_) {
        const auto oldest = kept_.find(order_.front());
        size_ -= oldest->second->size();
        kept_.erase(oldest);
        order_.pop_front();
    }
}

}  // namespace kedge::transports
