#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/fleet_adapter.hpp>
#include <kedge/cluster/adapters/ordered_events.hpp>
#include <kedge/cluster/messages/cluster_form.hpp>
#include <kedge/engine/keyed_hash.hpp>

namespace kedge::cluster {

struct streams_options {
    std::string stream_name = "socket.io";
    unsigned stream_count = 1;
    std::string channel_prefix = "socket.io";
    channel_kind pub_sub = channel_kind::plain;  ///< or sharded
    std::size_t max_len = 10'000;
    std::size_t read_count = 100;
    engine::duration block_time{5000};
    std::string session_key_prefix = "sio:session:";
    binary_form binaries = binary_form::msgpack;
    engine::duration requests_timeout{5000};
    /// How long this server's own clients wait for the place of an event in the stream, when it recovers. On
    /// a busy machine Redis may well take some dozens of milliseconds: who then gets an event without its
    /// place may get it twice.
    engine::duration patience{200};
};

/// The adapter that shares a fleet with `@socket.io/redis-streams-adapter`: broadcasts and what is done to
/// sockets go through a stream that all read, questions by PUBLISH. With recovery, a client that returns to
/// whatever server gets what it has missed out of the stream.
class streams_adapter final : public fleet_adapter {
  public:
    streams_adapter(adapter_host& host, std::shared_ptr<fleet> shared, const streams_options& options);

    data_form wants() const noexcept override { return data_form::json_or_msgpack; }
    void broadcast(packet_ptr packet, broadcast_options to) override;

    bool recovers() const noexcept override { return host().recovery().has_value(); }
    void unicast(const std::string& id, packet_ptr packet, const broadcast_flags& flags) override;
    std::string position() override;
    void enrol(const std::string& pid, const std::string& id) override;
    void withdraw(const std::string& pid, const std::string& id) override;
    void persist_session(stored_session session) override;
    void restore_session(std::string pid, std::string offset,
                         completion<std::optional<stored_session>> done) override;
    void missed_packets(const stored_session& session,
                        completion<std::optional<std::vector<packet_ptr>>> done) override;

  private:
    struct address {
        std::string id;
        unsigned worker;
    };
    struct catching_up;

    void listen(channel_port& channels) override;
    void end_listening(channel_port& channels) override;
    std::string command_of(const outgoing_message& message) const override;
    std::string count_command(const std::vector<std::string>& named) const override;

    std::string entry_of(const outgoing_message& message, std::string_view ticket) const;
    void send_in_order(packet_ptr packet, broadcast_options to, std::string only);
    void on_entry(const stream_entry& entry);
    void on_published(std::string_view message);
    std::optional<address> connected(const std::string& pid) const;
    struct claim;
    void take(std::shared_ptr<claim> who);
    void on_taken(std::shared_ptr<claim> who, resp_value first_entry);
    void recall(std::shared_ptr<claim> who);
    void on_recall(const node_message& asked);
    void read_missed(std::shared_ptr<catching_up> who);
    void note_missed(catching_up& who, resp_value entries);

    streams_options options_;
    cluster_form form_;
    std::string stream_;
    std::string public_channel_;
    stream_reader* reader_of_stream_ = nullptr;
    ordered_events events_;
    mutable std::mutex lock_;
    engine::keyed_map<std::string, address> connected_;  // by pid
};

/// The stream of a namespace, as the reference chooses it.
std::string stream_of(const std::string& nsp, const streams_options& options);

}  // namespace kedge::cluster
