#pragma once

#include <kedge/socketio/rooms/adapter_host.hpp>

namespace kedge {

class desk;
class nsp_state;

/// What a namespace is to its adapter.
class nsp_host final : public adapter_host {
  public:
    explicit nsp_host(nsp_state& above) noexcept : above_(above) {}

    const std::string& nsp() const noexcept override;
    void log(log_level level, std::string_view event,
             std::span<const log_record::field> facts) const override;

    const std::optional<recovery_options>& recovery() const noexcept override;

    unsigned workers() const noexcept override;
    std::optional<unsigned> here() const noexcept override;
    void run(unsigned worker, engine::task work) override;
    void post(unsigned worker, engine::task work) override;
    void on_worker(engine::task work) override;
    std::function<void(engine::task)> way_back() const override;
    engine::loop& loop() const noexcept override;
    boost::asio::execution_context* context(unsigned worker) const noexcept override;

    packet_ptr make_event(const event_data& data, const broadcast_flags& flags,
                          std::string offset) const override;
    packet_ptr make_question(const event_data& data, const broadcast_flags& flags) override;
    void deliver(packet_ptr packet, broadcast_options to) override;
    void deliver_here(const broadcast_packet& packet, const broadcast_options& to) override;
    void deliver_to(std::string_view id, const broadcast_packet& packet,
                    const broadcast_flags& flags) override;
    void ask(packet_ptr question, broadcast_options to, completion<std::size_t> recipients,
             completion<value> answer) override;
    void raise(const event_data& event, completion<value> answer) override;

    bool has_room(std::string_view room) const override;
    void rooms(completion<std::vector<std::string>> done) override;
    void sockets(std::vector<std::string> in, completion<std::vector<std::string>> done) override;
    void rooms_of(std::string id, completion<std::optional<std::vector<std::string>>> done) override;
    void describe(broadcast_options which, completion<std::vector<socket_details>> done) override;
    void join(broadcast_options which, std::vector<std::string> rooms) override;
    void leave(broadcast_options which, std::vector<std::string> rooms) override;
    void disconnect(broadcast_options which, bool close) override;
    void cut(std::string_view id) override;

  private:
    desk& worker_here() const noexcept;
    engine::task keeping(engine::task work) const;
    packet_ptr make(const event_data& data, std::optional<std::uint64_t> id, packet_making how) const;

    nsp_state& above_;
};

}  // namespace kedge
