#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge {

/// How data lies in bytes.
enum class encoding : std::uint8_t { json, msgpack };

/// What data is written to, value by value, in one pass: a packet on its way out, a kedge::value, a tape.
/// Typed arguments write themselves straight into it.
///
/// Members of an object are written as key() and then one value. Counts are given first, since some forms
/// need them.
class writer {
  public:
    virtual void null() = 0;
    virtual void boolean(bool value) = 0;
    virtual void integer(std::int64_t value) = 0;
    virtual void unsigned_integer(std::uint64_t value) = 0;
    /// NaN and the infinities are written as JavaScript's JSON.stringify writes them: null.
    virtual void number(double value) = 0;
    /// Text in UTF-8; what is not valid is written as U+FFFD, a surrogate half (three bytes, as in WTF-8) as
    /// itself.
    virtual void string(std::string_view text) = 0;
    /// Bytes; they are not copied and must live until the packet was sent (until `emit` returns).
    virtual void binary(std::span<const std::byte> bytes) = 0;
    virtual void begin_array(std::size_t count) = 0;
    virtual void end_array() = 0;
    virtual void begin_object(std::size_t count) = 0;
    virtual void key(std::string_view name) = 0;
    virtual void end_object() = 0;
    /// One value that is encoded already and well-formed; false where it cannot be taken over as it is, and
    /// nothing was written.
    virtual bool verbatim(encoding form, std::string_view bytes) {
        (void)form;
        (void)bytes;
        return false;
    }

  protected:
    ~writer() = default;
};

}  // namespace kedge
