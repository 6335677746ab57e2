#include <socketio/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include <socketio/value_builder.hpp>

namespace kedge {

/// What arrays and objects are kept in. The link serves their destruction: a list of what is still to be
/// destroyed needs neither recursion nor memory.
struct value::node {
    node* next = nullptr;
    bool is_object;
    explicit node(bool object) noexcept : is_object(object) {}
};
struct value::array_node : node {
    elements items;
    array_node() noexcept : node(false) {}
};
struct value::object_node : node {
    members items;
    object_node() noexcept : node(true) {}
};

namespace {

const value null_value{};
const value::elements no_elements;
const value::members no_members;

/// A container that is being written, and which of its parts comes next.
struct position {
    const value* container;
    std::size_t next = 0;
};

void write_scalar(writer& out, const value& from) {
    switch (from.kind()) {
        case value_kind::boolean:
            return out.boolean(from.as_boolean());
        case value_kind::integer:
            return out.integer(from.as_integer());
        case value_kind::unsigned_integer:
            return out.unsigned_integer(from.as_unsigned());
        case value_kind::number:
            return out.number(from.as_number());
        case value_kind::string:
            return out.string(from.as_string());
        case value_kind::binary:
            return out.binary(from.as_binary());
        default:
            return out.null();
    }
}

/// The next part of a container, its key written; null at the end.
const value* next_part(writer& out, position& at) {
    if (at.container->is_array()) {
        const auto& items = at.container->as_array();
        return at.next < items.size() ? &items[at.next++] : nullptr;
    }
    const auto& members = at.container->as_object();
    if (at.next == members.size()) return nullptr;
    out.key(members[at.next].key);
    return &members[at.next++].value;
}

void end(writer& out, const value& container) {
    if (container.is_array()) return out.end_array();
    out.end_object();
}

using value_pairs = std::vector<std::pair<const value*, const value*>>;

std::vector<const member*> by_key(const value::members& members) {
    std::vector<const member*> sorted;
    sorted.reserve(members.size());
    for (const auto& each : members) sorted.push_back(&each);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const member* left, const member* right) { return left->key < right->key; });
    return sorted;
}

/// Whether the keys are the same; what is left to compare goes to `more`.
bool same_keys(const value::members& left, const value::members& right, value_pairs& more) {
    if (left.size() != right.size()) return false;
    const auto left_sorted = by_key(left);
    const auto right_sorted = by_key(right);
    for (std::size_t at = 0; at < left.size(); ++at) {
        if (left_sorted[at]->key != right_sorted[at]->key) return false;
        more.emplace_back(&left_sorted[at]->value, &right_sorted[at]->value);
    }
    return true;
}

bool same_bytes(const value& left, const value& right) {
    const auto one = left.as_binary();
    const auto other = right.as_binary();
    return std::equal(one.begin(), one.end(), other.begin(), other.end());
}

/// Compares all but what is nested; that goes to `more`.
bool same_here(const value& left, const value& right, value_pairs& more) {
    if (left.is_integer() && right.is_integer()) {
        return left.kind() == right.kind() && left.as_unsigned() == right.as_unsigned();
    }
    if (left.is_number() && right.is_number()) return left.as_number() == right.as_number();
    if (left.kind() != right.kind()) return false;
    switch (left.kind()) {
        case value_kind::boolean:
            return left.as_boolean() == right.as_boolean();
        case value_kind::string:
            return left.as_string() == right.as_string();
        case value_kind::binary:
            return same_bytes(left, right);
        case value_kind::object:
            return same_keys(left.as_object(), right.as_object(), more);
        case value_kind::array:
            if (left.size() != right.size()) return false;
            for (std::size_t at = 0; at < left.size(); ++at) more.emplace_back(&left[at], &right[at]);
            return true;
        default:
            return true;
    }
}

}  // namespace

value::value(std::string_view text) {
    hold(value_kind::string, text.data(), text.size());
}

value::value(const kedge::binary& bytes) {
    hold(value_kind::binary, bytes.bytes().data(), bytes.bytes().size());
}

value::value(elements from) {
    become_array();
    content_.array->items = std::move(from);
}

value::value(std::initializer_list<std::pair<std::string_view, value>> from) {
    become_object();
    for (const auto& [name, one] : from) (*this)[name] = one;
}

value::value(const item& from) {
    value_builder builder;
    from.write(builder);
    *this = builder.take();
}

value::value(const value& other) : content_(other.content_), kind_(other.kind_) {
    if (!other.owns()) return;
    kind_ = value_kind::null;
    if (other.is_string() || other.is_binary()) {
        hold(other.kind_, other.content_.bytes, other.size_);
    } else {
        value_builder builder;
        other.write(builder);
        *this = builder.take();
    }
}

value& value::operator=(const value& other) {
    if (this != &other) value(other).swap(*this);
    return *this;
}

value& value::operator=(value&& other) noexcept {
    value(std::move(other)).swap(*this);
    return *this;
}

value value::array(std::initializer_list<value> from) {
    return value(elements(from));
}

value value::object(std::initializer_list<std::pair<std::string_view, value>> from) {
    return value(from);
}

void value::assign(std::int64_t from) noexcept {
    kind_ = value_kind::integer;
    content_.integer = from;
}

void value::assign(std::uint64_t from) noexcept {
    if (from <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return assign(static_cast<std::int64_t>(from));
    }
    kind_ = value_kind::unsigned_integer;
    content_.unsigned_integer = from;
}

void value::hold(value_kind kind, const void* bytes, std::size_t size) {
    if (size > std::numeric_limits<std::uint32_t>::max())
        throw std::length_error("a value holds at most 4 GiB");
    content_.bytes = new char[size];
    if (size != 0) std::memcpy(content_.bytes, bytes, size);
    size_ = static_cast<std::uint32_t>(size);
    kind_ = kind;
}

void value::hand_over(node*& doomed) noexcept {
    if (!is_array() && !is_object()) return;
    node* const given = is_array() ? static_cast<node*>(content_.array) : content_.object;
    given->next = doomed;
    doomed = given;
    kind_ = value_kind::null;
}

void value::destroy() noexcept {
    if (is_string() || is_binary()) {
        delete[] content_.bytes;
        return;
    }
    node* doomed = nullptr;
    hand_over(doomed);
    while (doomed) {
        node* const dying = doomed;
        doomed = dying->next;
        if (dying->is_object) {
            auto* const object = static_cast<object_node*>(dying);
            for (auto& each : object->items) each.value.hand_over(doomed);
            delete object;
        } else {
            auto* const array = static_cast<array_node*>(dying);
            for (auto& each : array->items) each.hand_over(doomed);
            delete array;
        }
    }
}

std::int64_t value::as_integer() const noexcept {
    if (kind_ == value_kind::integer) return content_.integer;
    if (kind_ != value_kind::number || !(std::fabs(content_.number) < 0x1p63)) return 0;
    return static_cast<std::int64_t>(content_.number);
}

std::uint64_t value::as_unsigned() const noexcept {
    if (kind_ == value_kind::unsigned_integer) return content_.unsigned_integer;
    return static_cast<std::uint64_t>(as_integer());
}

double value::as_number() const noexcept {
    if (kind_ == value_kind::number) return content_.number;
    if (kind_ == value_kind::integer) return static_cast<double>(content_.integer);
    return kind_ == value_kind::unsigned_integer ? static_cast<double>(content_.unsigned_integer) : 0;
}

std::string_view value::as_string() const noexcept {
    return is_string() ? std::string_view(content_.bytes, size_) : std::string_view();
}

std::span<const std::byte> value::as_binary() const noexcept {
    if (!is_binary()) return {};
    return {reinterpret_cast<const std::byte*>(content_.bytes), size_};
}

const value::elements& value::as_array() const noexcept {
    return is_array() ? content_.array->items : no_elements;
}

const value::members& value::as_object() const noexcept {
    return is_object() ? content_.object->items : no_members;
}

std::size_t value::size() const noexcept {
    if (is_array()) return content_.array->items.size();
    if (is_object()) return content_.object->items.size();
    return is_string() || is_binary() ? size_ : 0;
}

bool value::contains(std::string_view name) const noexcept {
    const auto& all = as_object();
    return std::any_of(all.begin(), all.end(), [&](const member& each) { return each.key == name; });
}

const value& value::operator[](std::string_view name) const noexcept {
    for (const auto& each : as_object()) {
        if (each.key == name) return each.value;
    }
    return null_value;
}

const value& value::operator[](std::size_t index) const noexcept {
    return index < as_array().size() ? as_array()[index] : null_value;
}

value& value::operator[](std::string_view name) {
    become_object();
    for (auto& each : content_.object->items) {
        if (each.key == name) return each.value;
    }
    return append(std::string(name), {});
}

value& value::operator[](std::size_t index) {
    if (index >= as_array().size()) throw std::out_of_range("kedge::value: no item at this index");
    return content_.array->items[index];
}

value& value::push_back(value element) {
    become_array();
    return content_.array->items.emplace_back(std::move(element));
}

value& value::append(std::string name, value from) {
    become_object();
    return content_.object->items.emplace_back(member{std::move(name), std::move(from)}).value;
}

void value::reserve(std::size_t count) {
    if (is_array()) content_.array->items.reserve(count);
    if (is_object()) content_.object->items.reserve(count);
}

void value::edit_members(function_ref<void(members&)> edit) {
    if (is_object()) edit(content_.object->items);
}

void value::erase(std::string_view name) {
    edit_members([name](members& all) {
        std::erase_if(all, [name](const member& each) { return each.key == name; });
    });
}

void value::become_array() {
    if (is_array()) return;
    auto* const made = new array_node;
    value().swap(*this);
    content_.array = made;
    kind_ = value_kind::array;
}

void value::become_object() {
    if (is_object()) return;
    auto* const made = new object_node;
    value().swap(*this);
    content_.object = made;
    kind_ = value_kind::object;
}

void value::write(writer& out) const {
    std::vector<position> open;
    for (const value* at = this; at != nullptr;) {
        if (at->is_array() || at->is_object()) {
            at->is_array() ? out.begin_array(at->size()) : out.begin_object(at->size());
            open.push_back({at});
        } else {
            write_scalar(out, *at);
        }
        at = nullptr;
        while (!open.empty() && !(at = next_part(out, open.back()))) {
            end(out, *open.back().container);
            open.pop_back();
        }
    }
}

bool value::equal(const value& left, const value& right) {
    value_pairs more{{&left, &right}};
    while (!more.empty()) {
        const auto [one, other] = more.back();
        more.pop_back();
        if (!same_here(*one, *other, more)) return false;
    }
    return true;
}

}  // namespace kedge
