#include <kedge/socketio/value/text_arena.hpp>

#include <algorithm>
#include <cstring>

namespace kedge {

std::string_view text_arena::keep(std::string_view text) {
    if (text.size() > left_ || blocks_.empty()) {
        left_ = std::max(text.size(), block_size);
        blocks_.push_back(std::make_unique<char[]>(left_));
        next_ = blocks_.back().get();
    }
    char* const kept = next_;
    std::memcpy(kept, text.data(), text.size());
    next_ += text.size();
    left_ -= text.size();
    return {kept, text.size()};
}

void text_arena::clear() noexcept {
    blocks_.clear();
    next_ = nullptr;
    left_ = 0;
}

}  // namespace kedge
