#include <kedge/socketio/wire/broadcast_packet.hpp>

#include <utility>

namespace kedge {
namespace {

std::string with_spare_byte(const engine::message& part) {
    std::string copy;
    copy.reserve(part.data().size() + 1);
    copy.assign(part.data());
    return copy;
}

}  // namespace

void write_event(writer& to, std::string_view name, const outgoing_arguments& sent, std::string_view offset) {
    to.begin_array(1 + sent.count + (offset.empty() ? 0U : 1U));
    to.string(name);
    if (sent.write) sent.write(to);
    if (!offset.empty()) to.string(offset);
    to.end_array();
}

broadcast_packet::broadcast_packet(std::shared_ptr<const parser> form, const packet_head& head,
                                   function_ref<void(writer&)> data, bool compress, std::string offset)
    : form_(std::move(form)), type_(head.type), nsp_(head.nsp), id_(head.id), offset_(std::move(offset)) {
    const auto made = form_->encode(head, data);
    parts_.reserve(1 + made.attachments().size());
    parts_.push_back(engine::message::make(made.content(), std::string(made.head()), compress));
    for (const auto bytes : made.attachments()) {
        std::string copy(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        parts_.push_back(engine::message::make(engine::content_kind::binary, std::move(copy), compress));
    }
}

packet_ptr broadcast_packet::event(std::shared_ptr<const parser> form, std::string_view nsp,
                                   std::optional<std::uint64_t> id, std::string_view name,
                                   const outgoing_arguments& sent, bool compress, std::string offset) {
    const auto data = [&](writer& to) { write_event(to, name, sent, offset); };
    const packet_head head{packet_type::event, nsp, id};
    return std::make_shared<const broadcast_packet>(std::move(form), head, data, compress, offset);
}

const arguments& broadcast_packet::data() const {
    std::call_once(decoded_, [this] { data_ = decode(); });
    return data_;
}

arguments broadcast_packet::decode() const {
    const auto reading = form_->make_decoder();
    for (const auto& part : parts_) {
        auto copy = with_spare_byte(*part);
        const std::span<char> bytes(copy.data(), copy.size());
        const auto made = part->content() == engine::content_kind::text ? reading->decode_text(bytes)
                                                                        : reading->decode_binary(bytes);
        if (made.packet()) return arguments(made.packet()->data.as_array());
    }
    return {};
}

}  // namespace kedge
