#include <kedge/socketio/wire/received_binaries.hpp>

#include <string>
#include <utility>

namespace kedge {
namespace {

thread_local const received_binaries* innermost = nullptr;

}  // namespace

received_binaries::received_binaries(std::span<const engine::message_ptr> all) noexcept
    : all_(all), outer_(std::exchange(innermost, this)) {}

received_binaries::~received_binaries() {
    innermost = outer_;
}

engine::message_ptr received_binaries::find(std::span<const std::byte> bytes) noexcept {
    const auto* const begin = reinterpret_cast<const char*>(bytes.data());
    for (const received_binaries* each = innermost; each; each = each->outer_)
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
