#include <kedge/cluster/messages/kept_session.hpp>

#include <span>

#include <kedge/cluster/messages/message_reader.hpp>
#include <kedge/engine/base64.hpp>
#include <kedge/socketio/wire/msgpack_writer.hpp>

namespace kedge::cluster {

std::string write_session(const stored_session& session) {
    std::string packed;
    msgpack_writer to(packed);
    const auto member = [&](std::string_view name, const std::string& text) {
        to.key(name);
        to.string(text);
    };
    to.begin_object(8);
    member("sid", session.sid);
    member("pid", session.pid);
    to.key("rooms");
    write_names(to, session.rooms);
    to.key("data");
    session.data.write(to);
    member("offset", session.offset);
    member("from", session.from);
    member("began", session.began);
    to.key("early");
    write_names(to, session.early);
    to.end_object();
    std::string text;
    engine::append_base64(text, packed);
    return text;
}

std::optional<stored_session> read_session(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::string bytes(text);
    bytes.resize(engine::decode_base64(std::span(bytes)));
    message_reader reader;
    if (!reader.read(bytes)) return std::nullopt;
    const item from = reader.root();
    stored_session made;
    made.sid = from["sid"].as_string();
    made.pid = from["pid"].as_string();
    made.offset = from["offset"].as_string();
    made.from = from["from"].as_string();
    made.began = from["began"].as_string();
    made.data = value(from["data"]);
    if (!read_names(from["early"], made.early)) made.early.clear();  // another implementation writes none
    if (made.sid.empty() || made.pid.empty() || !read_names(from["rooms"], made.rooms)) return std::nullopt;
    return made;
}

}  // namespace kedge::cluster
