#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/text_arena.hpp>
#include <kedge/socketio/value/writer.hpp>

namespace kedge::cluster {

/// Decodes what another node wrote, JSON or MessagePack. What is read from it lives until the next read().
/// Reused from message to message.
class message_reader {
  public:
    /// False when it is neither. JSON begins with `{` or `[`.
    bool read(std::string_view bytes);
    item root() const noexcept { return tape_.root(); }

  private:
    std::string copy_;
    tape tape_;
    text_arena texts_;
};

/// Whether it is an event: an array that begins with a name, which may be a number.
bool is_event(const item& data);

/// A list of names; numbers among them are spelt as JavaScript spells them. False when it is none; a missing
/// one is empty.
bool read_names(const item& from, std::vector<std::string>& to);
/// `{rooms, except, flags}` of a message, each of which may be missing.
bool read_options(const item& from, broadcast_options& to);

void write_names(writer& to, const std::vector<std::string>& names);
/// What read_options() reads; flags only with `flags`.
enum class with_flags : bool { no, yes };
void write_options(writer& to, const broadcast_options& from, with_flags flags);

}  // namespace kedge::cluster
