#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <kedge/engine/large_memory.hpp>
#include <kedge/socketio/value/value_kind.hpp>
#include <kedge/socketio/value/writer.hpp>

namespace kedge {

/// One entry of a tape. Strings and binaries are referenced, never copied.
struct token {
    value_kind kind = value_kind::null;
    std::uint32_t size = 0;  ///< bytes of a string or binary; items of an array; members of an object
    union {
        bool boolean;
        std::int64_t integer = 0;
        std::uint64_t unsigned_integer;
        double number;
        const char* bytes;
        std::size_t extent;  ///< of an array or object: how many tokens it takes, itself included
    };
};

class items;
struct member_item;
template <class Value>
class tape_range;
/// The members of an object in the order in which they were sent.
using member_items = tape_range<member_item>;

/// A decoded value, read where it lies on its tape: a pointer, copied freely, valid as long as the tape and
/// the text it was decoded from. An item that is not there (a missing argument or member) reads as null.
class item {
  public:
    item() noexcept = default;
    explicit item(const token* at) noexcept : at_(at) {}

    /// Whether there is anything at all, be it null.
    bool exists() const noexcept { return at_ != nullptr; }
    value_kind kind() const noexcept { return at_ ? at_->kind : value_kind::null; }
    bool is_null() const noexcept { return kind() == value_kind::null; }
    bool is_boolean() const noexcept { return kind() == value_kind::boolean; }
    /// An integer that fits int64 or uint64, in a spelling without fraction or exponent.
    bool is_integer() const noexcept {
        return kind() == value_kind::integer || kind() == value_kind::unsigned_integer;
    }
    bool is_number() const noexcept { return is_integer() || kind() == value_kind::number; }
    bool is_string() const noexcept { return kind() == value_kind::string; }
    bool is_binary() const noexcept { return kind() == value_kind::binary; }
    bool is_array() const noexcept { return kind() == value_kind::array; }
    bool is_object() const noexcept { return kind() == value_kind::object; }

    /// The content, or false, 0, an empty string or range where the kind is another.
    bool as_boolean() const noexcept { return is_boolean() && at_->boolean; }
    double as_number() const noexcept;
    std::string_view as_string() const noexcept {
        return is_string() ? std::string_view(at_->bytes, at_->size) : std::string_view();
    }
    std::span<const std::byte> as_binary() const noexcept;
    items as_array() const noexcept;
    member_items as_object() const noexcept;
    /// The integral number in whatever spelling (1, 1.0, 1e2), if there is one that fits.
    std::optional<std::int64_t> as_int64() const noexcept;
    std::optional<std::uint64_t> as_uint64() const noexcept;

    /// Number of items or members.
    std::size_t size() const noexcept { return is_array() || is_object() ? at_->size : 0; }
    /// An item of an array, or a missing one. Walks; iterate where all are wanted.
    item operator[](std::size_t index) const noexcept;
    /// A member of an object (of several of the same name the last, as in JavaScript), or a missing one.
    item operator[](std::string_view name) const noexcept;

    /// The value as a C++ type, if it can be one; see json.hpp.
    template <class T>
    std::optional<T> to() const;

    /// Writes the value to `out`. Does not recurse.
    void write(writer& out) const;

    const token* position() const noexcept { return at_; }
    /// Where the next value begins.
    const token* behind() const noexcept { return at_ + (is_array() || is_object() ? at_->extent : 1); }

  private:
    const token* at_ = nullptr;
};

/// Consecutive values on a tape, walked forwards; `Value` is made of where it stands, and knows what is
/// behind.
template <class Value>
class tape_range {
  public:
    class iterator {
      public:
        using value_type = Value;
        using difference_type = std::ptrdiff_t;
        using reference = Value;
        using pointer = void;
        using iterator_category = std::input_iterator_tag;

        iterator() noexcept = default;
        iterator(const token* at, std::size_t left) noexcept : at_(at), left_(left) {}
        Value operator*() const noexcept { return Value(at_); }
        iterator& operator++() noexcept {
            at_ = Value(at_).behind();
            --left_;
            return *this;
        }
        iterator operator++(int) noexcept {
            auto before = *this;
            ++*this;
            return before;
        }
        bool operator==(const iterator& other) const noexcept { return left_ == other.left_; }

      private:
        const token* at_ = nullptr;
        std::size_t left_ = 0;
    };

    tape_range() noexcept = default;
    tape_range(const token* first, std::size_t count) noexcept : first_(first), count_(count) {}

    std::size_t size() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }
    iterator begin() const noexcept { return {first_, count_}; }
    iterator end() const noexcept { return {nullptr, 0}; }

  private:
    const token* first_ = nullptr;
    std::size_t count_ = 0;
};

/// The items of an array, the arguments of an event.
class items : public tape_range<item> {
  public:
    using tape_range::tape_range;

    /// The first one, or a missing item.
    item front() const noexcept { return empty() ? item() : *begin(); }
    /// One of them, or a missing item.
    item operator[](std::size_t index) const noexcept;
    /// All but the first.
    items rest() const noexcept { return empty() ? items() : items(front().behind(), size() - 1); }
};

/// A member of an object on a tape.
struct member_item {
    explicit member_item(const token* at) noexcept : key(item(at).as_string()), value(at + 1) {}
    /// Where the next member begins.
    const token* behind() const noexcept { return value.behind(); }

    std::string_view key;
    item value;
};

/// A decoded value as a flat list of tokens, reused from packet to packet. It is a writer that references the
/// strings and binaries written to it: they must outlive what is read from it.
class tape final : public writer {
  public:
    /// A tape of so many tokens is long.
    static constexpr std::size_t long_from = 65536;

    /// Forgets the content, keeps the memory unless it is more than an ordinary packet needs.
    void clear() noexcept;
    /// No more values and keys than so many will come: a tape that becomes long has room for all of them at
    /// once, and is not copied again and again.
    void expect(std::size_t most) noexcept { most_ = most; }
    /// The first value, or a missing item.
    item root() const noexcept { return tokens_.empty() ? item() : item(tokens_.data()); }
    /// How many arrays and objects are open.
    std::size_t depth() const noexcept { return depth_; }

    void null() override { put(value_kind::null); }
    void boolean(bool value) override { put(value_kind::boolean).boolean = value; }
    void integer(std::int64_t value) override { put(value_kind::integer).integer = value; }
    void unsigned_integer(std::uint64_t value) override;
    void number(double value) override { put(value_kind::number).number = value; }
    void string(std::string_view text) override { put(value_kind::string, text.data(), text.size()); }
    void binary(std::span<const std::byte> bytes) override {
        put(value_kind::binary, reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    void begin_array(std::size_t = 0) override { open(value_kind::array); }
    void end_array() override { close(); }
    void begin_object(std::size_t = 0) override { open(value_kind::object); }
    void key(std::string_view name) override;
    void end_object() override { close(); }

    /// The innermost open object.
    item innermost() const noexcept { return item(tokens_.data() + open_); }
    /// Puts a binary in the place of the innermost open object.
    void end_object_as_binary(std::span<const std::byte> bytes);
    /// Takes back the key written last.
    void drop_key() noexcept;

  private:
    token& append(value_kind kind) {
        if (tokens_.size() == long_from && most_ > tokens_.capacity()) tokens_.reserve(most_);
        tokens_.emplace_back().kind = kind;
        return tokens_.back();
    }
    token& put(value_kind kind) {
        count_item();
        return append(kind);
    }
    void put(value_kind kind, const char* bytes, std::size_t size) {
        token& made = put(kind);
        made.size = static_cast<std::uint32_t>(size);
        made.bytes = bytes;
    }
    void count_item() noexcept {
        if (depth_ != 0 && tokens_[open_].kind == value_kind::array) ++tokens_[open_].size;
    }
    void open(value_kind kind);
    void close() noexcept;

    std::vector<token, engine::large_memory_allocator<token>> tokens_;
    /// The innermost open container; its extent holds the next outer one until it closes.
    std::size_t open_ = 0;
    std::size_t depth_ = 0;
    std::size_t most_ = 0;  ///< that are expected
};

}  // namespace kedge
