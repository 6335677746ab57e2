#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::transports {

/// The reference's `per_message_deflate` option. An unset value takes what the client offers.
struct ws_deflate_options {
    /// Smaller messages are sent as they are where no context is taken over from one to the next. Default
    /// 1024.
    std::size_t threshold = 1024;
    std::optional<bool> server_no_context_takeover{};
    std::optional<bool> client_no_context_takeover{};
    std::optional<int> server_max_window_bits{};  ///< 8 to 15
    std::optional<int> client_max_window_bits{};  ///< 8 to 15
    int level = -1;                               ///< zlib's: 0 to 9, -1 its default
    int mem_level = 8;                            ///< zlib's: 1 to 9
};

/// What was agreed on with one client.
struct ws_deflate_terms {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    std::optional<int> server_max_window_bits;  ///< unset: 15, and the answer does not name it
    std::optional<int> client_max_window_bits;

    /// The value of the answer's Sec-WebSocket-Extensions header.
    std::string header() const;
};

/// permessage-deflate (RFC 7692) of one connection. zlib's state is made on first use and kept only where
/// context is taken over.
class ws_deflate {
  public:
    /// `limit`: the largest message, inflated.
    ws_deflate(const ws_deflate_options& options, const ws_deflate_terms& terms, std::size_t limit);
    ~ws_deflate();
    ws_deflate(const ws_deflate&) = delete;
    ws_deflate& operator=(const ws_deflate&) = delete;

    enum class outcome : std::uint8_t { ok, too_big, invalid };

    struct share {
        outcome result;
        std::size_t used;  ///< bytes of the piece
    };

    /// Appends what a piece of a compressed message inflates to. `message` holds what earlier pieces came to.
    outcome inflate(std::string_view piece, std::string& message) {
        return inflate_share(piece, message, std::string_view::npos).result;
    }
    /// The same, but stops where that came to `most` bytes or some more.
    share inflate_share(std::string_view piece, std::string& message, std::size_t most);
    /// The message's last piece has come: appends what is left.
    outcome finish(std::string& message);
    /// What was wrong with it, in zlib's words, when that was `invalid`.
    std::string_view fault() const noexcept;

    /// Whether a message of this size is worth compressing.
    bool worthwhile(std::size_t size) const noexcept;
    /// Appends the compressed payload of one whole message. False, with `to` unchanged, if zlib could not.
    bool deflate(std::string_view message, std::string& to);

  private:
    struct inflater;
    struct deflater;
    bool run_deflate(std::string_view message, std::string& to);

    ws_deflate_terms terms_;
    std::size_t threshold_;
    std::size_t limit_;
    int level_;
    int mem_level_;
    std::unique_ptr<inflater> inflater_;
    std::unique_ptr<deflater> deflater_;
};

}  // namespace kedge::transports
