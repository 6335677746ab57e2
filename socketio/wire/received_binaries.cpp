#include <kedge/socketio/wire/received_binaries.hpp>

#include <string>
#include <utility>

namespace kedge {
namespace {

thread_local received_binaries* first_held = nullptr;

}  // namespace

void received_binaries::hold(std::vector<engine::message_ptr> all) noexcept {
    clear();
    all_ = std::move(all);
    if (!all_.empty()) next_ = std::exchange(first_held, this);
}

void received_binaries::clear() noexcept {
    if (all_.empty()) return;
    received_binaries** at = &first_held;
    while (*at != this) at = &(*at)->next_;
    *at = std::exchange(next_, nullptr);
    std::vector<engine::message_ptr>().swap(all_);
}

engine::message_ptr received_binaries::find(std::span<const std::byte> bytes) noexcept {
    const auto* const begin = reinterpret_cast<const char*>(bytes.data());
    for (const received_binaries* each = first_held; each; each = each->next_)
        for (const engine::message_ptr& one : each->all_)
            if (one->data().data() == begin && one->data().size() == bytes.size()) return one;
    return nullptr;
}

engine::message_ptr binary_message(std::span<const std::byte> bytes, bool compress) {
    if (auto came = received_binaries::find(bytes); came && came->compress() == compress) return came;
    std::string copy(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return engine::message::make(engine::content_kind::binary, std::move(copy), compress);
}

}  // namespace kedge
