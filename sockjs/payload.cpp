#include <kedge/sockjs/payload.hpp>

#include <cstddef>
#include <utility>

#include <kedge/engine/query_string.hpp>
#include <kedge/engine/utf8.hpp>
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/wire/codec_reader.hpp>

namespace kedge::sockjs {

namespace {

// Messages are strings in one array: whatever is deeper is refused anyway.
constexpr std::size_t max_depth = 8;

void add_valid(message_queue& to, std::string_view text) {
    engine::valid_utf8(text) ? to.push(text) : to.push(engine::repair_utf8(text));
}

payload read_items(const items& all) {
    std::size_t bytes = 0;
    for (const item each : all) {
        if (!each.is_string()) return {.what = payload::outcome::nothing};
        bytes += each.as_string().size();
    }
    payload made;
    made.messages.reserve(all.size(), bytes);
    for (const item each : all) add_valid(made.messages, each.as_string());
    return made;
}

template <class Read>
payload read_json_payload(std::string& text, Read&& read) {
    if (text.empty()) return {.what = payload::outcome::nothing};
    const std::size_t size = text.size();
    text.push_back('\0');      // the byte that reading in place may use
    thread_local tape values;  // new pages for very many messages would cost more than reading them
    values.clear();
    if (read_json({text.data(), size}, max_depth, values) != json_outcome::read)
        return {.what = payload::outcome::no_json};
    return read(values.root());
}

}  // namespace

payload read_payload(std::string text) {
    return read_json_payload(text, [](const item& root) {
        return root.is_array() ? read_items(root.as_array()) : payload{.what = payload::outcome::nothing};
    });
}

payload read_message(std::string text) {
    return read_json_payload(text, [](const item& root) {
        if (!root.is_string()) {
            return root.is_array() ? read_items(root.as_array()) : payload{.what = payload::outcome::nothing};
        }
        payload one;
        add_valid(one.messages, root.as_string());
        return one;
    });
}

std::string payload_of_form(std::string_view form) {
    engine::query_reader fields(form);
    engine::query_item field;
    while (fields.next(field)) {
        if (field.key == "d") return engine::form_decoded(field.value);
    }
    return {};
}

}  // namespace kedge::sockjs
