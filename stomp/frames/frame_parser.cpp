#include <kedge/stomp/frames/frame_parser.hpp>

#include <algorithm>
#include <charconv>

#include <kedge/engine/utf8.hpp>
#include <kedge/stomp/frames/escape.hpp>

namespace kedge::stomp {

namespace {

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// A length in plain decimal digits.
std::optional<std::size_t> read_length(std::string_view digits) noexcept {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    const bool plain = !digits.empty() && error == std::errc{} && end == digits.data() + digits.size();
    return plain ? std::optional(length) : std::nullopt;
}

}  // namespace

frame_parser::outcome frame_parser::feed(std::string_view& input) {
    while (where_ != place::nowhere && !input.empty()) {
        outcome got = outcome::need_more;
        switch (where_) {
            case place::between:
                got = feed_between(input);
                break;
            case place::command:
            case place::headers:
                got = feed_line(input);
                break;
            case place::body:
                got = feed_body(input);
                break;
            case place::end:
                got = feed_end(input);
                break;
            case place::nowhere:
                break;
        }
        if (got != outcome::need_more) return got;
    }
    return where_ == place::nowhere ? outcome::broken : outcome::need_more;
}

/// Line ends are heart-beats; stray NULs, which some clients append, are nothing.
frame_parser::outcome frame_parser::feed_between(std::string_view& input) {
    const char c = input.front();
    if (c == '\n' || c == '\r' || c == '\0') {
        input.remove_prefix(1);
        return c == '\n' ? outcome::heart_beat : outcome::need_more;
    }
    frame_ = {};
    line_.clear();
    length_.reset();
    head_size_ = 0;
    header_lines_ = 0;
    where_ = place::command;
    return outcome::need_more;
}

frame_parser::outcome frame_parser::feed_line(std::string_view& input) {
    const std::size_t end = input.find('\n');
    const bool complete = end != std::string_view::npos;
    const std::size_t size = complete ? end + 1 : input.size();
    const std::string_view piece = input.substr(0, end);
    input.remove_prefix(size);
    head_size_ += size;
    if (head_size_ > limits_.head) return fail("the headers are too large");
    if (piece.find('\0') != std::string_view::npos) return fail("the frame ends within its headers");
    line_ += piece;
    return complete ? on_line() : outcome::need_more;
}

frame_parser::outcome frame_parser::on_line() {
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    if (!engine::valid_utf8(line_)) return fail("a header is not UTF-8");
    if (where_ == place::command) {
        frame_.command = line_;
        where_ = place::headers;
    } else if (line_.empty()) {
        return on_head_end();
    } else if (const outcome got = on_header(); got != outcome::need_more) {
        return got;
    }
    line_.clear();
    return outcome::need_more;
}

bool frame_parser::escapes() const noexcept {
    return frame_.command != "CONNECT" && frame_.command != "CONNECTED" && frame_.command != "STOMP";
}

frame_parser::outcome frame_parser::on_header() {
    if (++header_lines_ > limits_.headers) return fail("too many headers");
    std::string_view name = line_;
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos) return fail("a header without a colon");
    std::string_view value = name.substr(colon + 1);
    name = name.substr(0, colon);
    if (version_ == version::v1_0) {
        name = trimmed(name);
        value = trimmed(value);
    }
    if (name.empty()) return fail("a header without a name");
    const version by = escapes() ? version_ : version::v1_0;
    std::optional<std::string> plain_name = unescape(name, by);
    std::optional<std::string> plain_value = unescape(value, by);
    if (!plain_name || !plain_value) return fail("an escape that this version does not know");
    if (!frame_.find(*plain_name))
        frame_.headers.emplace_back(std::move(*plain_name), std::move(*plain_value));
    return outcome::need_more;
}

frame_parser::outcome frame_parser::on_head_end() {
    if (const std::string* const told = frame_.find("content-length")) {
        length_ = read_length(*told);
        if (!length_) return fail("content-length is not a number");
        if (*length_ > limits_.body) return fail("the body is too large");
    }
    where_ = length_ == std::size_t{0} ? place::end : place::body;
    return outcome::need_more;
}

frame_parser::outcome frame_parser::feed_body(std::string_view& input) {
    std::size_t size = length_ ? *length_ - frame_.body.size() : input.find('\0');
    const bool complete = size <= input.size();
    size = std::min(size, input.size());
    if (frame_.body.size() + size > limits_.body) return fail("the body is too large");
    frame_.body += input.substr(0, size);
    input.remove_prefix(size);
    if (complete) where_ = place::end;
    return outcome::need_more;
}

frame_parser::outcome frame_parser::feed_end(std::string_view& input) {
    if (input.front() != '\0') return fail("no NUL behind the body");
    input.remove_prefix(1);
    where_ = place::between;
    return outcome::frame;
}

frame_parser::outcome frame_parser::fail(std::string_view why) {
    problem_ = why;
    where_ = place::nowhere;
    line_.clear();
    return outcome::broken;
}

}  // namespace kedge::stomp
