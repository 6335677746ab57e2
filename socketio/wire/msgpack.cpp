#include <kedge/socketio/wire/msgpack.hpp>

#include <kedge/socketio/wire/msgpack_reader.hpp>
#include <kedge/socketio/wire/msgpack_writer.hpp>

namespace kedge {
namespace {

bool is_data_valid(packet_type type, const item& data) {
    switch (type) {
        case packet_type::connect:
            return !data.exists() || data.is_object();
        case packet_type::disconnect:
            return !data.exists();
        case packet_type::connect_error:
            return data.is_string() || data.is_object();
        default:
            return data.is_array();
    }
}

/// The members of a packet that count, found in one walk; others are ignored.
struct members_of_packet {
    item type, nsp, id, data;

    explicit members_of_packet(const item& root) {
        for (const member_item each : root.as_object()) {
            if (each.key == "type") type = each.value;
            if (each.key == "nsp") nsp = each.value;
            if (each.key == "id") id = each.value;
            if (each.key == "data") data = each.value;
        }
    }
};

/// Fills a packet in; answers what is wrong with it, or nothing.
std::string_view fill(packet& to, const members_of_packet& from) {
    const auto type = from.type.as_uint64();
    if (!type || *type > 4) return "invalid packet type";
    to.type = static_cast<packet_type>(*type);
    if (!from.nsp.is_string()) return "invalid namespace";
    to.nsp = from.nsp.as_string();
    if (!is_data_valid(to.type, from.data)) return "invalid payload";
    to.data = from.data;
    if (from.id.exists()) to.id = from.id.as_uint64();
    if (from.id.exists() && (!to.id || *to.id > max_packet_id)) return "invalid packet id";
    return {};
}

class msgpack_decoder final : public decoder {
  public:
    explicit msgpack_decoder(const parser_options& options) : options_(options) {}

    decoded decode_text(std::span<char>) override { return decoded::failure("invalid packet"); }

    decoded decode_binary(std::span<char> bytes) override {
        auto made = decoded::lease();
        auto& storage = made.storage();
        if (!read_msgpack(bytes, options_.max_depth, storage.tape, storage.texts)) {
            return decoded::failure("invalid packet");
        }
        const members_of_packet members(storage.tape.root());
        if (const auto error = fill(storage.packet, members); !error.empty()) {
            return decoded::failure(error);
        }
        if (storage.packet.type == packet_type::event) {
            storage.packet.event = event_name(storage.packet.data, storage.texts);
        }
        return made;
    }

  private:
    const parser_options& options_;
};

class msgpack_packet_parser final : public parser {
  public:
    explicit msgpack_packet_parser(parser_options options) : options_(options) {}

    std::unique_ptr<decoder> make_decoder() const override {
        return std::make_unique<msgpack_decoder>(options_);
    }

    encoded encode(const packet_head& head, function_ref<void(writer&)> data) const override {
        auto made = encoded::lease();
        std::string& buffer = made.storage().buffer;
        msgpack_writer out(buffer);
        out.begin_object(std::size_t{2} + head.id.has_value() + static_cast<bool>(data));
        if (head.id) {
            out.key("id");
            out.unsigned_integer(*head.id);
        }
        out.key("type");
        out.unsigned_integer(static_cast<std::uint64_t>(head.type));
        std::size_t begin = 0;
        std::size_t end = 0;
        if (data) {
            out.key("data");
            begin = buffer.size();
            data(out);
            end = buffer.size();
        }
        out.key("nsp");
        out.string(head.nsp);
        made.set_head(engine::content_kind::binary, buffer);
        made.set_data(encoding::msgpack, std::string_view(buffer).substr(begin, end - begin));
        return made;
    }

  private:
    parser_options options_;
};

}  // namespace

std::shared_ptr<const parser> msgpack_parser(parser_options options) {
    return std::make_shared<msgpack_packet_parser>(options);
}

}  // namespace kedge
