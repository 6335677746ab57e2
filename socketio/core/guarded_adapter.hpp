#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/socketio/rooms/adapter.hpp>

namespace kedge {

/// An application's adapter behind the guard: what it throws is logged, and who waits for an answer that it
/// has not given gets one all the same, once.
class guarded_adapter final : public adapter {
  public:
    guarded_adapter(nsp_state& above, std::unique_ptr<adapter> own) noexcept
        : above_(above), own_(std::move(own)) {}

    void init() override;
    void close(completion<> done) override;
    void server_count(completion<std::size_t> done) override;
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

    bool recovers() const noexcept override { return own_->recovers(); }
    std::string make_offset() override;
    void unicast(socket_state& to, packet_ptr packet, const broadcast_flags& flags) override;
    std::string position() override;
    void enrol(socket_state& who) override;
    void persist_session(stored_session session) override;
    void restore_session(std::string pid, std::string offset,
                         completion<std::optional<stored_session>> done) override;
    void missed_packets(const stored_session& session,
                        completion<std::optional<std::vector<packet_ptr>>> done) override;

  private:
    template <class Call>
    bool call(Call&& what);
    template <class Call, class... Results>
    void ask(Call&& what, completion<Results...> done);

    nsp_state& above_;
    std::unique_ptr<adapter> own_;
};

}  // namespace kedge
