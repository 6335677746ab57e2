#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/arrivals.hpp>
#include <kedge/engine/function.hpp>
#include <kedge/engine/lent.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/http/body_source.hpp>
#include <kedge/transports/http/passage.hpp>
#include <kedge/transports/http/resident.hpp>
#include <kedge/transports/net/stream.hpp>
#include <kedge/transports/syntax/header_list.hpp>
#include <kedge/transports/syntax/http_parser.hpp>

namespace kedge::transports {

class answer_writer;
class http_front;
class http_share;
class responder;
struct response_terms;
class ticket;

/// HTTP on a stream: one request after the other, until the connection closes or leaves HTTP. Reads ahead no
/// further than the buffer in which the request ended, and begins the next one when the answer before it is
/// on its way.
class connection final : public resident,
                         private stream_owner,
                         private engine::turn_work,
                         private engine::arrival_owner {
  public:
    /// `only`: whose all its requests are; null to ask the fronts of `home`.
    connection(http_share& home, detached_stream&& from, std::unique_ptr<passage> brought, http_front* only);
    ~connection() override;

    /// Makes one that lives on `home`; on its thread. A share that ends takes no more.
    static void begin(http_share& home, detached_stream&& from, std::unique_ptr<passage> brought = {},
                      http_front* only = nullptr);
    /// The same from any thread.
    static void post(http_share& home, detached_stream from, std::unique_ptr<passage> brought = {});

    http_share& home() noexcept { return home_; }
    const engine::request_ptr& request() const noexcept { return request_; }
    /// Of the connections that live and have lived here.
    std::uint64_t number() const noexcept { return number_; }
    body_framing framing() const noexcept { return framing_; }
    std::uint64_t content_length() const noexcept { return content_length_; }
    bool upgrade_wanted() const noexcept { return request_->upgrade(); }
    /// The headers of the answer to come, CORS and middlewares' among them.
    header_list& headers() noexcept { return headers_; }
    /// What the request brought from another worker, or null.
    std::unique_ptr<passage> take_passage() noexcept { return std::move(brought_); }

    /// The answer comes later, from `who`; a body is dropped.
    void await(responder& who);
    /// Does something about the request. When that fails, and nobody has taken the request, 500 answers it.
    void attempt(engine::unique_function<void(connection&)> what);
    /// The same, and `who` wants the body.
    void read_body(responder& who);
    /// Reads no more of the body until resume_body().
    void pause_body() noexcept { body_waits_ = true; }
    void resume_body();

    /// Answers the request, with headers() and Content-Length.
    void answer(int status, std::string_view body = {});
    /// Answers 200 with header lines that are written already, as append_plain_response() takes them, and
    /// none of headers().
    void answer_plainly(std::string_view lines, std::string_view body);
    /// Answers with a body that is pulled piece by piece.
    void answer(int status, std::uint64_t length, body_source source);
    /// Begins an answer that `who` writes piece by piece until end_stream(). False when no body may follow (a
    /// HEAD; 204, 304): the answer is complete then, and `who` is told nothing.
    bool begin_stream(int status, answer_writer& who);
    /// Sends a piece as one chunk, and with it all that is written in this turn. False when the client takes
    /// so little that more than the server's `max_buffered_bytes` would wait: the connection is cut then, and
    /// the writer is told nothing more.
    bool write_piece(std::string_view piece);
    /// Ends the answer; the connection goes on if it may.
    void end_stream();
    /// Bytes written and not yet taken by the kernel.
    std::size_t unsent() const noexcept { return stream_ ? stream_->unsent() : 0; }
    /// Asks for one answer_writer::on_drain().
    void want_drain();
    /// Begins an answer that `who` writes as it goes over the wire, head and framing included, until
    /// end_stream(); see close_after_answer().
    void begin_raw(answer_writer& who);

    /// The request's head as it came, until it is decided where it is served; where the share keeps heads.
    const std::string& raw_head() const noexcept { return raw_head_; }
    /// Where the connection comes from, as the listener or a PROXY header says.
    const engine::origin& from() const noexcept { return stream_->from(); }
    /// What is known of the node that passed the request on; null when it came from the client.
    const peer_line* peer() const noexcept { return stream_->peer(); }

    /// Answers an upgrade request, which ends the connection.
    void refuse_upgrade(int status, std::string_view text, const header_list& more = {});
    /// Lets the connection close behind the answer, whatever the client wished.
    void close_after_answer() noexcept { keep_alive_ = false; }
    /// Ends the connection when what was written has left.
    void hang_up();
    /// Ends the connection now, without an answer.
    void cut() noexcept;
    /// Who was to answer, or wrote the answer, is gone without a word.
    void abandon() noexcept;
    /// The answer comes later, or this request's time is over after `limit`, if there is one.
    void hold(std::optional<engine::duration> limit);

    /// Takes the stream away, to speak another protocol on it. The connection is over.
    stream_ptr leave();
    /// What was read behind the request's head and not used; for whoever takes the stream.
    std::string unread() const;
    /// The same with everything that must travel, behind the bytes `before` that are to be read again.
    detached_stream release(std::string_view before = {});
    /// Moves to another worker with the request that has just begun, which is read there anew.
    void move_to(unsigned worker, std::unique_ptr<passage> with = {});

    /// What the application's handles share of this request; made on first use.
    const std::shared_ptr<ticket>& share();

    void wind_up() override;

  private:
    enum class phase : std::uint8_t {
        head,    // between requests, or a head is arriving
        held,    // it is being decided who answers; nothing is read
        body,    // a body arrives: for the responder, or to be dropped
        answer,  // the request is here as a whole, its answer is not
        flush,   // the answer is written and has to leave before the next request
        gone,
    };
    /// An answer whose body is pulled from a source.
    struct pulled {
        body_source source;
        std::uint64_t left;
    };
    /// An answer that is written piece by piece.
    struct streamed {
        answer_writer* writer;  // null when it is gone
        bool chunked;
        bool drain_wanted = false;
        bool watched = false;          // the timer runs: bytes wait
        std::uint64_t written = 0;     // in pieces
        std::uint64_t seen_taken = 0;  // of these, when the timer was set
    };

    void on_bytes(std::span<char> bytes) override;
    void on_end() override;
    void on_drain() override;
    void on_fault() noexcept override;
    void end_turn() override;
    void on_cut() noexcept override;
    void on_deadline(engine::time_point now);

    bool reads() const noexcept {
        return phase_ == phase::head || (phase_ == phase::body && !(body_waits_ && !answered_));
    }
    bool listens() const noexcept;
    std::size_t work(std::span<char> bytes);
    void work_off();
    bool between_requests() const noexcept;
    void step();
    void on_head(request_head& head);
    void on_body_piece(std::span<char> piece);
    void on_complete();
    void refuse(int status, std::string_view reason);
    void end_idle();
    void tell(std::string_view event, std::string_view reason) const;
    void begin_body();
    void settle();
    void count_arriving();

    void begin_answer();
    void end_answer();
    void pump();
    void on_stream_drained();
    void watch_if_unsent();
    void watch_backlog();
    bool stalled() const noexcept;
    std::uint64_t taken() const noexcept;
    void finish();
    void next_request();
    void arm(engine::duration after);
    response_terms terms();
    void fail() noexcept;
    void tell_gone() noexcept;
    void tell_writer();
    void depart() noexcept;
    bool flooded() const noexcept;

    http_share& home_;
    http_front* only_;
    const std::uint64_t number_;
    stream_ptr stream_;
    responder* responder_ = nullptr;
    http_parser parser_;
    engine::request_ptr request_;
    header_list headers_;
    std::unique_ptr<passage> brought_;
    std::shared_ptr<ticket> ticket_;
    std::unique_ptr<pulled> pulled_;
    std::unique_ptr<streamed> streamed_;
    std::unique_ptr<engine::arrival> arriving_;  // once much of a request is held
    std::string input_;                          // read and not used yet, behind the request under way
    std::size_t input_used_ = 0;                 // of its front
    engine::lent<std::span<char>> rest_;         // what work() has yet to use
    std::string raw_head_;  // until it is decided where the request is served; mostly not kept
    engine::timer timer_;
    engine::time_point begun_{};  // when the request's first byte came; before the first request, nothing
    std::uint64_t content_length_ = 0;
    std::size_t drained_ = 0;
    body_framing framing_ = body_framing::none;
    phase phase_ = phase::head;
    bool keep_alive_ : 1 = false;
    bool expects_continue_ : 1 = false;
    bool answered_ : 1 = false;
    bool wants_body_ : 1 = false;
    bool eager_ : 1 = false;        // the parser has more to say without more bytes
    bool body_waits_ : 1 = false;   // who wants the body cannot take more of it now
    bool ending_ : 1 = false;       // the server ends
    bool half_closed_ : 1 = false;  // the peer sends no more, and may still read
};

}  // namespace kedge::transports
