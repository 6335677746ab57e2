#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <kedge/transports/websocket/ws_deflate.hpp>
#include <kedge/transports/websocket/ws_opcode.hpp>

namespace kedge::transports {

/// What a websocket's peer said.
struct ws_event {
    enum class kind : std::uint8_t {
        need_more,  ///< all bytes were taken
        text,       ///< a whole message, valid UTF-8
        binary,     ///< a whole message
        ping,       ///< to be answered by a pong with the same data
        pong,
        close,   ///< the close frame: code 1005 when it has none. Nothing follows.
        error,   ///< the peer broke the rules: close with `code`. Nothing follows.
        enough,  ///< what is left of the bytes belongs to another turn
    };
    kind what = kind::need_more;
    std::uint16_t code = 0;
    /// The message, the control frame's data, or the close reason. It lies in the bytes that were given or in
    /// the decoder, until next() is called again; it may be written to, the one byte behind its end included.
    std::span<char> data;
    std::string_view description;  ///< of an error, in the reference's words
};

/// Keeps the first byte of what follows a message in the buffer while the message's receiver may write to it.
class spare_byte {
  public:
    explicit spare_byte(std::span<char> rest) noexcept
        : rest_(rest), kept_(rest.empty() ? '\0' : rest.front()) {}
    ~spare_byte() {
        if (!rest_.empty()) rest_.front() = kept_;
    }
    spare_byte(const spare_byte&) = delete;
    spare_byte& operator=(const spare_byte&) = delete;

  private:
    std::span<char> rest_;
    char kept_;
};

/// The server's side of RFC 6455: frames of one client, as they arrive, to messages. A frame that is in the
/// buffer as a whole is unmasked and handed out in place; memory is held only while a message or a frame is
/// incomplete.
class ws_decoder {
  public:
    /// `limit`: the largest message. `deflate`: null unless compression was negotiated; must outlive the
    /// decoder.
    explicit ws_decoder(std::size_t limit, ws_deflate* deflate = nullptr) noexcept;
    ws_decoder(ws_decoder&&) noexcept;
    ws_decoder& operator=(ws_decoder&&) noexcept;
    ~ws_decoder();

    /// Takes bytes from the front of `bytes`, which it alters, and tells what they came to. To be called
    /// until it says need_more, or not any more. While a text or binary message is used, hold a spare_byte of
    /// `bytes`.
    ws_event next(std::span<char>& bytes);

    /// Begins a share: when what is compressed has come to some inflated_at_once, next() says that it is
    /// enough. Without a share nothing is.
    void begin_share() noexcept { share_left_ = inflated_at_once; }

    /// From here on only the close frame matters: of a message that comes in pieces nothing is kept, inflated
    /// or checked, and it comes out empty.
    void drop_messages() noexcept;

    /// Whether nothing is kept: no frame or message is incomplete.
    bool idle() const noexcept { return !partial_; }
    /// Bytes of what is incomplete, as it lies in memory.
    std::size_t held() const noexcept;

    static constexpr std::uint32_t max_fragments = 16'384;  ///< beside those whose payload is worth it
    /// Bytes that are inflated in one share; what follows is read in another, also within a message.
    static constexpr std::uint32_t inflated_at_once = 128 * 1024;

  private:
    struct partial;

    partial& keep();
    ws_event fail(std::uint16_t code, std::string_view description);
    std::optional<ws_event> whole_frame(std::span<char>& bytes);
    ws_event in_pieces(std::span<char>& bytes);
    std::optional<ws_event> take_head(std::span<char>& bytes);
    std::optional<ws_event> begin_data_frame();
    std::optional<ws_event> take_payload(std::span<char>& bytes);
    std::optional<ws_event> absorb(std::span<char>& piece);
    std::optional<ws_event> inflated(ws_deflate::outcome result);
    std::optional<ws_event> check_text(std::size_t before);
    std::optional<ws_event> end_frame();
    std::optional<ws_event> end_message();
    ws_event close(std::span<char> payload);

    std::size_t limit_;
    ws_deflate* deflate_;
    std::unique_ptr<partial> partial_;
    bool ended_ = false;
    bool dropping_ = false;
    std::uint32_t share_left_ = ~std::uint32_t{0};  // bytes that may still be inflated in it
};

/// The longest head of a frame that a server sends.
inline constexpr std::size_t max_frame_head = 10;

/// Appends the head of an unmasked final frame whose payload of `size` bytes is to follow.
void append_frame_head(std::string& to, ws_opcode opcode, std::uint64_t size);
/// The same for a compressed message (RSV1 set).
void append_deflated_frame_head(std::string& to, ws_opcode opcode, std::uint64_t size);
/// Appends a whole unmasked frame.
void append_frame(std::string& to, ws_opcode opcode, std::string_view payload);
/// Appends a close frame without a status code, as the server closes by itself.
void append_close_frame(std::string& to);
/// Appends a close frame with a status code.
void append_close_frame(std::string& to, std::uint16_t code, std::string_view reason = {});

}  // namespace kedge::transports
