#include <kedge/transports/syntax/request_framing.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>

#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {

namespace {

/// The headers that matter here: how often each came, and its last value.
struct facts {
    struct counted {
        std::string_view name;
        int times = 0;
        std::string_view value = {};
    };

    /// The one that may have a name of this size; every request asks.
    counted* of_size(std::size_t size) noexcept {
        switch (size) {
            case 4:
                return &host;
            case 6:
                return &expectation;
            case 14:
                return &length;
            case 17:
                return &coding;
            default:
                return nullptr;
        }
    }

    counted host{"host"};
    counted length{"content-length"};
    counted coding{"transfer-encoding"};
    counted expectation{"expect"};
};

facts gather(std::span<const engine::header_field> fields) noexcept {
    facts found;
    for (const engine::header_field& field : fields) {
        facts::counted* const which = found.of_size(field.name.size());
        if (!which || !same_token(field.name, which->name)) continue;
        ++which->times;
        which->value = field.value;
    }
    return found;
}

bool all_digits(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Decimal digits only, since others may read a sign or a list differently.
std::optional<std::uint64_t> read_length(std::string_view digits) noexcept {
    std::uint64_t length = 0;
    const bool plain = !digits.empty() && all_digits(digits);
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (!plain || fault != std::errc{}) return std::nullopt;
    return length;
}

/// By byte: whether it may stand in a name or address in a URI; within the brackets of an IPv6 address colons
/// may as well.
constexpr std::array<bool, 256> host_bytes = [] {
    constexpr std::string_view allowed =
        "-._~%!$&'()*+,;=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::array<bool, 256> table{};
    for (const char c : allowed) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool in_host(char c) noexcept {
    return host_bytes[static_cast<unsigned char>(c)];
}

/// "name", "name:port", "[address]:port" or nothing, and no other part of a URI.
bool names_a_host(std::string_view value) noexcept {
    const bool bracketed = value.starts_with('[');
    const auto end = bracketed ? value.find(']') : std::min(value.find(':'), value.size());
    if (end == std::string_view::npos) return false;
    const std::string_view name = value.substr(bracketed, end - bracketed);
    const std::string_view rest = value.substr(end + bracketed);
    return std::all_of(name.begin(), name.end(),
                       [&](char c) { return in_host(c) || (bracketed && c == ':'); }) &&
           (rest.empty() || (rest.front() == ':' && all_digits(rest.substr(1))));
}

/// Why two readers could disagree about this request; empty when they could not.
std::string_view ambiguity(const facts& found, int minor_version) noexcept {
    if (found.coding.times > 0 && found.length.times > 0) return "Transfer-Encoding beside Content-Length";
    if (found.length.times > 1) return "several Content-Length headers";
    if (found.length.times == 1 && !read_length(found.length.value)) return "malformed Content-Length";
    if (found.coding.times > 1) return "several Transfer-Encoding headers";
    if (found.coding.times == 1 && minor_version == 0) return "Transfer-Encoding in HTTP/1.0";
    if (found.coding.times == 1 && !same_token(found.coding.value, "chunked"))
        return "unknown transfer coding";
    if (found.host.times > 1) return "several Host headers";
    if (found.host.times == 0 && minor_version == 1) return "no Host header";
    if (!names_a_host(found.host.value)) return "malformed Host";
    return {};
}

request_framing refused(int status, std::string_view reason) noexcept {
    return {status, reason};
}

}  // namespace

request_framing judge_framing(const request_line& line, std::span<const engine::header_field> fields,
                              bool upgrade) {
    const facts found = gather(fields);
    if (const auto fault = ambiguity(found, line.minor_version); !fault.empty()) return refused(400, fault);
    if (line.method == "CONNECT") return refused(400, "CONNECT");
    const bool expects = found.expectation.times > 0 && line.minor_version == 1;
    if (expects && !same_token(found.expectation.value, "100-continue"))
        return refused(417, "unknown expectation");

    request_framing verdict;
    if (found.length.times == 1) verdict.length = *read_length(found.length.value);
    if (found.coding.times == 1)
        verdict.framing = body_framing::chunked;
    else if (verdict.length > 0)
        verdict.framing = body_framing::length;
    const bool has_body = verdict.framing != body_framing::none;
    if (upgrade && has_body) return refused(400, "an upgrade with a body");
    verdict.expect_continue = expects && has_body;
    return verdict;
}

}  // namespace kedge::transports
