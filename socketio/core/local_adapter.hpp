#pragma once

#include <functional>

#include <kedge/socketio/rooms/adapter.hpp>

namespace kedge {

/// The adapter of one server alone: all of its workers, nobody else. What adapters for several servers build
/// upon.
class local_adapter : public adapter {
  public:
    explicit local_adapter(nsp_state& above) noexcept : above_(above) {}

    void server_count(completion<std::size_t> done) override { done(1); }
    void add_all(socket_state& who, std::span<const std::string> rooms) override;
    void del(socket_state& who, std::string_view room) override;
    void del_all(socket_state& who) override;
    void broadcast(packet_ptr packet, broadcast_options to) override;
    void broadcast_with_ack(packet_ptr packet, broadcast_options to, completion<std::size_t> client_count,
                            completion<value> response) override;
    void sockets(std::vector<std::string> rooms, completion<std::vector<std::string>> done) override;
    void socket_rooms(std::string id, completion<std::optional<std::vector<std::string>>> done) override;
    void fetch_sockets(broadcast_options of, completion<std::vector<socket_details>> done) override;
    void add_sockets(broadcast_options which, std::vector<std::string> rooms) override;
    void del_sockets(broadcast_options which, std::vector<std::string> rooms) override;
    void disconnect_sockets(broadcast_options which, bool close) override;
    void server_side_emit(arguments packet, completion<ack_error, std::vector<value>> responses) override;

  protected:
    nsp_state& above() const noexcept { return above_; }

    // For adapters that reach other servers: what came from those is handed in here, on any thread. A
    // `packet` is the name of an event and its arguments, as broadcast_packet::data() has them; one without a
    // name reaches nobody.

    /// Runs it on a worker: now if the caller is on one, else in a turn of the first.
    void on_worker(engine::task work) const;
    /// The way back, from any thread, to the worker that this is called on: there callbacks are called.
    std::function<void(engine::task)> way_back() const;
    /// Sends an event to sockets of this server.
    void deliver(const arguments& packet, broadcast_options to);
    /// The same with answers, of which the callbacks are told on some worker.
    void deliver_with_ack(const arguments& packet, broadcast_options to, completion<std::size_t> client_count,
                          completion<value> response);
    /// Raises an event of the server; a handler that answers does it with its first result, on any thread.
    void raise(const arguments& packet, completion<value> answer = {});

  private:
    nsp_state& above_;
};

}  // namespace kedge
