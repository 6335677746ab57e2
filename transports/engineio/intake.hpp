#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <kedge/engine/packet.hpp>
#include <kedge/engine/payload.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/transports/http/responder.hpp>
#include <kedge/transports/loop/poll_set.hpp>

namespace kedge::transports {

class connection;
class engine_share;

/// The half of a polling session that POSTs come to: reads a body, and gives its packets to the session one
/// by one. There may be hundreds of thousands: what goes beyond a share of them waits for later turns, so
/// that nobody else waits long for one client.
class intake final : private responder, private pollable {
  public:
    /// The other half. No call destroys the intake.
    class taker {
      public:
        /// False when no more of this POST is wanted.
        virtual bool take(engine::packet& received, const engine::request& via) = 0;
        /// The rest of a POST cannot be read.
        virtual void on_garbage() = 0;
        /// A POST broke the rules of the protocol, or off; `description` is the reference's text.
        virtual void on_post_error(std::string_view description) = 0;
        /// There is no memory for packets that wait.
        virtual void on_post_lost() = 0;
        /// All of it is taken: says so to the client.
        virtual void answer_post(connection& post) = 0;

      protected:
        ~taker() = default;
    };

    /// `scripted`: the client posts from a form, as JSONP clients do.
    intake(engine_share& home, engine::payload_codec& codec, bool scripted, taker& who) noexcept;
    ~intake();
    intake(const intake&) = delete;
    intake& operator=(const intake&) = delete;

    void admit(connection& post);
    /// Whether packets that came whole are still to be taken.
    bool receiving() const noexcept { return receiving_; }
    /// The session ends. A POST whose body is under way is cut off; what one that came whole has left is
    /// dropped, and it is answered.
    void drop();
    /// The same without an answer, which cannot fail.
    void cut() noexcept;

  private:
    struct batch;

    void on_body(connection& from, std::string_view bytes) override;
    void on_body_end(connection& from) override;
    std::size_t held() const noexcept override { return body_.capacity(); }
    void on_gone(connection& from) override;
    void on_ready(ready) override;

    void too_large(connection& from);
    bool unwrap(std::string& body, engine::payload_format format) const;
    void go_on();
    bool take(batch& packets);
    bool take_one(batch& packets);
    void finish(batch& taken);
    void answer();

    engine_share& home_;
    engine::payload_codec& codec_;
    taker& who_;
    connection* post_ = nullptr;  // arrives, or is not answered yet
    std::string body_;
    std::unique_ptr<batch> rest_;  // of many packets
    bool scripted_;
    bool receiving_ = false;
    bool waits_ = false;  // the rest does, for the next turn
};

}  // namespace kedge::transports
