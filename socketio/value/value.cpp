#include <kedge/socketio/value/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

namespace kedge {

namespace {

const value null_value{};

value& value_of(value& item) noexcept {
    return item;
}
value& value_of(member& item) noexcept {
    return item.value;
}

/// Bytes in a slab stand behind the place of their slab.
constexpr std::size_t slab_link = sizeof(value_slabs::slab*);

value_slabs::part whole(char* bytes, bool in_slab) noexcept {
    if (!in_slab) return {bytes, nullptr};
    value_slabs::slab* from = nullptr;
    std::memcpy(&from, bytes - slab_link, slab_link);
    return {bytes - slab_link, from};
}

}  // namespace

value::value(std::string_view text) {
    hold(value_kind::string, text.data(), text.size());
}

value::value(const kedge::binary& bytes) {
    hold(value_kind::binary, bytes.bytes().data(), bytes.bytes().size());
}

value::value(elements from) {
    become(value_kind::array);
    reserve(from.size());
    for (value& each : from) push_back(std::move(each));
}

value::value(std::initializer_list<std::pair<std::string_view, value>> from) : value() {
    become(value_kind::object);
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

void value::hold(value_kind kind, const void* bytes, std::size_t size, value_slabs* in) {
    if (size > std::numeric_limits<std::uint32_t>::max())
        throw std::length_error("a value holds at most 4 GiB");
    content_.bytes = nullptr;
    if (size != 0) {
        const auto taken = value_slabs::take(in ? size + slab_link : size, in);
        content_.bytes = static_cast<char*>(taken.at);
        if (in)
            content_.bytes =
                std::copy_n(reinterpret_cast<const char*>(&taken.from), slab_link, content_.bytes);
        std::memcpy(content_.bytes, bytes, size);
    }
    in_slab_ = in != nullptr;
    size_ = static_cast<std::uint32_t>(size);
    kind_ = kind;
}

template <class Item>
void value::block::clear(block*& doomed) noexcept {
    for (Item& each : std::span(items<Item>(), size)) {
        value_of(each).hand_over(doomed);
        each.~Item();
    }
}

void value::hand_over(block*& doomed) noexcept {
    if (!owns() || is_string() || is_binary()) return;
    block* const given = content_.items;
    given->size = size_;
    given->is_object = is_object();
    given->next = doomed;
    doomed = given;
    content_.items = nullptr;
}

void value::destroy() noexcept {
    if (is_string() || is_binary()) return value_slabs::give_back(whole(content_.bytes, in_slab_));
    block* doomed = nullptr;
    hand_over(doomed);
    while (doomed) {
        block* const dying = std::exchange(doomed, doomed->next);
        dying->is_object ? dying->clear<member>(doomed) : dying->clear<value>(doomed);
        value_slabs::give_back({dying, dying->from});
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

std::span<const value> value::as_array() const noexcept {
    if (!is_array() || !owns()) return {};
    return {content_.items->items<value>(), size_};
}

std::span<const member> value::as_object() const noexcept {
    if (!is_object() || !owns()) return {};
    return {content_.items->items<member>(), size_};
}

std::size_t value::size() const noexcept {
    return kind_ >= value_kind::string ? size_ : 0;
}

bool value::contains(std::string_view name) const noexcept {
    const auto all = as_object();
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
    become(value_kind::object);
    for (const auto& each : as_object()) {
        if (each.key == name) return const_cast<value&>(each.value);
    }
    return append(std::string(name), {});
}

value& value::operator[](std::size_t index) {
    if (index >= as_array().size()) throw std::out_of_range("kedge::value: no item at this index");
    return content_.items->items<value>()[index];
}

value& value::push_back(value element) {
    become(value_kind::array);
    make_room<value>();
    return *add_item() = std::move(element);
}

value& value::append(std::string name, value from) {
    become(value_kind::object);
    make_room<member>();
    auto* const made = new (content_.items->items<member>() + size_) member{std::move(name), std::move(from)};
    ++size_;
    return made->value;
}

void value::reserve(std::size_t count) {
    if (is_array()) grow<value>(count);
    if (is_object()) grow<member>(count);
}

// The name may be that of a member, which moves.
void value::erase(std::string_view name) {
    if (!contains(name)) return;
    const std::string unwanted(name);
    remove_members([&unwanted](const member& each) { return each.key == unwanted; });
}

void value::become(value_kind kind) noexcept {
    if (kind_ == kind) return;
    value().swap(*this);
    content_.items = nullptr;
    kind_ = kind;
}

/// Where there is room.
value* value::add_item() noexcept {
    return new (content_.items->items<value>() + size_++) value;
}

value* value::add_member(std::string_view key) {
    auto* const made = new (content_.items->items<member>() + size_) member{std::string(key), {}};
    ++size_;
    return &made->value;
}

}  // namespace kedge
