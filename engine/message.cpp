#include <kedge/engine/message.hpp>

namespace kedge::engine {

message_ptr message::make(content_kind content, std::string data, bool compress) {
    return std::make_shared<const message>(content, std::move(data), compress);
}

message::message(content_kind content, std::string data, bool compress)
    : data_(std::move(data)), content_(content), compress_(compress) {}

message::~message() {
    for (auto& form : forms_) delete form.load(std::memory_order_acquire);
}

std::string_view message::keep(slot& where, std::string built) {
    auto mine = std::make_unique<const std::string>(std::move(built));
    const std::string* kept = nullptr;
    if (!where.compare_exchange_strong(kept, mine.get(), std::memory_order_acq_rel)) return *kept;
    return *mine.release();
}

}  // namespace kedge::engine
