#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/adapters/fleet.hpp>
#include <kedge/cluster/adapters/question.hpp>
#include <kedge/cluster/messages/message_reader.hpp>
#include <kedge/cluster/messages/node_message.hpp>
#include <kedge/socketio/rooms/local_adapter.hpp>

namespace kedge::cluster {

/// The worker on which Redis is spoken to.
inline constexpr unsigned first_worker = 0;

/// What all adapters over Redis have in common: what is said goes to the other nodes and, at once and whether
/// or not Redis is there, to this one; what others say is done here; questions are gathered. Redis is spoken
/// to on the first worker alone. How messages are written and where they go is for those that derive from it.
class fleet_adapter : public local_adapter {
  public:
    fleet_adapter(adapter_host& host, std::shared_ptr<fleet> shared, engine::duration requests_timeout);

    void init() override;
    void close(completion<> done) override;
    void server_count(completion<ack_error, std::size_t> done) override;
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
    // On the first worker, with a client.
    virtual void listen(channel_port& channels) = 0;
    virtual void end_listening(channel_port& channels) = 0;
    /// The command that says it to the others. On any worker.
    virtual std::string command_of(const outgoing_message& message) const = 0;
    /// The command that asks who listens: to the namespace first, then each of the nodes named.
    virtual std::string count_command(const std::vector<std::string>& named) const = 0;
    /// Where answers to a node go; empty: to all of them.
    virtual std::string answers_to(std::string_view uid) const { return std::string(uid); }

    /// Something from another node: on the first worker.
    void on_message(const node_message& message);
    void on_response(const node_message& message);
    /// Something that is no message: passed over, and counted.
    void on_nonsense() noexcept {
        if (client_) client_->figures().not_understood.add();
    }

    /// Null while there is none. On the first worker.
    redis_client* client() const noexcept { return client_; }
    message_reader& reader() noexcept { return reader_; }
    /// Chance for names: as many letters, digits, `-` and `_`.
    static std::string make_uid(std::size_t size);

    enum class fate : std::uint8_t { waits, is_dropped };  // while Redis does not take it
    /// Says it to the others. On any worker.
    void say(const outgoing_message& message, fate otherwise = fate::waits);
    /// The same of an event.
    void say_event(const broadcast_packet& packet, const broadcast_options& to);
    /// Says it, and gathers the answers. On the first worker.
    void ask(std::string command, std::string id, std::unique_ptr<question> what, engine::duration timeout);
    std::string next_request();

  private:
    void enter();
    void count(const std::vector<std::string>& named, question_table::counted then);

    void on_order(const node_message& order);
    void on_broadcast(const node_message& message);
    void on_ask(const node_message& message);
    void on_fetch(const node_message& message);
    void on_emit(const node_message& message);
    void on_names_wanted(const node_message& message);
    /// Sends answers to a question of another node, from any thread.
    class responder;

    std::shared_ptr<fleet> fleet_;
    engine::duration requests_timeout_;
    redis_client* client_ = nullptr;
    std::unique_ptr<question_table> questions_;
    message_reader reader_;
    std::string request_prefix_;
    std::atomic<std::uint64_t> last_request_{0};
    bool closed_ = false;
};

}  // namespace kedge::cluster
