#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <kedge/engine/lent.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/transports/syntax/request_framing.hpp>

namespace kedge::transports {

struct http_progress;

/// The head of a request and what it says about the rest.
struct request_head {
    engine::request request;
    /// The bytes of the head as they came; valid until the parser is fed again. To another worker a
    /// connection takes them along with what follows, to be parsed there anew.
    engine::passing_text raw;
    body_framing framing = body_framing::none;
    std::uint64_t content_length = 0;  ///< of framing `length`
    bool expect_continue = false;      ///< waits for "100 Continue" before it sends its body
    bool keep_alive = false;           ///< the connection may serve another request after this one
};

/// What a piece of input came to.
struct http_step {
    enum class kind : std::uint8_t {
        need_more,  ///< all bytes were taken; nothing new
        head,       ///< a head is complete: see `head`; feed again, even when no bytes are left
        body,       ///< a piece of the body, in the bytes that were fed: see `body`
        complete,   ///< the request ends here; bytes behind it were not taken
        refused,    ///< not HTTP as it is served here: answer `status` and close. Final.
    };
    kind what = kind::need_more;
    std::size_t consumed = 0;
    std::optional<request_head> head = {};
    std::span<char> body = {};
    int status = 0;
    std::string_view reason = {};  ///< for the log
};

/// HTTP/1.0 and 1.1 requests of one connection, step by step. Holds memory only while a request is under way.
/// Whatever two readers could frame differently is refused.
///
/// An upgrade request is `complete` right behind its head: what follows belongs to the other protocol.
class http_parser {
  public:
    /// `header_limit`: bytes of a head above which it is refused with 431.
    explicit http_parser(std::uint32_t header_limit = 16 * 1024) noexcept;
    http_parser(http_parser&&) noexcept;
    http_parser& operator=(http_parser&&) noexcept;
    ~http_parser();

    /// Takes some of the bytes, at the least one if there are any, and tells what they came to. `from` goes
    /// into the request that is made when its head is complete.
    http_step feed(std::span<char> bytes, const engine::origin& from);

    /// What follows the request under way is no HTTP: gives back what it held.
    void leave() noexcept;

    /// True between requests: nothing of a next one has arrived.
    bool idle() const noexcept;
    /// True while a head has begun and is not complete.
    bool in_head() const noexcept;
    /// Bytes of a head that has not come whole.
    std::size_t held() const noexcept;

  private:
    http_step begin(std::span<char> bytes, const engine::origin& from);
    std::optional<http_step> take_plain_head(std::span<char> bytes, const engine::origin& from);
    http_step feed_head(std::span<char> bytes, const engine::origin& from);
    http_step finish_head(std::string_view head, std::size_t consumed, const engine::origin& from);
    http_step announce(request_head told, const request_framing& rest, std::size_t consumed);
    void expect_body(body_framing framing, std::uint64_t length) noexcept;
    http_step feed_length(std::span<char> bytes);
    http_step feed_chunked(std::span<char> bytes);
    int check_chunk_framing(std::string_view taken) noexcept;
    http_step finish(std::size_t consumed);
    http_step refuse(int status, std::string_view reason, std::size_t consumed);

    std::unique_ptr<http_progress> progress_;
    std::uint32_t header_limit_;
    bool refused_ = false;
};

}  // namespace kedge::transports
