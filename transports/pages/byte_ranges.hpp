#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace kedge::transports {

/// Bytes `first` to `last` of a file, both included.
struct byte_range {
    std::uint64_t first;
    std::uint64_t last;
    std::uint64_t size() const noexcept { return last - first + 1; }
    friend bool operator==(const byte_range&, const byte_range&) = default;
};

/// What a Range header asks of a file.
struct range_request {
    enum class verdict : std::uint8_t {
        whole,          ///< no usable Range header: answer the whole file
        partial,        ///< answer 206 with these ranges
        unsatisfiable,  ///< answer 416
    };
    verdict kind = verdict::whole;
    std::vector<byte_range> ranges;
};

/// Reads a Range header for a file of `size` bytes. A header that is malformed, or asks for more than 16
/// ranges or for ranges that overlap to more than the file (which only an attack does), is ignored, as RFC
/// 9110 allows.
range_request read_ranges(std::string_view header, std::uint64_t size);

}  // namespace kedge::transports
