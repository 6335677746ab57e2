#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace kedge::cluster {

/// What a reply of Redis is. RESP2 has the first five; its "null bulk" and "null array" are null.
enum class resp_kind : std::uint8_t {
    null,
    text,  ///< a simple, bulk, verbatim or big-number string
    error,
    integer,
    array,
    boolean,
    number,
    map,  ///< keys and values one behind the other
    set,
    push,  ///< not the answer to a command
};

/// One entry of a reply laid out flat: an aggregate is followed by its items.
struct resp_node {
    resp_kind kind = resp_kind::null;
    std::size_t at = 0;      ///< where a text or error begins in the reply's bytes
    std::size_t size = 0;    ///< bytes of a text or error, items of an aggregate
    std::size_t extent = 1;  ///< how many nodes it takes, itself included
    std::int64_t integer = 0;
    double number = 0;
};

/// A reply, read where it lies: valid during the call that it is given to. What is not there reads as null.
class resp_value {
  public:
    class iterator;

    resp_value() noexcept = default;
    resp_value(const resp_node* node, const char* bytes) noexcept : node_(node), bytes_(bytes) {}

    resp_kind kind() const noexcept { return node_ ? node_->kind : resp_kind::null; }
    bool is_null() const noexcept { return kind() == resp_kind::null; }
    bool is_text() const noexcept { return kind() == resp_kind::text; }
    bool is_error() const noexcept { return kind() == resp_kind::error; }
    bool is_list() const noexcept {
        return kind() == resp_kind::array || kind() >= resp_kind::map;  // array, map, set, push
    }
    /// Of a text or error; else empty.
    std::string_view text() const noexcept {
        return is_text() || is_error() ? std::string_view(bytes_ + node_->at, node_->size)
                                       : std::string_view();
    }
    /// Of an integer or boolean, or of a text that is a decimal number; else 0.
    std::int64_t integer() const noexcept;
    double number() const noexcept { return kind() == resp_kind::number ? node_->number : 0; }

    /// Items of a list: a map has two for each member.
    std::size_t size() const noexcept { return is_list() ? node_->size : 0; }
    /// An item of a list, or null. Walks.
    resp_value operator[](std::size_t index) const noexcept;
    iterator begin() const noexcept;
    iterator end() const noexcept;

  private:
    const resp_node* node_ = nullptr;
    const char* bytes_ = nullptr;
};

class resp_value::iterator {
  public:
    using value_type = resp_value;
    using difference_type = std::ptrdiff_t;
    using reference = resp_value;
    using pointer = void;
    using iterator_category = std::input_iterator_tag;

    iterator(const resp_node* node, const char* bytes, std::size_t left) noexcept
        : node_(node), bytes_(bytes), left_(left) {}
    resp_value operator*() const noexcept { return {node_, bytes_}; }
    iterator& operator++() noexcept {
        node_ += node_->extent;
        --left_;
        return *this;
    }
    bool operator==(const iterator& other) const noexcept { return left_ == other.left_; }

  private:
    const resp_node* node_;
    const char* bytes_;
    std::size_t left_;
};

inline resp_value::iterator resp_value::begin() const noexcept {
    return {is_list() ? node_ + 1 : nullptr, bytes_, size()};
}
inline resp_value::iterator resp_value::end() const noexcept {
    return {nullptr, nullptr, 0};
}

}  // namespace kedge::cluster
