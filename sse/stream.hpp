#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/rooms/guest.hpp>
#include <kedge/socketio/rooms/guest_return.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/sse/options.hpp>
#include <kedge/transports/http/answer_writer.hpp>
#include <kedge/transports/http/resident.hpp>

namespace kedge {
class nsp_share;
class nsp_state;
}  // namespace kedge
namespace kedge::transports {
class connection;
class http_share;
}  // namespace kedge::transports

namespace kedge::sse {

class stream;

/// Who owns a stream, and is told that it has ended: it is destroyed when the turn ends.
class stream_owner {
  public:
    virtual void on_end(stream& which) = 0;
    /// An event is sent.
    virtual void on_event() noexcept = 0;

  protected:
    ~stream_owner() = default;
};

/// One client that hears the events of some rooms: an answer that goes on until somebody ends it.
class stream final : public transports::resident, public guest, private transports::answer_writer {
  public:
    stream(transports::connection& at, nsp_state& where, const options& terms, stream_owner& owner);
    ~stream() override;

    /// Begins the answer. With the id of the last event that the client has, what it missed in the rooms
    /// comes first, where it is kept.
    void begin(std::vector<std::string> rooms, std::string last_id);
    void wind_up() override;

  private:
    void hear(const broadcast_packet& packet, const broadcast_flags& flags) override;
    void on_drain(transports::connection&) override {}
    void on_gone(transports::connection& from) override;
    void on_beat(engine::time_point now);

    void catch_up(std::vector<std::string> rooms, std::string last_id);
    void resume(const std::vector<std::string>& rooms, const std::optional<std::vector<packet_ptr>>& missed);
    void listen(const std::vector<std::string>& rooms);
    void write(std::string_view text);
    bool wanted(std::string_view name) const noexcept;
    void finish();

    transports::connection* at_;
    transports::http_share& home_;
    nsp_state& where_;
    nsp_share& share_;
    const options& terms_;
    stream_owner& owner_;
    engine::timer beat_;
    guest_return return_;
};

}  // namespace kedge::sse
