#include <kedge/cluster/redis/resp_reader.hpp>

#include <charconv>
#include <cstdlib>
#include <optional>

namespace kedge::cluster {

namespace {

constexpr std::size_t worth_keeping = 64 * 1024;  // of memory for replies that are cut
constexpr std::size_t verbatim_prefix = 4;        // "txt:"

std::optional<std::int64_t> decimal(std::string_view digits) noexcept {
    std::int64_t read = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), read);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return read;
}

resp_kind list_kind(char type) noexcept {
    switch (type) {
        case '%':
            return resp_kind::map;
        case '~':
            return resp_kind::set;
        case '>':
            return resp_kind::push;
        default:
            return resp_kind::array;
    }
}

}  // namespace

void resp_reader::reset() noexcept {
    std::string().swap(held_);
    begin();
}

void resp_reader::begin() noexcept {
    nodes_.clear();
    if (nodes_.capacity() * sizeof(resp_node) > worth_keeping) std::vector<resp_node>().swap(nodes_);
    open_.clear();
    position_ = scanned_ = items_ = 0;
}

void resp_reader::drop_held(std::size_t count) noexcept {
    held_.erase(0, count);
    if (held_.empty() && held_.capacity() > worth_keeping) std::string().swap(held_);
}

resp_reader::outcome resp_reader::read(std::string_view bytes) {
    do {
        const outcome one = read_node(bytes);
        if (one != outcome::complete) return bytes.size() > limits_.max_bytes ? outcome::invalid : one;
    } while (!open_.empty());
    return outcome::complete;
}

/// Reads the node at position_, and closes the lists that it completes.
resp_reader::outcome resp_reader::read_node(std::string_view bytes) {
    std::string_view line;
    if (const outcome found = read_line(bytes, line); found != outcome::complete) return found;
    if (line.empty()) return outcome::invalid;
    const char type = line.front();
    line.remove_prefix(1);
    const std::size_t behind = scanned_ + 2;
    outcome made = outcome::complete;
    switch (type) {
        case '$':
        case '=':
        case '!':
            made = read_bulk(bytes, line, behind);
            break;
        case '*':
        case '%':
        case '~':
        case '>':
            made = open(list_kind(type), line);
            position_ = behind;
            break;
        case '+':
        case '-':
        case '(':
            put(type == '-' ? resp_kind::error : resp_kind::text).at = position_ + 1;
            nodes_.back().size = line.size();
            position_ = behind;
            break;
        default:
            made = read_scalar(type, line);
            position_ = behind;
    }
    if (made != outcome::complete) return made;
    scanned_ = position_;
    if (items_ > limits_.max_items) return outcome::invalid;
    close_lists();
    return outcome::complete;
}

/// The line at position_; scanned_ is then where it ends.
resp_reader::outcome resp_reader::read_line(std::string_view bytes, std::string_view& line) {
    const std::size_t end = bytes.find('\r', scanned_);
    scanned_ = end == std::string_view::npos ? bytes.size() : end;
    if (scanned_ + 1 >= bytes.size()) return outcome::incomplete;
    if (bytes[scanned_ + 1] != '\n') return outcome::invalid;
    line = bytes.substr(position_, scanned_ - position_);
    return outcome::complete;
}

resp_reader::outcome resp_reader::read_bulk(std::string_view bytes, std::string_view length,
                                            std::size_t from) {
    const char type = bytes[position_];
    const auto size = decimal(length);
    if (!size || *size < -1 || (*size == -1 && type != '$')) return outcome::invalid;
    if (*size == -1) {
        put(resp_kind::null);
        position_ = from;
        return outcome::complete;
    }
    const auto count = static_cast<std::size_t>(*size);
    if (count > limits_.max_bytes) return outcome::invalid;
    if (bytes.size() - from < count + 2) return outcome::incomplete;
    if (bytes.substr(from + count, 2) != "\r\n") return outcome::invalid;
    const std::size_t skipped = type == '=' ? verbatim_prefix : 0;
    if (count < skipped) return outcome::invalid;
    resp_node& made = put(type == '!' ? resp_kind::error : resp_kind::text);
    made.at = from + skipped;
    made.size = count - skipped;
    position_ = from + count + 2;
    return outcome::complete;
}

resp_reader::outcome resp_reader::read_scalar(char type, std::string_view line) {
    if (type == ':') {
        const auto number = decimal(line.starts_with('+') ? line.substr(1) : line);
        if (!number) return outcome::invalid;
        put(resp_kind::integer).integer = *number;
    } else if (type == '_' && line.empty()) {
        put(resp_kind::null);
    } else if (type == '#' && (line == "t" || line == "f")) {
        put(resp_kind::boolean).integer = line == "t" ? 1 : 0;
    } else if (type == ',' && !line.empty() && line.size() < 400) {
        const std::string digits(line);
        char* end = nullptr;
        put(resp_kind::number).number = std::strtod(digits.c_str(), &end);
        if (*end != '\0') return outcome::invalid;
    } else {
        return outcome::invalid;
    }
    return outcome::complete;
}

resp_reader::outcome resp_reader::open(resp_kind kind, std::string_view count) {
    const auto number = decimal(count);
    if (!number || *number < -1 || (*number == -1 && kind != resp_kind::array)) return outcome::invalid;
    if (*number == -1) return put(resp_kind::null), outcome::complete;
    const auto announced = static_cast<std::size_t>(*number);
    if (announced > limits_.max_items || open_.size() >= limits_.max_depth) return outcome::invalid;
    const std::size_t items = kind == resp_kind::map ? 2 * announced : announced;
    put(kind).size = items;
    items_ += items;
    open_.push_back({nodes_.size() - 1, items + 1});  // itself is counted off at once
    return outcome::complete;
}

resp_node& resp_reader::put(resp_kind kind) {
    resp_node& made = nodes_.emplace_back();
    made.kind = kind;
    return made;
}

/// A node was completed: lists that end with it are complete as well.
void resp_reader::close_lists() noexcept {
    while (!open_.empty() && --open_.back().left == 0) {
        resp_node& list = nodes_[open_.back().node];
        list.extent = nodes_.size() - open_.back().node;
        open_.pop_back();
    }
}

}  // namespace kedge::cluster
