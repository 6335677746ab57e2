#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kedge/socketio/rooms/adapter.hpp>

namespace kedge {

class hub;

/// An application's adapter behind the guard: what it throws is logged, and who waits for an answer that it
/// has not given gets one all the same, once.
class guarded_adapter final : public adapter {
  public:
    guarded_adapter(const hub& owner, std::unique_ptr<adapter> own) noexcept
        : owner_(owner), own_(std::move(own)) {}

    /// The application's.
    adapter& own() const noexcept { return *own_; }

    void init() override;
    void close(completion<> done) override;
    data_form wants() const noexcept override { return own_->wants(); }
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
    void on_create_room(std::string_view room, room_kind kind) override;
    void on_delete_room(std::string_view room) override;

    bool recovers() const noexcept override { return own_->recovers(); }
    std::string make_offset() override;
    void unicast(const std::string& id, packet_ptr packet, const broadcast_flags& flags) override;
    void hurry(const std::string& id, function_ref<std::vector<std::string>()> rooms) override;
    std::string position() override;
    std::vector<std::string> told_early(const std::string& id) override;
    void enrol(const std::string& pid, const std::string& id) override;
    void withdraw(const std::string& pid, const std::string& id) override;
    void persist_session(stored_session session) override;
    void restore_session(std::string pid, std::string offset,
                         completion<std::optional<stored_session>> done) override;
    void missed_packets(const stored_session& session,
                        completion<std::optional<std::vector<packet_ptr>>> done) override;

  private:
    template <class Call>
    bool call(Call&& what) const;
    template <class Call, class... Results>
    void ask(Call&& what, completion<Results...> done, std::type_identity_t<Results>... otherwise) const;

    const hub& owner_;
    std::unique_ptr<adapter> own_;
};

}  // namespace kedge
