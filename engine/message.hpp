#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/engine/buffered_bytes.hpp>
#include <kedge/engine/packet.hpp>

namespace kedge::engine {

/// The forms in which a message can be on the wire. Each is built by the transport that first needs it.
enum class wire_form : std::uint8_t {
    websocket,     ///< whole unmasked frame(s) of a revision 4 client; text frames serve revision 3 as well
    websocket_v3,  ///< binary frame of a revision 3 client (leading type byte)
    websocket_base64,  ///< text frame with "b…" for a client that cannot take binary, revision 4
    websocket_base64_v3,
    plain_websocket,    ///< whole frame of the data alone, for fronts that do not speak Engine.IO
    polling,            ///< one item of a revision 4 payload, without separator
    polling_v3_text,    ///< "<length>:<packet>", binary as base64
    polling_v3_binary,  ///< octet-stream framing
};

class message;
using message_ptr = std::shared_ptr<const message>;

/// An immutable outbound message packet shared by all its recipients, on whatever thread they live. A
/// broadcast makes one; each wire form is built once, on first use, and read by all.
class message {
  public:
    static message_ptr make(content_kind content, std::string data, bool compress = true);
    message(content_kind content, std::string data, bool compress);
    ~message();
    message(const message&) = delete;
    message& operator=(const message&) = delete;

    content_kind content() const noexcept { return content_; }
    std::string_view data() const noexcept { return data_; }
    bool compress() const noexcept { return compress_; }

    /// The bytes of a wire form; `build(const message&) -> std::string` runs only when it is not there yet.
    /// When two threads build at once, one result is kept and the other dropped.
    template <class Build>
    std::string_view form(wire_form which, Build&& build) const {
        auto& place = forms_[static_cast<std::size_t>(which)];
        if (const std::string* ready = place.load(std::memory_order_acquire)) return *ready;
        return keep(place, build(*this));
    }

    /// Counts it among the bytes that wait to be sent, once for all who wait for it: see waiting_message.
    void begin_waiting() const noexcept;
    void end_waiting() const noexcept;

  private:
    using slot = std::atomic<const std::string*>;
    static std::string_view keep(slot& where, std::string built);

    std::string data_;
    content_kind content_;
    bool compress_;
    mutable std::atomic<std::uint32_t> waiting_{0};
    mutable std::array<slot, 8> forms_{};
};

/// A shared message, or nothing, that waits to be sent to somebody.
class waiting_message {
  public:
    waiting_message() noexcept = default;
    explicit waiting_message(message_ptr what) noexcept : what_(std::move(what)) {
        if (what_) what_->begin_waiting();
    }
    waiting_message(waiting_message&& other) noexcept = default;
    waiting_message& operator=(waiting_message&& other) noexcept {
        what_.swap(other.what_);
        return *this;
    }
    ~waiting_message() { reset(); }

    const message_ptr& get() const noexcept { return what_; }
    void reset() noexcept {
        if (const message_ptr gone = std::move(what_)) gone->end_waiting();
    }

  private:
    message_ptr what_;
};

/// A packet on its way out. `data` is valid during the call only; when `shared` is set it is the same bytes,
/// to keep.
struct outbound {
    packet_type type = packet_type::message;
    content_kind content = content_kind::text;
    bool compress = true;
    std::string_view data;
    const message_ptr* shared = nullptr;
};

}  // namespace kedge::engine
