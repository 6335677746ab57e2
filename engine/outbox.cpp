#include <engine/outbox.hpp>

namespace kedge::engine {

void outbox::push(const outbound& what) {
    items_.push_back({what.type, what.content, what.compress, what.data.size(),
                      what.shared != nullptr ? *what.shared : nullptr});
    if (what.shared == nullptr) bytes_.append(what.data);
    size_ += what.data.size();
}

std::vector<outbound> outbox::packets() const {
    std::vector<outbound> all;
    all.reserve(items_.size());
    std::size_t at = 0;
    for (const auto& each : items_) {
        if (each.shared) {
            all.push_back({each.type, each.content, each.compress, each.shared->data(), &each.shared});
        } else {
            all.push_back(
                {each.type, each.content, each.compress, std::string_view(bytes_).substr(at, each.size)});
            at += each.size;
        }
    }
    return all;
}

}  // namespace kedge::engine
