#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/arrivals.hpp>
#include <kedge/engine/lent.hpp>
#include <kedge/stomp/broker_core.hpp>
#include <kedge/stomp/client.hpp>
#include <kedge/stomp/client_end.hpp>
#include <kedge/stomp/queues/reader.hpp>
#include <kedge/stomp/relay/broker_connection.hpp>
#include <kedge/stomp/relayed.hpp>
#include <kedge/stomp/rendering.hpp>
#include <kedge/stomp/session/session.hpp>
#include <kedge/stomp/topic_listener.hpp>
#include <kedge/stomp/unheard.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/http/resident.hpp>
#include <kedge/transports/loop/poll_set.hpp>

namespace kedge::stomp {

class participant;

/// With what the ids of messages begin: those of queues, by which they are settled, and all others.
inline constexpr char queue_mark = 'q';
inline constexpr char topic_mark = 'm';

/// The part of what may wait for a client from which on it is given no more than it must.
inline constexpr std::size_t crowded_at = 16;

/// Who owns a participant, and is told that it has gone for good: it is destroyed when the turn ends.
class participant_owner {
  public:
    virtual void on_gone(participant& which) = 0;

  protected:
    ~participant_owner() = default;
};

/// A client on its worker: its session, and what its destinations mean. How bytes reach it is known to who
/// derives from it.
class participant : public transports::resident,
                    public client_end,
                    protected wire,
                    private session_owner,
                    private relayed_owner,
                    private engine::arrival_owner,
                    private transports::pollable {
  public:
    participant(transports::http_share& home, broker_core& of, participant_owner& owner,
                engine::request_ptr first);
    ~participant() override;

    const std::shared_ptr<client_link>& link() const noexcept { return link_; }
    broker_core& of() noexcept { return of_; }

    void accept(std::string user) override;
    void refuse(std::string_view message) override;
    void hear(const subscription& to, const broadcast_packet& event) override;
    void tell(std::string_view destination, std::string_view json) override;
    void take(std::uint64_t consumer, const delivery& what) override;
    void settle(std::uint64_t errand, const std::optional<refusal>& why) override;
    void take_back() override;
    void wind_up() override;

  protected:
    transports::http_share& home() noexcept { return home_; }
    stomp::session& session() noexcept { return session_; }
    /// Bytes of the client, cut anywhere. Where they ask for much, the rest waits for turns to come.
    void receive(std::string_view bytes);
    /// The client is gone: close() follows, at once or when all that it sent before has been done.
    void end_behind_rest();
    /// More waits for the client than is good, or no longer: what would be sent waits where it comes from.
    void on_crowded(bool crowded);
    /// Tells the owner that nobody reaches it any more.
    void depart() { owner_.on_gone(*this); }

  private:
    void on_connect(stomp::session& from, const frame& asked) override;
    std::optional<refusal> on_subscribe(stomp::session& from, const subscription& made,
                                        const frame& asked) override;
    void on_unsubscribe(stomp::session& from, const subscription& ended, const frame& asked) override;
    std::optional<refusal> may_send(stomp::session& from, const frame& sent) override;
    std::optional<refusal> on_send(stomp::session& from, frame& sent) override;
    std::optional<refusal> may_ack(stomp::session& from, std::string_view id, const frame& asked) override;
    std::optional<refusal> on_ack(stomp::session& from, std::string_view id, const frame& asked) override;
    void on_commit(stomp::session& from, std::string_view transaction, bool begins) override;
    void on_disconnect(stomp::session& from) override;
    void on_close(stomp::session& which) override;

    void on_admitted() override { let_in(); }
    void on_pressure(bool held) override { hold(cause::broker, held); }
    void on_abandoned(std::string_view why) override;

    /// Why a client is not read.
    enum class cause : std::uint8_t { broker = 1, queues = 2, turn = 4 };
    void hold(cause why, bool held);
    void on_ready(transports::ready) override;
    void on_cut() noexcept override;
    std::string_view work_off(std::string_view bytes);
    template <class Keep>
    void wait(Keep&& keep);
    void let_in();
    void approach_broker();
    bool far(std::string_view destination) const noexcept { return far_ && of_.relay->takes(destination); }
    bool acknowledges_far(std::string_view id, const frame& asked) const noexcept;

    std::optional<refusal> asked(
        const std::function<std::optional<std::string>(const client&, std::string_view)>& rule,
        std::string_view destination);
    std::optional<refusal> publish(const frame& sent, std::string_view room);
    std::optional<refusal> call_application(const frame& sent, std::string_view destination);
    std::optional<refusal> enqueue(frame& sent, std::string_view destination);
    void read_queue(const subscription& of, const frame& asked);
    void stop_reading(reader& which);
    reader* reader_with(std::uint64_t number, std::string_view subscription_id) noexcept;
    std::string next_message_id();
    void take_back_soon();
    void listen(const subscription& of, std::string room, std::string_view only, std::string_view last_event);

    transports::http_share& home_;
    broker_core& of_;
    participant_owner& owner_;
    std::shared_ptr<client_link> link_;
    stomp::session session_;
    std::vector<std::unique_ptr<topic_listener>> listeners_;
    std::deque<std::uint64_t> coming_back_;  // errands of subscriptions that come back
    std::vector<reader> readers_;
    std::deque<std::uint64_t> returned_;  // of queues that it no longer reads: late words about them are none
    std::map<std::uint64_t, std::size_t> puts_;  // bytes that are on their way to queues, by errands
    std::size_t put_bytes_ = 0;
    unsigned held_ = 0;  // causes
    unheard rest_;       // of what the client sent, for the next turn
    engine::lent<std::string_view> under_way_;
    bool gone_ = false;  // the client is, and its end waits for the rest
    bool crowded_ = false;
    std::unique_ptr<broker_connection> net_;  // the link of `far_` is on it
    std::unique_ptr<relayed> far_;            // null without a relay
};

}  // namespace kedge::stomp
