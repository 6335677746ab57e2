#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <kedge/sockjs/frames.hpp>
#include <kedge/sockjs/receiver.hpp>
#include <kedge/transports/http/answer_writer.hpp>
#include <kedge/transports/http/resident.hpp>
#include <kedge/transports/http/responder.hpp>

namespace kedge::transports {
class connection;
class http_share;
}  // namespace kedge::transports

namespace kedge::sockjs {

class session;

/// A request that waits for frames: a poll, which one frame ends, or a stream, which ends when enough was
/// sent. Lives on its share until the answer is complete.
class http_receiver final : public transports::resident,
                            public receiver,
                            private transports::responder,
                            private transports::answer_writer {
  public:
    struct terms {
        wrapping how = wrapping::line;
        std::string callback{};
        std::size_t limit = 0;  ///< bytes of a stream; 0: a poll
    };

    /// Takes the request, whose headers are said, and attaches itself to the session.
    static void begin(transports::connection& at, session& of, terms how);

    http_receiver(transports::connection& at, session& of, terms how);

    // receiver
    bool send(std::string_view frame) override;
    bool beat() override { return send(heartbeat_frame); }
    void end() override;

    // resident: its session ends it.
    void wind_up() override {}

  private:
    void start();
    bool stream(std::string_view wrapped);
    void lost();

    void on_body(transports::connection&, std::string_view) override {}
    void on_body_end(transports::connection&) override {}
    void on_drain(transports::connection&) override {}
    void on_gone(transports::connection& from) override;

    transports::http_share& home_;
    transports::connection* at_;
    session& of_;
    terms how_;
    std::size_t sent_ = 0;
};

}  // namespace kedge::sockjs
