#include <kedge/socketio/value/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include <kedge/socketio/value/tape.hpp>

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

}  // namespace kedge
