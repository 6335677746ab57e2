#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kedge/socketio/value/function_ref.hpp>
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/text_arena.hpp>
#include <kedge/socketio/value/writer.hpp>

namespace kedge {

/// In which form data is wanted.
enum class data_form : std::uint8_t {
    none,
    json,            ///< JSON; binary as Node writes a Buffer
    msgpack,         ///< MessagePack
    json_or_msgpack  ///< JSON, but MessagePack where there is binary
};

/// Encoded data, with bytes of its own.
struct encoded_data {
    encoding form = encoding::json;
    std::string bytes{};
};

/// Encodes what `data` writes, which is one value; `form` is not none.
encoded_data encode_data(data_form form, function_ref<void(writer&)> data);

/// The data of an event, an array of its name and its arguments, as whoever delivers it has it: encoded, or
/// decoded on a tape. Borrowed.
class event_data {
  public:
    /// No event.
    event_data() noexcept = default;
    /// JSON text without anything around the array, or MessagePack. It is well-formed: whoever hands it over
    /// has seen to that, since it may go to clients as it is.
    event_data(encoding form, std::string_view bytes) noexcept : form_(form), bytes_(bytes) {}
    event_data(const encoded_data& from) noexcept : event_data(from.form, from.bytes) {}
    explicit event_data(const item& decoded) noexcept : decoded_(decoded) {}

    /// Whether it is an array that begins with a string, or, if it is decoded, with a number: JavaScript's
    /// servers pass those on as names.
    bool has_name() const noexcept;
    bool is_decoded() const noexcept { return decoded_.exists(); }
    const item& decoded() const noexcept { return decoded_; }
    encoding form() const noexcept { return form_; }
    std::string_view bytes() const noexcept { return bytes_; }

  private:
    encoding form_ = encoding::json;
    std::string_view bytes_;
    item decoded_;
};

/// Writes an event's data, and an offset as its last argument if there is one: as it is where the writer
/// takes that, else decoded. What binaries it writes lie in this, or in the data.
class event_data_writer {
  public:
    explicit event_data_writer(const event_data& from) noexcept : from_(from) {}
    void write(writer& to, std::string_view offset);

  private:
    bool write_as_it_is(writer& to, std::string_view offset);
    /// Empty when it is not what it says.
    item decode();

    event_data from_;
    std::string copy_;
    tape tape_;
    text_arena texts_;
};

}  // namespace kedge
