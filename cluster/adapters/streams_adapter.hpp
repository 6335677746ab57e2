#pragma once

#include <memory>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/ordered_adapter.hpp>
#include <kedge/cluster/messages/cluster_form.hpp>

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
};

/// The adapter that shares a fleet with `@socket.io/redis-streams-adapter`: broadcasts and what is done to
/// sockets go through a stream that all read, questions by PUBLISH. With recovery, a client that returns to
/// whatever server gets what it has missed out of the stream.
class streams_adapter final : public ordered_adapter {
  public:
    streams_adapter(adapter_host& host, std::shared_ptr<fleet> shared, const streams_options& options);

    data_form wants() const noexcept override { return data_form::json_or_msgpack; }

  private:
    struct reading;

    void listen(channel_port& channels) override;
    void end_listening(channel_port& channels) override;
    std::string command_of(const outgoing_message& message) const override;
    std::string count_command(const std::vector<std::string>& named) const override;

    std::string command_in_order(const outgoing_message& message, std::uint64_t ticket) const override;
    void when_kept(const std::string& from, verdict then) override;
    std::string later_of(const std::string& one, const std::string& other) const override;
    void collect(std::shared_ptr<catching_up> who, verdict then) override;
    void ask_kin(outgoing_message message, std::unique_ptr<question> what, engine::duration timeout) override;
    void answer_kin(const outgoing_message& message) override { say(message); }

    std::string entry_of(const outgoing_message& message, std::string_view ticket) const;
    static std::uint64_t ticket_of(const stream_entry& entry) noexcept;
    void on_entry(const stream_entry& entry);
    void on_published(std::string_view message);
    void when_kept_behind(stream_id place, verdict then);
    void read_on(std::shared_ptr<reading> what);
    void note(reading& what, resp_value entries);

    streams_options options_;
    cluster_form form_;
    std::string stream_;
    std::string public_channel_;
    stream_reader* reader_of_stream_ = nullptr;
};

/// The stream of a namespace, as the reference chooses it.
std::string stream_of(const std::string& nsp, const streams_options& options);

}  // namespace kedge::cluster
