#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/message.hpp>
#include <kedge/engine/packet.hpp>
#include <kedge/socketio/value/function_ref.hpp>
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/text_arena.hpp>
#include <kedge/socketio/value/writer.hpp>
#include <kedge/socketio/wire/packet.hpp>

namespace kedge {

/// What decoders refuse.
struct parser_options {
    std::size_t max_attachments = 10;  ///< binaries of one packet (default parser)
    std::size_t max_depth = 1000;      ///< arrays and objects in each other
};

/// A decoded packet with all that it points to. Reused from packet to packet.
struct packet_storage {
    kedge::packet packet;
    kedge::tape tape;
    text_arena texts;
    std::string text;                              ///< of a packet that came in several messages
    std::vector<engine::message_ptr> attachments;  ///< its binaries

    void clear() noexcept;
};

/// What a decoder made of one message: nothing yet, a packet, or an error. The packet lives as long as this
/// does, and as long as the bytes that were decoded.
class decoded {
  public:
    /// More messages belong to the packet.
    static decoded need_more() noexcept { return {}; }
    /// `what` is worded as the reference words it, and is a literal.
    static decoded failure(std::string_view what) noexcept;
    /// Storage out of this thread's pool, to be filled by a decoder; it goes back there with this object.
    /// Several may be in use at once.
    static decoded lease();

    /// The packet, or null.
    const kedge::packet* packet() const noexcept { return storage_ ? &storage_->packet : nullptr; }
    bool failed() const noexcept { return !error_.empty(); }
    std::string_view error() const noexcept { return error_; }
    packet_storage& storage() noexcept { return *storage_; }
    /// The packet's binaries, where they came as messages of their own.
    std::span<const engine::message_ptr> attachments() const noexcept {
        return storage_ ? std::span<const engine::message_ptr>(storage_->attachments)
                        : std::span<const engine::message_ptr>();
    }

  private:
    struct give_back {
        void operator()(packet_storage* used) const noexcept;
    };
    std::unique_ptr<packet_storage, give_back> storage_;
    std::string_view error_;
};

/// Decodes what one client sends. Holds memory only while a packet is incomplete. After an error it is used
/// no more.
class decoder {
  public:
    virtual ~decoder() = default;
    /// A text message: changed in place, and so may be the one byte behind its end (see engine::packet).
    virtual decoded decode_text(std::span<char> text) = 0;
    /// A binary message, likewise.
    virtual decoded decode_binary(std::span<char> bytes) = 0;
    /// Bytes held for a packet that is incomplete.
    virtual std::size_t held() const noexcept { return 0; }
};

/// Where an encoded packet lies; reused from packet to packet.
struct encode_storage {
    std::string buffer;
    std::vector<std::span<const std::byte>> attachments;

    void clear() noexcept;
};

/// An encoded packet: one message and the binary messages that must follow it at once. Lies in this thread's
/// pool; the attachments are the emitter's own bytes.
class encoded {
  public:
    /// Storage out of this thread's pool, to be filled by a parser. Several may be in use at once.
    static encoded lease();

    engine::content_kind content() const noexcept { return content_; }
    std::string_view head() const noexcept { return head_; }
    std::span<const std::span<const std::byte>> attachments() const noexcept { return storage_->attachments; }

    /// The data alone, where it stands in the head as one piece of JSON or MessagePack; else empty.
    std::string_view data() const noexcept { return data_; }
    encoding data_encoding() const noexcept { return data_encoding_; }

    encode_storage& storage() noexcept { return *storage_; }
    /// `head` lies in the storage's buffer.
    void set_head(engine::content_kind content, std::string_view head) noexcept {
        content_ = content;
        head_ = head;
    }
    /// Lies in the head.
    void set_data(encoding form, std::string_view data) noexcept {
        data_encoding_ = form;
        data_ = data;
    }

  private:
    struct give_back {
        void operator()(encode_storage* used) const noexcept;
    };
    std::unique_ptr<encode_storage, give_back> storage_;
    std::string_view head_;
    std::string_view data_;
    engine::content_kind content_ = engine::content_kind::text;
    encoding data_encoding_ = encoding::json;
};

/// The form of packets on the wire; the port for parsers of your own. Both sides must use the same one. One
/// object serves all threads.
class parser {
  public:
    virtual ~parser() = default;
    virtual std::unique_ptr<decoder> make_decoder() const = 0;
    /// Encodes a packet whose data `data` writes (exactly one value), or that has none. `head.type` is never
    /// one of the binary types.
    virtual encoded encode(const packet_head& head, function_ref<void(writer&)> data) const = 0;
};

}  // namespace kedge
