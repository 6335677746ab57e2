#include <kedge/socketio/wire/packet.hpp>

#include <string>

#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/value/text_arena.hpp>

namespace kedge {

std::string_view event_name(const item& data, text_arena& texts) {
    const item name = data.as_array().front();
    if (!name.is_number()) return name.as_string();
    std::string text;
    json_writer out(text);
    name.write(out);
    return texts.keep(text);
}

}  // namespace kedge
