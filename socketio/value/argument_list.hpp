#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <kedge/socketio/value/function_ref.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/value/writer.hpp>

namespace kedge {

class items;

/// All arguments of an event or ack, as values. As the only value parameter of a handler it takes everything
/// that was sent; emitted or acked it counts as so many arguments, not as one array.
class arguments {
  public:
    arguments() noexcept = default;
    arguments(std::initializer_list<value> values) : values_(values) {}
    explicit arguments(std::vector<value> values) noexcept : values_(std::move(values)) {}
    explicit arguments(const items& from);

    std::size_t size() const noexcept { return values_.size(); }
    bool empty() const noexcept { return values_.empty(); }
    /// One of them, or null if there are not so many.
    const value& operator[](std::size_t index) const noexcept;
    auto begin() const noexcept { return values_.begin(); }
    auto end() const noexcept { return values_.end(); }
    void push_back(value more) { values_.push_back(std::move(more)); }
    const std::vector<value>& values() const noexcept { return values_; }

    friend bool operator==(const arguments&, const arguments&) = default;

  private:
    std::vector<value> values_;
};

/// An argument that is missing or is not what the handler takes.
struct argument_error {
    std::size_t index = 0;  ///< counted from 0, the event's name not included
    std::string path;       ///< of the part of it that is wrong, as in ".names[2].text"; empty: all of it
    std::string expected;   ///< e.g. "array of string"
    std::string received;   ///< e.g. "object", "number 1.5", "nothing"

    std::string message() const;
};
/// What reports call a value that was received.
std::string describe_received(const item& received);

/// Arguments on their way out, borrowed from the caller of emit: how many they are, and what writes them one
/// behind the other (into an array that is already open).
struct outgoing_arguments {
    std::size_t count = 0;
    function_ref<void(writer&)> write;
};

/// Where the call of a handler comes from. What runs handlers derives from it to supply the parameters that
/// are not arguments (see context_parameter) and to take what they return.
class call_context {
  public:
    /// The handler returned `results`: the answer to an event whose sender waits for one.
    virtual void reply(const outgoing_arguments& results) = 0;

  protected:
    ~call_context() = default;
};

/// Parameters of handlers that are not read from the arguments. Specialise it as
/// `template <> struct context_parameter<socket> : std::true_type { static socket take(call_context&); }`.
template <class T>
struct context_parameter : std::false_type {};

}  // namespace kedge
