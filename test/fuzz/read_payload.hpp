#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <kedge/engine/payload.hpp>
#include <kedge/engine/utf8.hpp>

namespace kedge::fuzz {

/// Reads a whole payload as a polling transport does, using the right to write behind each packet.
inline void read_payload(engine::revision protocol, engine::payload_format format, const std::uint8_t* data,
                         std::size_t size) {
    std::string body(reinterpret_cast<const char*>(data), size);
    if (format == engine::payload_format::text && !engine::valid_utf8(body)) body = engine::repair_utf8(body);
    const std::size_t length = body.size();
    body.push_back('\0');
    engine::payload_codec codec(protocol, false);
    engine::payload_reader reader(codec, {body.data(), length}, format);
    engine::packet read;
    std::size_t count = 0;
    for (;;) {
        const auto step = reader.next(read);
        if (step == engine::payload_reader::step::end || step == engine::payload_reader::step::garbage)
            return;
        if (++count > length + 1) std::abort();  // every item takes at least a byte
        if (step == engine::payload_reader::step::nothing) continue;
        if (read.content == engine::content_kind::text &&
            !engine::valid_utf8({read.data.data(), read.data.size()}))
            std::abort();
        read.data.data()[read.data.size()] = '\0';
        for (char& each : read.data) each = 'x';
    }
}

}  // namespace kedge::fuzz
