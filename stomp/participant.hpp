#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/stomp/broker_core.hpp>
#include <kedge/stomp/client.hpp>
#include <kedge/stomp/client_end.hpp>
#include <kedge/stomp/queues/reader.hpp>
#include <kedge/stomp/rendering.hpp>
#include <kedge/stomp/session.hpp>
#include <kedge/stomp/topic_listener.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/http/resident.hpp>

namespace kedge::stomp {

class participant;

/// With what the ids of messages begin that are not of queues.
inline constexpr char topic_mark = 'm';

/// Who owns a participant, and is told that it has gone for good: it is destroyed when the turn ends.
class participant_owner {
  public:
    virtual void on_gone(participant& which) = 0;

  protected:
    ~participant_owner() = default;
};

/// A client on its worker: its session, and what its destinations mean. How bytes reach it is known to who
/// derives from it.
class participant : public transports::resident, public client_end, protected wire, private session_owner {
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
    void settle(std::uint64_t errand, const std::optional<refusal>& why) override {
        session_.settle(errand, why);
    }
    void wind_up() override;

  protected:
    transports::http_share& home() noexcept { return home_; }
    stomp::session& session() noexcept { return session_; }
    /// Tells the owner that nobody reaches it any more.
    void depart() { owner_.on_gone(*this); }

  private:
    void on_connect(stomp::session& from, const frame& asked) override;
    std::optional<refusal> on_subscribe(stomp::session& from, const subscription& made,
                                        const frame& asked) override;
    void on_unsubscribe(stomp::session& from, const subscription& ended) override;
    std::optional<refusal> on_send(stomp::session& from, frame& sent) override;
    std::optional<refusal> on_ack(stomp::session& from, std::string_view id, std::string_view subscription,
                                  bool taken) override;
    void on_close(stomp::session& which) override;

    std::optional<refusal> asked(
        const std::function<std::optional<std::string>(const client&, std::string_view)>& rule,
        std::string_view destination);
    std::optional<refusal> publish(const frame& sent, std::string_view room);
    std::optional<refusal> call_application(const frame& sent, std::string_view destination);
    std::optional<refusal> enqueue(frame& sent, std::string_view destination);
    void read_queue(const subscription& of, const frame& asked);
    void stop_reading(const reader& which);
    std::string next_message_id();
    void listen(const subscription& of, std::string_view room, std::string_view only);

    transports::http_share& home_;
    broker_core& of_;
    participant_owner& owner_;
    std::shared_ptr<client_link> link_;
    stomp::session session_;
    std::vector<std::unique_ptr<topic_listener>> listeners_;
    std::vector<reader> readers_;
};

}  // namespace kedge::stomp
