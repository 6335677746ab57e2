#pragma once

#include <memory>
#include <string>
#include <vector>

#include <kedge/socketio/rooms/adapter.hpp>

namespace kedge {

/// The adapter of one server alone: all of its workers, nobody else. What adapters for several servers build
/// upon: its own broadcast() and so on are this server's part.
class local_adapter : public adapter {
  public:
    explicit local_adapter(adapter_host& host) noexcept : host_(host) {}

    void server_count(completion<ack_error, std::size_t> done) override { done({}, 1); }
    void broadcast(packet_ptr packet, broadcast_options to) override;
    void broadcast_with_ack(packet_ptr packet, broadcast_options to,
                            std::shared_ptr<broadcast_answers> answers) override;
    void fetch_sockets(broadcast_options of,
                       completion<ack_error, std::vector<socket_details>> done) override;
    void add_sockets(broadcast_options which, std::vector<std::string> rooms) override;
    void del_sockets(broadcast_options which, std::vector<std::string> rooms) override;
    void disconnect_sockets(broadcast_options which, bool close) override;
    void server_side_emit(encoded_data event, completion<ack_error, std::vector<value>> responses) override;

  protected:
    adapter_host& host() const noexcept { return host_; }
    /// This server's part of a broadcast with answers: its recipients and what they answer.
    void ask_here(packet_ptr packet, broadcast_options to, std::shared_ptr<broadcast_answers> answers);

  private:
    adapter_host& host_;
};

}  // namespace kedge
