#include <kedge/socketio/wire/codec.hpp>

#include <array>
#include <charconv>
#include <cstring>

#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/wire/codec_reader.hpp>

namespace kedge {
namespace {

/// What stands before the JSON, and how much of the text it takes.
struct text_head {
    packet_head head;
    std::size_t attachments = 0;
    std::size_t size = 0;
};

std::string_view unknown_type(char type) {
    switch (type) {
        case '7':
            return "unknown packet type 7";
        case '8':
            return "unknown packet type 8";
        case '9':
            return "unknown packet type 9";
        default:
            return "unknown packet type NaN";
    }
}

bool is_binary(packet_type type) {
    return type == packet_type::binary_event || type == packet_type::binary_ack;
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Reads text_head piece by piece; each step answers what is wrong, or nothing.
class head_reader {
  public:
    head_reader(std::string_view text, const parser_options& options) : text_(text), options_(options) {}

    std::string_view read() {
        auto error = read_type();
        if (error.empty() && is_binary(found.head.type)) error = read_attachments();
        if (error.empty()) error = read_nsp();
        if (error.empty()) error = read_id();
        found.size = at_;
        return error;
    }

    text_head found;

  private:
    std::string_view read_type() {
        const char type = text_.empty() ? '\0' : text_.front();
        if (type < '0' || type > '6') return unknown_type(type);
        found.head.type = static_cast<packet_type>(type - '0');
        at_ = 1;
        return {};
    }

    std::string_view read_attachments() {
        const char* const end = text_.data() + text_.size();
        const auto read = std::from_chars(text_.data() + at_, end, found.attachments);
        if (read.ec == std::errc::invalid_argument || read.ptr == end || *read.ptr != '-') {
            return "Illegal attachments";
        }
        if (read.ec != std::errc() || found.attachments > options_.max_attachments)
            return "too many attachments";
        if (found.attachments == 0) return "Illegal attachments";
        at_ = static_cast<std::size_t>(read.ptr - text_.data()) + 1;
        return {};
    }

    std::string_view read_nsp() {
        if (at_ == text_.size() || text_[at_] != '/') return {};
        const auto comma = std::min(text_.find(',', at_), text_.size());
        found.head.nsp = text_.substr(at_, comma - at_);
        at_ = std::min(comma + 1, text_.size());
        return {};
    }

    std::string_view read_id() {
        if (at_ == text_.size() || !is_digit(text_[at_])) return {};
        std::uint64_t id = 0;
        const auto read = std::from_chars(text_.data() + at_, text_.data() + text_.size(), id);
        if (read.ec != std::errc() || id > max_packet_id) return "invalid packet id";
        found.head.id = id;
        at_ = static_cast<std::size_t>(read.ptr - text_.data());
        return {};
    }

    std::string_view text_;
    const parser_options& options_;
    std::size_t at_ = 0;
};

bool is_event_name(const item& name) {
    return name.is_number() || (name.is_string() && !is_reserved_event(name.as_string()));
}

bool is_payload_valid(packet_type type, const item& data) {
    switch (type) {
        case packet_type::connect:
            return data.is_object();
        case packet_type::disconnect:
            return false;
        case packet_type::connect_error:
            return data.is_string() || data.is_object();
        case packet_type::event:
            return data.is_array() && is_event_name(data.as_array().front());
        default:
            return data.is_array();
    }
}

packet_type without_binary(packet_type type) {
    if (type == packet_type::binary_event) return packet_type::event;
    return type == packet_type::binary_ack ? packet_type::ack : type;
}

/// Decodes a text whose head was read. `attachments` are null as long as they are not all there.
decoded decode_payload(decoded made, const text_head& head, std::span<char> text,
                       const std::vector<engine::message_ptr>* attachments, const parser_options& options) {
    auto& storage = made.storage();
    storage.packet.type = without_binary(head.head.type);
    storage.packet.nsp = head.head.nsp;
    storage.packet.id = head.head.id;
    if (head.size == text.size()) return made;
    const auto outcome = read_json(text.subspan(head.size), options.max_depth, storage.tape, attachments);
    if (outcome == json_outcome::illegal_attachments) return decoded::failure("illegal attachments");
    const item data = storage.tape.root();
    if (outcome != json_outcome::read || !is_payload_valid(storage.packet.type, data)) {
        return decoded::failure("invalid payload");
    }
    storage.packet.data = data;
    if (storage.packet.type == packet_type::event) storage.packet.event = event_name(data, storage.texts);
    return made;
}

/// The memory of a packet whose binaries have not all arrived.
struct incomplete {
    std::string text;
    std::vector<engine::message_ptr> attachments;
    std::size_t wanted = 0;
};

class json_decoder final : public decoder {
  public:
    explicit json_decoder(const parser_options& options) : options_(options) {}

    decoded decode_text(std::span<char> text) override {
        if (incomplete_) return decoded::failure("got plaintext data when reconstructing a packet");
        head_reader reader({text.data(), text.size()}, options_);
        if (const auto error = reader.read(); !error.empty()) return decoded::failure(error);
        const text_head& head = reader.found;
        if (head.attachments == 0) return decode_payload(decoded::lease(), head, text, nullptr, options_);

        // The text is kept as it came, since reading changes it, and read now all the same: what is wrong
        // with it is told before its binaries are waited for.
        auto kept = std::make_unique<incomplete>();
        kept->text.assign(text.data(), text.size());
        kept->wanted = head.attachments;
        auto checked = decode_payload(decoded::lease(), head, text, nullptr, options_);
        if (checked.failed()) return checked;
        incomplete_ = std::move(kept);
        return decoded::need_more();
    }

    decoded decode_binary(std::span<char> bytes) override {
        if (!incomplete_) return decoded::failure("got binary data when not reconstructing a packet");
        incomplete_->attachments.push_back(
            engine::message::make(engine::content_kind::binary, {bytes.data(), bytes.size()}));
        if (incomplete_->attachments.size() < incomplete_->wanted) return decoded::need_more();
        return complete();
    }

    std::size_t held() const noexcept override {
        if (!incomplete_) return 0;
        std::size_t sum = incomplete_->text.size();
        for (const auto& each : incomplete_->attachments) sum += each->data().size();
        return sum;
    }

  private:
    decoded complete() {
        auto made = decoded::lease();
        auto& storage = made.storage();
        storage.text = std::move(incomplete_->text);
        storage.attachments = std::move(incomplete_->attachments);
        incomplete_.reset();
        head_reader reader(storage.text, options_);
        reader.read();
        return decode_payload(std::move(made), reader.found, storage.text, &storage.attachments, options_);
    }

    const parser_options& options_;
    std::unique_ptr<incomplete> incomplete_;
};

/// Writes the text before the JSON so that it ends where the JSON begins.
class head_writer {
  public:
    explicit head_writer(char* behind) : at_(behind) {}

    void put(std::string_view text) {
        at_ -= text.size();
        std::memcpy(at_, text.data(), text.size());
    }
    void put(char c) { *--at_ = c; }
    void put(std::uint64_t number) {
        char digits[20];
        const auto written = std::to_chars(digits, digits + sizeof digits, number);
        put(std::string_view(digits, static_cast<std::size_t>(written.ptr - digits)));
    }

    const char* begin() const { return at_; }

  private:
    char* at_;
};

packet_type with_binary(packet_type type) {
    return type == packet_type::event ? packet_type::binary_event : packet_type::binary_ack;
}

class json_text_parser final : public parser {
  public:
    explicit json_text_parser(parser_options options) : options_(options) {}

    std::unique_ptr<decoder> make_decoder() const override {
        return std::make_unique<json_decoder>(options_);
    }

    encoded encode(const packet_head& head, function_ref<void(writer&)> data) const override {
        // How many binaries there are, which stands in front, is known after the JSON was written: room is
        // left for the longest head, and the head is written into the end of that room.
        auto made = encoded::lease();
        auto& [buffer, attachments] = made.storage();
        const std::size_t room = head.nsp.size() + 48;
        buffer.assign(room, ' ');
        const bool may_attach = head.type == packet_type::event || head.type == packet_type::ack;
        if (data) {
            json_writer out(buffer, may_attach ? &attachments : nullptr);
            data(out);
        }
        const char* const begin = write_head(head, attachments.size(), buffer.data() + room);
        const char* const end = buffer.data() + buffer.size();
        made.set_head(engine::content_kind::text, {begin, static_cast<std::size_t>(end - begin)});
        if (attachments.empty()) made.set_data(encoding::json, std::string_view(buffer).substr(room));
        return made;
    }

  private:
    static const char* write_head(const packet_head& head, std::size_t attachments, char* behind) {
        head_writer out(behind);
        if (head.id) out.put(*head.id);
        if (head.nsp != "/") {
            out.put(',');
            out.put(head.nsp);
        }
        if (attachments != 0) {
            out.put('-');
            out.put(std::uint64_t{attachments});
        }
        const auto type = attachments != 0 ? with_binary(head.type) : head.type;
        out.put(static_cast<char>('0' + static_cast<int>(type)));
        return out.begin();
    }

    parser_options options_;
};

}  // namespace

std::shared_ptr<const parser> json_parser(parser_options options) {
    return std::make_shared<json_text_parser>(options);
}

}  // namespace kedge
