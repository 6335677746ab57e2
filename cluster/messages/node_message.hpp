#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/value/function_ref.hpp>
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/writer.hpp>

namespace kedge::cluster {

/// What nodes say to each other, in whatever form it is written.
enum class verb : std::uint8_t {
    broadcast,   ///< an event to sockets
    ask,         ///< the same, and they shall answer
    recipients,  ///< how many of those there are on a node
    answer,      ///< of one of them
    join,
    leave,
    disconnect,
    fetch,    ///< asks for snapshots of sockets
    sockets,  ///< those of a node
    emit,     ///< an event of the servers themselves
    reply,    ///< a server's answer to that
    list_rooms,
    rooms,     ///< those of a node
    list_ids,  ///< asks for the ids of sockets in rooms
    ids,
    done,       ///< what was asked for was done
    recall,     ///< among Kedge nodes: who has the client of this pid lets it go
    recalled,   ///< whether it had it
    look_back,  ///< among Kedge nodes: who has kept what was heard between two places
    heard,      ///< whether it has, or that itself
};

/// A message to be written. Everything in it is borrowed.
struct outgoing_message {
    verb what = verb::broadcast;
    std::string_view request{};  ///< the question that it is, or answers; empty when there is none
    std::string_view to{};       ///< of an answer: the uid of who asked
    const broadcast_options* options = nullptr;
    /// Writes one value: the data of an event, an answer, a list of sockets.
    function_ref<void(writer&)> data{};
    std::span<const std::string> rooms{};  ///< joined or left
    bool close = false;                    ///< of a disconnect: the sessions too
    std::size_t count = 0;                 ///< of recipients
    std::uint64_t ticket = 0;              ///< of a broadcast: by it the sender knows it again
};

/// A message that came. What it points to lies in the reader that it was read by.
struct node_message {
    verb what = verb::broadcast;
    std::string_view uid{};  ///< of the sender; empty when it does not tell
    std::string_view request{};
    broadcast_options options{};
    item data{};  ///< what outgoing_message::data wrote
    std::vector<std::string> rooms{};
    bool close = false;
    std::size_t count = 0;
    std::uint64_t ticket = 0;
};

}  // namespace kedge::cluster
