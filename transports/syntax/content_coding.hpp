#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kedge::transports {

enum class content_coding : std::uint8_t { identity, gzip, deflate, brotli };

/// The name in Accept-Encoding and Content-Encoding.
std::string_view to_string(content_coding coding) noexcept;

/// The one of `offered` that an Accept-Encoding header (empty when absent) likes best: by q-value, then exact
/// names before "*", then the header's order. identity when none of them is welcome.
content_coding choose_coding(std::string_view accept_encoding, std::span<const content_coding> offered);

/// The first of `offered` among those that the header likes best by q-value, whatever their order there:
/// browsers name the strongest coding last.
content_coding first_welcome(std::string_view accept_encoding, std::span<const content_coding> offered);

/// The reference's `http_compression` option: when and how the answers of polls are compressed.
struct compression_options {
    std::size_t threshold = 1024;  ///< smaller bodies are sent as they are
    int level = -1;                ///< zlib's: 0 to 9, -1 its default
    int window_bits = 15;
    int mem_level = 8;
    int strategy = 0;
};

/// The whole body compressed (deflate in its zlib wrapper; brotli takes no options); nothing if that failed.
std::optional<std::string> compress(content_coding coding, std::string_view body,
                                    const compression_options& options);

}  // namespace kedge::transports
