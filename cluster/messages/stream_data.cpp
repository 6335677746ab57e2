#include <kedge/cluster/messages/stream_data.hpp>

#include <charconv>
#include <cstdint>
#include <span>

#include <kedge/cluster/messages/cluster_form.hpp>
#include <kedge/engine/base64.hpp>

namespace kedge::cluster {

std::string stream_text(std::string data) {
    if (data.starts_with('{')) return data;
    std::string made;
    engine::append_base64(made, data);
    return made;
}

bool read_stream_data(std::string_view type, std::string_view data, message_reader& by, node_message& to) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(type.data(), type.data() + type.size(), number);
    if (error != std::errc() || end != type.data() + type.size()) return false;
    if (data.starts_with('{')) return by.read(data) && cluster_form::read_data(number, by.root(), to);
    std::string bytes(data);
    bytes.resize(engine::decode_base64(std::span(bytes)));
    return by.read(bytes) && cluster_form::read_data(number, by.root(), to);
}

std::int64_t stream_index(std::string_view nsp, unsigned streams) noexcept {
    std::uint32_t hash = 0;
    const auto add = [&hash](std::uint32_t unit) { hash = hash * 31 + unit; };
    for (std::size_t i = 0; i < nsp.size();) {
        const auto byte = static_cast<unsigned char>(nsp[i]);
        const std::size_t more = byte < 0xc0 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        std::uint32_t code = more == 0 ? byte : byte & (0x3fU >> more);
        for (std::size_t k = 1; k <= more && i + k < nsp.size(); ++k)
            code = code << 6 | (static_cast<unsigned char>(nsp[i + k]) & 0x3fU);
        i += more + 1;
        if (code < 0x10000) {
            add(code);
        } else {  // JavaScript has two units for it
            add(0xd800 + ((code - 0x10000) >> 10));
            add(0xdc00 + ((code - 0x10000) & 0x3ff));
        }
    }
    // The remainder of a negative number is negative, there as here.
    return static_cast<std::int32_t>(hash) % static_cast<std::int64_t>(streams);
}

}  // namespace kedge::cluster
