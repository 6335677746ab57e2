#include <kedge/engine/payload.hpp>

#include <algorithm>
#include <utility>

#include <kedge/engine/base64.hpp>
#include <kedge/engine/counted_payload.hpp>
#include <kedge/engine/packet_codec.hpp>
#include <kedge/engine/utf16.hpp>
#include <kedge/engine/utf8.hpp>

namespace kedge::engine {

namespace {

constexpr char separator = '\x1e';

outbound packet_of(const message& what) noexcept {
    return {packet_type::message, what.content(), what.compress(), what.data(), nullptr};
}

bool is_binary(const outbound& what) noexcept {
    return what.content == content_kind::binary;
}

void append_separated(std::string& to, const outbound& what) {
    append_packet(to, what, revision::v4, true);
}

void append_counted_text(std::string& to, const outbound& what) {
    const std::size_t length =
        is_binary(what) ? 2 + base64_size(what.data.size()) : 1 + utf16_length(what.data);
    to.append(std::to_string(length)).push_back(':');
    append_packet(to, what, revision::v3, true);
}

void append_latin1_as_utf8(std::string& to, std::string_view bytes) {
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) to.push_back(static_cast<char>(0xC0 | byte >> 6));
        to.push_back(static_cast<char>(byte < 0x80 ? byte : 0x80 | (byte & 0x3F)));
    }
}

void append_double_utf8(std::string& to, const outbound& what) {
    if (is_binary(what)) return append_counted_text(to, what);
    to.append(std::to_string(1 + what.data.size())).push_back(':');
    append_packet(to, {what.type, content_kind::text, what.compress, {}, nullptr}, revision::v3, true);
    append_latin1_as_utf8(to, what.data);
}

void append_binary_item(std::string& to, const outbound& what) {
    to.push_back(is_binary(what) ? '\x01' : '\x00');
    for (const char digit : std::to_string(1 + what.data.size()))
        to.push_back(static_cast<char>(digit - '0'));
    to.push_back('\xFF');
    append_packet(to, what, revision::v3, false);
}

using item_writer = void (*)(std::string& to, const outbound& what);

/// Writes a packet, or for a shared message the form of it that was written before.
template <item_writer Write>
void append_item(std::string& to, const outbound& what, wire_form form) {
    if (what.shared == nullptr) return Write(to, what);
    to.append((*what.shared)->form(form, [](const message& whole) {
        std::string built;
        Write(built, packet_of(whole));
        return built;
    }));
}

void append_all_separated(std::string& to, std::span<const outbound> packets) {
    for (const auto& each : packets) {
        if (&each != packets.data()) to.push_back(separator);
        append_item<append_separated>(to, each, wire_form::polling);
    }
}

payload_reader::step step_of(decoded what) noexcept {
    switch (what) {
        case decoded::packet:
            return payload_reader::step::packet;
        case decoded::ignored:
            return payload_reader::step::nothing;
        case decoded::garbage:
            break;
    }
    return payload_reader::step::garbage;
}

}  // namespace

payload_format payload_codec::format_of(std::span<const outbound> packets) const noexcept {
    if (protocol_ == revision::v4 || base64_) return payload_format::text;
    if (dialect_ == dialect::bytewise) return payload_format::binary;
    return std::any_of(packets.begin(), packets.end(), is_binary) ? payload_format::binary
                                                                  : payload_format::text;
}

payload_format payload_codec::append(std::string& to, std::span<const outbound> packets) const {
    const payload_format format = format_of(packets);
    if (protocol_ == revision::v4) {
        append_all_separated(to, packets);
    } else if (format == payload_format::binary) {
        for (const auto& each : packets)
            append_item<append_binary_item>(to, each, wire_form::polling_v3_binary);
    } else if (dialect_ == dialect::double_utf8) {
        for (const auto& each : packets) append_double_utf8(to, each);
    } else {
        for (const auto& each : packets)
            append_item<append_counted_text>(to, each, wire_form::polling_v3_text);
    }
    return format;
}

std::span<char> payload_codec::without_outer_utf8(std::span<char> text) noexcept {
    const std::string_view whole(text.data(), text.size());
    if (dialect_ == dialect::current || ascii_prefix(whole) == whole.size()) return text;
    if (!is_double_utf8(whole)) {
        // Proof that the client encodes once, while text that looks encoded twice is only very likely to be.
        if (dialect_ != dialect::bytewise) dialect_ = dialect::current;
        return text;
    }
    if (dialect_ == dialect::unknown) dialect_ = dialect::double_utf8;
    return decode_outer_utf8(text);
}

void payload_codec::saw_binary_payload_of_text() noexcept {
    if (!base64_) dialect_ = dialect::bytewise;
}

payload_reader::payload_reader(payload_codec& codec, std::span<char> body, payload_format format) noexcept
    : codec_(codec), rest_(body), end_(body.data() + body.size()), format_(format) {}

payload_reader::step payload_reader::next(packet& into) noexcept {
    restore_spare_byte();
    step what = step::garbage;
    if (codec_.revision() == revision::v4) {
        if (format_ == payload_format::text) what = next_separated(into);
    } else {
        what = format_ == payload_format::text ? next_counted_text(into) : next_binary(into);
    }
    if (what == step::packet) spare_byte_behind(into);
    return what;
}

payload_reader::step payload_reader::next_separated(packet& into) noexcept {
    if (at_end_) return step::end;
    const std::size_t size = std::string_view(rest_.data(), rest_.size()).find(separator);
    at_end_ = size == std::string_view::npos;
    const std::span<char> item = rest_.first(at_end_ ? rest_.size() : size);
    if (!at_end_) rest_ = rest_.subspan(size + 1);
    return step_of(decode_text(item, revision::v4, into));
}

payload_reader::step payload_reader::next_counted_text(packet& into) noexcept {
    constexpr std::size_t longest_prefix = 311;
    if (rest_.empty()) return begun_ ? step::end : step::garbage;
    begun_ = true;
    const std::string_view text(rest_.data(), rest_.size());
    const std::size_t colon = text.substr(0, longest_prefix).find(':');
    if (colon == text.npos) return step::garbage;
    const auto units = javascript_length(text.substr(0, colon));
    if (!units) return step::garbage;
    const auto size = utf16_prefix(text.substr(colon + 1), *units);
    if (!size) return step::garbage;
    const std::span<char> item = rest_.subspan(colon + 1, *size);
    rest_ = rest_.subspan(colon + 1 + *size);
    if (item.empty()) return step::nothing;
    return step_of(decode_text(codec_.without_outer_utf8(item), revision::v3, into));
}

payload_reader::step payload_reader::next_binary(packet& into) noexcept {
    if (!std::exchange(begun_, true)) {
        const binary_items kind = survey(rest_);
        if (kind == binary_items::malformed) return step::garbage;
        if (kind == binary_items::all_text) codec_.saw_binary_payload_of_text();
    }
    binary_item item;
    if (rest_.empty() || !take_binary_item(rest_, item)) return step::end;
    if (item.is_text && !settle_surrogates(item.data)) return step::garbage;
    return step_of(item.is_text ? decode_text(item.data, revision::v3, into)
                                : decode_binary(item.data, revision::v3, into));
}

/// The receiver may overwrite the byte behind the data; where it belongs to what follows, it is put back
/// later.
void payload_reader::spare_byte_behind(const packet& read) noexcept {
    char* behind = read.data.data() + read.data.size();
    if (behind == end_) return;
    spare_ = behind;
    saved_ = *behind;
}

void payload_reader::restore_spare_byte() noexcept {
    if (spare_ != nullptr) *std::exchange(spare_, nullptr) = saved_;
}

}  // namespace kedge::engine
