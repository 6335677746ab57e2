#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kedge/socketio/value/binary.hpp>
#include <kedge/socketio/value/function_ref.hpp>
#include <kedge/socketio/value/value_kind.hpp>
#include <kedge/socketio/value/value_slabs.hpp>
#include <kedge/socketio/value/writer.hpp>

namespace kedge {

class item;
struct member;
struct token;
class value;
template <class T>
struct json;

/// What becomes a value by its kedge::json: containers, structs, enums, times. Those that a value is made of
/// without it are apart.
template <class T>
concept described_to_json =
    !std::is_arithmetic_v<T> && !std::is_array_v<T> && !std::same_as<T, value> && !std::same_as<T, item> &&
    !std::convertible_to<const T&, std::string_view> && requires {
    sizeof(json<T>);
};

/// Any JSON value, or one that holds binary. Objects keep the order of their members. Reading what is not
/// there gives null, as `undefined` does in JavaScript: `handshake.auth["user"]["name"].as_string()` is safe
/// on any input.
///
///     kedge::value v{{"name", "Ada"}, {"tags", kedge::value::array({"x", 1, true})}};
///
/// Copying, comparing and destroying do not recurse, so that no depth of nesting exhausts the stack.
class value {
  public:
    using elements = std::vector<value>;

    value() noexcept = default;
    value(std::nullptr_t) noexcept {}
    template <std::same_as<bool> Bool>
    value(Bool from) noexcept : kind_(value_kind::boolean) {
        content_.boolean = from;
    }
    template <std::integral Integer>
    requires(!std::same_as<Integer, bool>) value(Integer from)
    noexcept {
        if constexpr (std::is_signed_v<Integer>) {
            assign(static_cast<std::int64_t>(from));
        } else {
            assign(static_cast<std::uint64_t>(from));
        }
    }
    value(double from) noexcept : kind_(value_kind::number) { content_.number = from; }
    value(std::string_view text);
    value(const std::string& text) : value(std::string_view(text)) {}
    value(const char* text) : value(std::string_view(text)) {}
    value(const kedge::binary& bytes);
    value(std::span<const std::byte> bytes) : value(kedge::binary(bytes)) {}
    value(const std::vector<std::byte>& bytes) : value(kedge::binary(bytes)) {}
    value(elements from);
    /// An object.
    value(std::initializer_list<std::pair<std::string_view, value>> from);
    /// Whatever else can be emitted (<kedge/socketio/value/json.hpp>): containers, structs, times.
    template <class T>
    requires described_to_json<T> value(const T& from);
    /// A copy of what lies on a tape; of members with the same name the last counts.
    explicit value(const item& from);

    static value array(std::initializer_list<value> from = {});
    static value object(std::initializer_list<std::pair<std::string_view, value>> from = {});
    /// The value that JSON text denotes, or nothing if it is not JSON. At most `max_depth` levels deep.
    static std::optional<value> parse(std::string_view json, std::size_t max_depth = 1000);

    value(const value& other);
    value(value&& other) noexcept { swap(other); }
    value& operator=(const value& other);
    value& operator=(value&& other) noexcept;
    ~value() {
        if (owns()) destroy();
    }
    void swap(value& other) noexcept {
        std::swap(content_, other.content_);
        std::swap(size_, other.size_);
        std::swap(kind_, other.kind_);
        std::swap(in_slab_, other.in_slab_);
    }

    value_kind kind() const noexcept { return kind_; }
    bool is_null() const noexcept { return kind_ == value_kind::null; }
    bool is_boolean() const noexcept { return kind_ == value_kind::boolean; }
    bool is_integer() const noexcept {
        return kind_ == value_kind::integer || kind_ == value_kind::unsigned_integer;
    }
    bool is_number() const noexcept { return is_integer() || kind_ == value_kind::number; }
    bool is_string() const noexcept { return kind_ == value_kind::string; }
    bool is_binary() const noexcept { return kind_ == value_kind::binary; }
    bool is_array() const noexcept { return kind_ == value_kind::array; }
    bool is_object() const noexcept { return kind_ == value_kind::object; }

    /// The content, or false, 0, an empty string or range where the kind is another.
    bool as_boolean() const noexcept { return is_boolean() && content_.boolean; }
    std::int64_t as_integer() const noexcept;
    /// Like as_integer, for what is above its range; negative numbers wrap around.
    std::uint64_t as_unsigned() const noexcept;
    double as_number() const noexcept;
    std::string_view as_string() const noexcept;
    std::span<const std::byte> as_binary() const noexcept;
    std::span<const value> as_array() const noexcept;
    std::span<const member> as_object() const noexcept;

    /// The value as a C++ type (bool, numbers, strings, containers, your own), if it can be one; see
    /// json.hpp.
    template <class T>
    std::optional<T> to() const;

    /// Number of items, members, or bytes of a string or binary.
    std::size_t size() const noexcept;
    bool empty() const noexcept { return size() == 0; }
    bool contains(std::string_view name) const noexcept;

    const value& operator[](std::string_view name) const noexcept;
    const value& operator[](std::size_t index) const noexcept;
    /// The member of that name, made if there is none; anything but an object becomes one.
    value& operator[](std::string_view name);
    /// The item at an index below size() of an array.
    value& operator[](std::size_t index);
    /// Adds an item; anything but an array becomes an empty one first.
    value& push_back(value element);
    /// Adds a member without looking whether one of that name is there.
    value& append(std::string name, value from);
    /// Makes room for so many items or members.
    void reserve(std::size_t count);
    /// Removes a member or does nothing. Those before it stay where they are.
    void erase(std::string_view name);

    void write(writer& out) const;
    /// As JSON.stringify writes it; binary in Node's form {"type":"Buffer","data":[…]}.
    std::string to_json() const;

    /// Numbers are compared by what they are worth, objects without regard to the order of members.
    friend bool operator==(const value& left, const value& right) { return equal(left, right); }

  private:
    friend class value_builder;
    struct block;
    union content {
        bool boolean;
        std::int64_t integer = 0;
        std::uint64_t unsigned_integer;
        double number;
        char* bytes;   ///< null where there are none
        block* items;  ///< null where there are none
    };

    static bool equal(const value& left, const value& right);
    bool owns() const noexcept { return kind_ >= value_kind::string && content_.bytes != nullptr; }
    void assign(std::int64_t from) noexcept;
    void assign(std::uint64_t from) noexcept;
    void hold(value_kind kind, const void* bytes, std::size_t size, value_slabs* in = nullptr);
    void hold(const token& from, value_slabs* in);
    void lay_out(const token* at, value_slabs* in);
    void destroy() noexcept;
    void hand_over(block*& doomed) noexcept;
    void become(value_kind kind) noexcept;
    void settle();
    value* add_item() noexcept;
    value* add_member(std::string_view key);
    template <class Item>
    void grow(std::size_t capacity, value_slabs* in = nullptr);
    template <class Item>
    void make_room();
    template <class Unwanted>
    void remove_members(Unwanted unwanted) noexcept;

    content content_;
    std::uint32_t size_ = 0;  ///< bytes, items or members
    value_kind kind_ = value_kind::null;
    bool in_slab_ = false;  ///< where the bytes lie
};

/// A member of an object.
struct member {
    std::string key;
    kedge::value value;
};

/// What the items of an array, or the members of an object, lie in: they follow it. The link serves their
/// destruction: a list of what is still to be destroyed needs neither recursion nor memory.
struct value::block {
    block* next;
    value_slabs::slab* from;
    std::uint32_t capacity;
    std::uint32_t size;  // while it is being destroyed
    bool is_object;      // likewise

    template <class Item>
    Item* items() noexcept {
        static_assert(alignof(Item) <= alignof(block));
        return reinterpret_cast<Item*>(this + 1);
    }
    template <class Item>
    void clear(block*& doomed) noexcept;
};

template <class Item>
void value::make_room() {
    constexpr std::size_t few = 4;
    if (owns() && size_ < content_.items->capacity) return;
    grow<Item>(std::max<std::size_t>(few, std::size_t{2} * size_));
}

/// Of an object that has some.
template <class Unwanted>
void value::remove_members(Unwanted unwanted) noexcept {
    const std::span<member> all(content_.items->items<member>(), size_);
    const auto rest = std::remove_if(all.begin(), all.end(), unwanted);
    size_ = static_cast<std::uint32_t>(rest - all.begin());
    std::destroy(rest, all.end());
}

/// Lets what is there move into a block for `capacity` of them.
template <class Item>
void value::grow(std::size_t capacity, value_slabs* in) {
    if (capacity == 0 || (owns() && capacity <= content_.items->capacity)) return;
    if (capacity > std::numeric_limits<std::uint32_t>::max())
        throw std::length_error("a value holds at most 4 Gi values");
    const auto taken = value_slabs::take(sizeof(block) + capacity * sizeof(Item), in);
    auto* const made =
        new (taken.at) block{nullptr, taken.from, static_cast<std::uint32_t>(capacity), 0, false};
    if (owns()) {
        const std::span<Item> before(content_.items->items<Item>(), size_);
        std::uninitialized_move(before.begin(), before.end(), made->items<Item>());
        std::destroy(before.begin(), before.end());
        value_slabs::give_back({content_.items, content_.items->from});
    }
    content_.items = made;
}

/// The value that `data` writes.
value build_value(function_ref<void(writer&)> data);

}  // namespace kedge
