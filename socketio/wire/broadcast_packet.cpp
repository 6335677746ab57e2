#include <kedge/socketio/wire/broadcast_packet.hpp>

#include <algorithm>
#include <utility>

#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/wire/received_binaries.hpp>

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
                                   function_ref<void(writer&)> data, packet_making how)
    : form_(std::move(form)), type_(head.type), nsp_(head.nsp), id_(head.id), offset_(std::move(how.offset)) {
    const auto made = form_->encode(head, data);
    parts_.reserve(1 + made.attachments().size());
    parts_.push_back(engine::message::make(made.content(), std::string(made.head()), how.compress));
    for (const auto bytes : made.attachments()) parts_.push_back(binary_message(bytes, how.compress));
    if (how.wanted != data_form::none) encode_for_adapter(made, data, how.wanted);
}

// What clients get is often what is wanted: then it is shared, else written once more.
void broadcast_packet::encode_for_adapter(const encoded& made, function_ref<void(writer&)> data,
                                          data_form wanted) {
    const bool alike =
        made.data_encoding() == encoding::json ? wanted != data_form::msgpack : wanted == data_form::msgpack;
    if (alike && !made.data().empty()) {
        const auto at = static_cast<std::size_t>(made.data().data() - made.head().data());
        wanted_form_ = made.data_encoding();
        wanted_ = parts_.front()->data().substr(at, made.data().size());
        return;
    }
    auto anew = encode_data(wanted, data);
    wanted_form_ = anew.form;
    beside_ = std::move(anew.bytes);
    wanted_ = beside_;
}

packet_ptr broadcast_packet::event(std::shared_ptr<const parser> form, std::string_view nsp,
                                   std::optional<std::uint64_t> id, std::string_view name,
                                   const outgoing_arguments& sent, packet_making how) {
    const auto data = [&](writer& to) { write_event(to, name, sent, how.offset); };
    const packet_head head{packet_type::event, nsp, id};
    return std::make_shared<const broadcast_packet>(std::move(form), head, data, how);
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

const std::string& broadcast_packet::json() const {
    std::call_once(written_, [this] { json_ = write_json(); });
    return json_;
}

std::string broadcast_packet::write_json() const {
    const kedge::arguments& sent = data();
    const std::size_t count = sent.size() - (offset_.empty() || sent.empty() ? 0U : 1U);
    std::string text;
    json_writer to(text);
    to.begin_array(count);
    for (std::size_t at = 0; at < count; ++at) sent[at].write(to);
    to.end_array();
    return text;
}

std::string broadcast_packet::arguments_json() const {
    const std::string& all = json();
    std::size_t end = 2;  // behind the bracket and the quote before the name
    while (end < all.size() && all[end] != '"') end += all[end] == '\\' ? 2 : 1;
    ++end;
    if (end < all.size() && all[end] == ',') ++end;
    return '[' + all.substr(std::min(end, all.size()));
}

}  // namespace kedge
