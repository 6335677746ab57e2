#include <kedge/cluster/messages/message_reader.hpp>

#include <array>
#include <optional>
#include <span>
#include <utility>

#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/wire/codec_reader.hpp>
#include <kedge/socketio/wire/msgpack_reader.hpp>

namespace kedge::cluster {

namespace {

constexpr std::size_t max_depth = 1000;
constexpr std::size_t worth_keeping = 64 * 1024;

std::optional<std::string> name_of(const item& from) {
    if (from.is_string()) return std::string(from.as_string());
    if (!from.is_number()) return std::nullopt;
    std::string spelt;
    append_json_number(spelt, from.as_number());
    return spelt;
}

}  // namespace

bool message_reader::read(std::string_view bytes) {
    if (copy_.capacity() > worth_keeping) std::string().swap(copy_);
    copy_.assign(bytes);
    copy_.push_back('\0');  // the spare byte
    tape_.clear();
    texts_.clear();
    const std::span<char> all(copy_.data(), bytes.size());
    if (bytes.starts_with('{') || bytes.starts_with('['))
        return read_json(all, max_depth, tape_) == json_outcome::read;
    return read_server_msgpack(all, max_depth, tape_, texts_);
}

bool is_event(const item& data) {
    return data.is_array() && (data[0].is_string() || data[0].is_number());
}

bool read_names(const item& from, std::vector<std::string>& to) {
    if (!from.exists() || from.is_null()) return true;
    if (!from.is_array()) return false;
    to.reserve(from.size());
    for (const item each : from.as_array()) {
        auto name = name_of(each);
        if (!name) return false;
        to.push_back(std::move(*name));
    }
    return true;
}

bool read_options(const item& from, broadcast_options& to) {
    if (!from.is_object()) return !from.exists() || from.is_null();
    if (!read_names(from["rooms"], to.rooms) || !read_names(from["except"], to.except)) return false;
    const item flags = from["flags"];
    to.flags.is_volatile = flags["volatile"].as_boolean();
    if (const item compress = flags["compress"]; compress.is_boolean())
        to.flags.compress = compress.as_boolean();
    to.flags.expect_single_response = flags["expectSingleResponse"].as_boolean();
    return true;
}

void write_names(writer& to, const std::vector<std::string>& names) {
    to.begin_array(names.size());
    for (const auto& each : names) to.string(each);
    to.end_array();
}

namespace {

void write_flags(writer& to, const broadcast_flags& flags) {
    const std::array<std::pair<std::string_view, bool>, 3> set{
        {{"volatile", flags.is_volatile},
         {"compress", !flags.compress},
         {"expectSingleResponse", flags.expect_single_response}}};
    std::size_t count = flags.timeout ? 1 : 0;
    for (const auto& [name, is] : set) count += is ? 1 : 0;
    to.begin_object(count);
    for (const auto& [name, is] : set) {
        if (!is) continue;
        to.key(name);
        to.boolean(name != "compress");  // said only where it is not what it is by itself
    }
    if (flags.timeout) {
        to.key("timeout");
        to.integer(flags.timeout->count());
    }
    to.end_object();
}

}  // namespace

void write_options(writer& to, const broadcast_options& from, with_flags flags) {
    to.begin_object(flags == with_flags::yes ? 3 : 2);
    to.key("rooms");
    write_names(to, from.rooms);
    to.key("except");
    write_names(to, from.except);
    if (flags == with_flags::yes) {
        to.key("flags");
        write_flags(to, from.flags);
    }
    to.end_object();
}

}  // namespace kedge::cluster
