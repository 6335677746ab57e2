#include <kedge/transports/syntax/plain_head.hpp>

#include <cstdint>

#include <kedge/engine/byte_block.hpp>
#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view http_1_1 = " HTTP/1.1";
// Of printable ASCII; above it bytes are negative here.
constexpr signed char first_text = 0x20;
constexpr signed char behind_text = 0x7F;

bool is_text(char c) noexcept {
    return static_cast<signed char>(c) >= first_text && c != behind_text;
}

/// Where the printable ASCII that begins at `from` ends.
std::size_t text_end(std::string_view bytes, std::size_t from) noexcept {
    std::size_t at = from;
    for (; at + engine::byte_block_size <= bytes.size(); at += engine::byte_block_size) {
        const engine::byte_block block = engine::load_block(bytes.data() + at);
        const std::size_t first = engine::first_high_bit((block < first_text) | (block == behind_text));
        if (first < engine::byte_block_size) return at + first;
    }
    while (at < bytes.size() && is_text(bytes[at])) ++at;
    return at;
}

std::size_t token_end(std::string_view bytes, std::size_t from) noexcept {
    std::size_t at = from;
    while (at < bytes.size() && is_token_char(bytes[at])) ++at;
    return at;
}

/// What a header says that decides about more than itself.
enum class meaning : std::uint8_t { none, connection, upgrade, intricate };

meaning meaning_of(std::string_view name) noexcept {
    switch (name.size()) {
        case 7:
            return same_token(name, "upgrade") ? meaning::upgrade : meaning::none;
        case 10:
            return same_token(name, "connection") ? meaning::connection : meaning::none;
        case 16:
            return same_token(name, "proxy-connection") ? meaning::intricate : meaning::none;
        case 17:
            return same_token(name, "transfer-encoding") ? meaning::intricate : meaning::none;
        default:
            return meaning::none;
    }
}

/// Reads line by line; each step is false when the head is not plain.
class line_reader {
  public:
    line_reader(std::string_view bytes, std::vector<engine::header_field>& fields) noexcept
        : bytes_(bytes), fields_(fields) {}

    bool read_request_line();
    bool at_empty_line() const noexcept { return bytes_.substr(at_).starts_with(line_end); }
    bool read_header();
    plain_head result() const noexcept;

  private:
    bool take_text(std::string_view& into) noexcept;
    bool heed(const engine::header_field& field) noexcept;

    std::string_view bytes_;
    std::vector<engine::header_field>& fields_;
    std::size_t at_ = 0;
    request_line line_;
    bool upgrade_named_ = false;
    bool upgrade_wanted_ = false;
};

/// Takes the rest of the line.
bool line_reader::take_text(std::string_view& into) noexcept {
    const std::size_t end = text_end(bytes_, at_);
    if (!bytes_.substr(end).starts_with(line_end)) return false;
    into = bytes_.substr(at_, end - at_);
    at_ = end + line_end.size();
    return true;
}

bool line_reader::read_request_line() {
    if (bytes_.starts_with("GET /"))
        line_.method = bytes_.substr(0, 3);
    else if (bytes_.starts_with("POST /"))
        line_.method = bytes_.substr(0, 4);
    else
        return false;
    at_ = line_.method.size() + 1;
    if (!take_text(line_.target) || !line_.target.ends_with(http_1_1)) return false;
    line_.target.remove_suffix(http_1_1.size());
    return line_.target.find(' ') == std::string_view::npos;
}

bool line_reader::read_header() {
    engine::header_field field;
    const std::size_t colon = token_end(bytes_, at_);
    if (colon == at_ || !bytes_.substr(colon).starts_with(": ")) return false;
    field.name = bytes_.substr(at_, colon - at_);
    at_ = colon + 2;
    if (!take_text(field.value)) return false;
    if (field.value.empty() || field.value.front() == ' ' || field.value.back() == ' ') return false;
    fields_.push_back(field);
    return heed(field);
}

bool line_reader::heed(const engine::header_field& field) noexcept {
    switch (meaning_of(field.name)) {
        case meaning::none:
            return true;
        case meaning::upgrade:
            upgrade_named_ = true;
            return true;
        case meaning::intricate:
            return false;
        case meaning::connection:
            break;
    }
    if (same_token(field.value, "keep-alive")) return true;
    upgrade_wanted_ = true;
    return same_token(field.value, "upgrade") || same_token(field.value, "keep-alive, upgrade");
}

plain_head line_reader::result() const noexcept {
    return {.line = line_, .size = at_ + line_end.size(), .upgrade = upgrade_named_ && upgrade_wanted_};
}

}  // namespace

std::optional<plain_head> read_plain_head(std::string_view bytes, std::vector<engine::header_field>& fields) {
    fields.clear();
    line_reader lines(bytes, fields);
    if (!lines.read_request_line()) return std::nullopt;
    while (!lines.at_empty_line())
        if (!lines.read_header()) return std::nullopt;
    return lines.result();
}

}  // namespace kedge::transports
