#include <kedge/socketio/value/tape.hpp>

#include <cmath>

namespace kedge {
namespace {

/// A container that is being written.
struct container_being_written {
    const token* end;
    bool is_object;
    bool key_is_next;
};

void write_scalar(writer& out, const token& from) {
    switch (from.kind) {
        case value_kind::boolean:
            return out.boolean(from.boolean);
        case value_kind::integer:
            return out.integer(from.integer);
        case value_kind::unsigned_integer:
            return out.unsigned_integer(from.unsigned_integer);
        case value_kind::number:
            return out.number(from.number);
        case value_kind::string:
            return out.string({from.bytes, from.size});
        case value_kind::binary:
            return out.binary(item(&from).as_binary());
        default:
            return out.null();
    }
}

container_being_written begin(writer& out, const item& from) {
    if (from.is_object()) {
        out.begin_object(from.size());
    } else {
        out.begin_array(from.size());
    }
    return {from.behind(), from.is_object(), true};
}

void close_finished(writer& out, std::vector<container_being_written>& open, const token* at) {
    while (!open.empty() && open.back().end == at) {
        if (open.back().is_object) {
            out.end_object();
        } else {
            out.end_array();
        }
        open.pop_back();
    }
}

/// Whether the token is a key; turns from key to value and back.
bool is_key(std::vector<container_being_written>& open) noexcept {
    if (open.empty() || !open.back().is_object) return false;
    const bool key = open.back().key_is_next;
    open.back().key_is_next = !key;
    return key;
}

}  // namespace

std::string_view to_string(value_kind kind) noexcept {
    constexpr std::string_view names[] = {"null",   "boolean", "integer", "integer", "number",
                                          "string", "binary",  "array",   "object"};
    return names[static_cast<std::size_t>(kind)];
}

double item::as_number() const noexcept {
    switch (kind()) {
        case value_kind::integer:
            return static_cast<double>(at_->integer);
        case value_kind::unsigned_integer:
            return static_cast<double>(at_->unsigned_integer);
        case value_kind::number:
            return at_->number;
        default:
            return 0;
    }
}

std::span<const std::byte> item::as_binary() const noexcept {
    if (!is_binary()) return {};
    return {reinterpret_cast<const std::byte*>(at_->bytes), at_->size};
}

items item::as_array() const noexcept {
    return is_array() ? items(at_ + 1, at_->size) : items();
}

member_items item::as_object() const noexcept {
    return is_object() ? member_items(at_ + 1, at_->size) : member_items();
}

std::optional<std::int64_t> item::as_int64() const noexcept {
    if (kind() == value_kind::integer) return at_->integer;
    if (kind() != value_kind::number) return std::nullopt;
    const double number = at_->number;
    if (!(number >= -0x1p63 && number < 0x1p63) || std::trunc(number) != number) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

std::optional<std::uint64_t> item::as_uint64() const noexcept {
    if (kind() == value_kind::unsigned_integer) return at_->unsigned_integer;
    if (kind() == value_kind::number) {
        const double number = at_->number;
        if (!(number >= 0 && number < 0x1p64) || std::trunc(number) != number) return std::nullopt;
        return static_cast<std::uint64_t>(number);
    }
    if (kind() != value_kind::integer || at_->integer < 0) return std::nullopt;
    return static_cast<std::uint64_t>(at_->integer);
}

item item::operator[](std::size_t index) const noexcept {
    return as_array()[index];
}

item item::operator[](std::string_view name) const noexcept {
    item found;
    for (const member_item each : as_object()) {
        if (each.key == name) found = each.value;
    }
    return found;
}

void item::write(writer& out) const {
    if (!exists()) return out.null();
    std::vector<container_being_written> open;
    const token* const end = behind();
    for (const token* at = at_; at != end; ++at) {
        close_finished(out, open, at);
        const item here(at);
        if (is_key(open)) {
            out.key(here.as_string());
        } else if (here.is_array() || here.is_object()) {
            open.push_back(begin(out, here));
        } else {
            write_scalar(out, *at);
        }
    }
    close_finished(out, open, end);
}

item items::operator[](std::size_t index) const noexcept {
    if (index >= size()) return {};
    auto at = begin();
    while (index-- > 0) ++at;
    return *at;
}

void tape::clear() noexcept {
    if (tokens_.capacity() > long_from) {
        tokens_ = {};
    } else {
        tokens_.clear();
    }
    open_ = 0;
    depth_ = 0;
    most_ = 0;
}

void tape::unsigned_integer(std::uint64_t value) {
    if (value <= static_cast<std::uint64_t>(INT64_MAX)) return integer(static_cast<std::int64_t>(value));
    put(value_kind::unsigned_integer).unsigned_integer = value;
}

void tape::key(std::string_view name) {
    ++tokens_[open_].size;
    token& made = append(value_kind::string);
    made.size = static_cast<std::uint32_t>(name.size());
    made.bytes = name.data();
}

void tape::drop_key() noexcept {
    --tokens_[open_].size;
    tokens_.pop_back();
}

void tape::open(value_kind kind) {
    put(kind).extent = open_;
    open_ = tokens_.size() - 1;
    ++depth_;
}

void tape::close() noexcept {
    token& closed = tokens_[open_];
    const std::size_t outer = closed.extent;
    closed.extent = tokens_.size() - open_;
    open_ = outer;
    --depth_;
}

void tape::end_object_as_binary(std::span<const std::byte> bytes) {
    const std::size_t index = open_;
    close();
    tokens_.resize(index + 1);
    tokens_[index].kind = value_kind::binary;
    tokens_[index].size = static_cast<std::uint32_t>(bytes.size());
    tokens_[index].bytes = reinterpret_cast<const char*>(bytes.data());
}

}  // namespace kedge
