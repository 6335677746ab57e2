#pragma once

#include <bench/load/http_answer.hpp>
#include <bench/load/session.hpp>
#include <optional>

namespace bench {

/// A polling client as browsers are: a poll is always waiting on one connection, what is sent goes over
/// another, which is opened when it is needed first.
class polling_session final : public session {
  public:
    polling_session(poller& poll, const target& where, std::size_t number, session_owner& owner);

    const framing& how() const noexcept override { return polling_framing(); }
    void send(std::string_view outgoing) override;

  private:
    /// One of the two connections.
    struct lane final : connection_owner {
        lane(polling_session& whose, bool polling)
            : self(whose), polls(polling), link(whose.poll_, whose.where_, whose.number(), *this) {}
        void on_bytes(std::string_view bytes) override;
        void on_end() override { self.on_surprise("the server hung up", ""); }

        polling_session& self;
        bool polls;
        http_answer answer;
        connection link;
    };

    void on_open(std::string_view sid) override;
    void on_polled(std::string_view body);
    void on_posted(std::string_view body);
    void post(lane& over, std::string_view body);

    poller& poll_;
    target where_;
    std::string poll_request_;
    std::string post_head_;
    std::string unposted_;
    bool posting_ = false;
    bool opening_ = true;
    lane down_;
    std::optional<lane> up_;
};

}  // namespace bench
