#include <kedge/socketio/wire/event_data.hpp>

#include <vector>

#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/wire/codec_reader.hpp>
#include <kedge/socketio/wire/msgpack_reader.hpp>
#include <kedge/socketio/wire/msgpack_writer.hpp>

namespace kedge {
namespace {

constexpr std::size_t deepest_data = 1000;

encoded_data as_msgpack(function_ref<void(writer&)> data) {
    encoded_data made{encoding::msgpack};
    msgpack_writer out(made.bytes);
    data(out);
    return made;
}

bool is_name(const item& first) {
    return first.is_string() || first.is_number();
}

bool is_named_json(std::string_view text) {
    const auto at = text.find_first_not_of(" \t\r\n");
    if (at == std::string_view::npos || text[at] != '[') return false;
    const auto first = text.find_first_not_of(" \t\r\n", at + 1);
    return first != std::string_view::npos && text[first] == '"';
}

// How long the head of an array is that is not empty; else 0.
std::size_t array_head(std::string_view bytes) {
    const auto first = bytes.empty() ? 0U : static_cast<unsigned char>(bytes.front());
    if (first > 0x90 && first <= 0x9f) return 1;
    if (first == 0xdc) return 3;
    return first == 0xdd ? 5 : 0;
}

bool is_named_msgpack(std::string_view bytes) {
    const auto head = array_head(bytes);
    if (head == 0 || bytes.size() <= head) return false;
    const auto first = static_cast<unsigned char>(bytes[head]);
    return (first >= 0xa0 && first <= 0xbf) || (first >= 0xd9 && first <= 0xdb);
}

}  // namespace

encoded_data encode_data(data_form form, function_ref<void(writer&)> data) {
    if (form == data_form::msgpack) return as_msgpack(data);
    encoded_data made;
    json_writer::binaries found;
    json_writer out(made.bytes, form == data_form::json_or_msgpack ? &found : nullptr);
    data(out);
    return found.empty() ? std::move(made) : as_msgpack(data);
}

bool event_data::has_name() const noexcept {
    if (is_decoded()) return is_name(decoded_.as_array().front());
    return form_ == encoding::json ? is_named_json(bytes_) : is_named_msgpack(bytes_);
}

void event_data_writer::write(writer& to, std::string_view offset) {
    if (!from_.is_decoded() && write_as_it_is(to, offset)) return;
    const item data = from_.is_decoded() ? from_.decoded() : decode();
    const std::size_t count = data.exists() ? data.size() : 1;
    to.begin_array(count + (offset.empty() ? 0U : 1U));
    for (const item each : data.as_array()) each.write(to);
    if (!data.exists()) to.string("");
    if (!offset.empty()) to.string(offset);
    to.end_array();
}

bool event_data_writer::write_as_it_is(writer& to, std::string_view offset) {
    if (offset.empty()) return to.verbatim(from_.form(), from_.bytes());
    if (from_.form() != encoding::json) return false;
    const auto bytes = from_.bytes();
    copy_.assign(bytes.substr(0, bytes.rfind(']')));
    copy_ += ',';
    append_json_string(copy_, offset);
    copy_ += ']';
    return to.verbatim(encoding::json, copy_);
}

// Readers work in place, JSON's with one spare byte.
item event_data_writer::decode() {
    copy_.reserve(from_.bytes().size() + 1);
    copy_.assign(from_.bytes());
    if (from_.form() == encoding::msgpack)
        return read_server_msgpack(copy_, deepest_data, tape_, texts_) ? tape_.root() : item();
    return read_json(copy_, deepest_data, tape_) == json_outcome::read ? tape_.root() : item();
}

}  // namespace kedge
