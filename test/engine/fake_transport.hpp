#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/packet_codec.hpp>
#include <kedge/engine/transport.hpp>

namespace kedge::testing {

/// What happened to a fake transport. Outlives it.
struct transport_record {
    /// One entry per call of send(): the packets as v4 text ("4hello", "bAQI="), joined by spaces.
    std::vector<std::string> sent;
    bool closed = false;     ///< heard close()
    bool discarded = false;  ///< heard discard()
    bool destroyed = false;
    unsigned drains_wanted = 0;
    std::size_t unsent = 0;  ///< to be set by the test
    bool blocked = false;    ///< to be set by the test: the kernel takes no more

    std::string last() const { return sent.empty() ? std::string{} : sent.back(); }
};

/// A transport whose peer is the test.
class fake_transport : public engine::transport {
  public:
    fake_transport() : record_(std::make_shared<transport_record>()) {}
    ~fake_transport() override { record_->destroyed = true; }

    std::shared_ptr<transport_record> record() const { return record_; }

    void send(std::span<const engine::outbound> packets) override {
        std::string line;
        for (const auto& each : packets) {
            if (!line.empty()) line.push_back(' ');
            engine::append_packet(line, each, engine::revision::v4, true);
        }
        record_->sent.push_back(line);
    }
    std::size_t unsent() const noexcept override { return record_->unsent; }
    void want_drain() override { ++record_->drains_wanted; }
    bool base64() const noexcept override { return false; }
    void discard() override { record_->discarded = true; }
    void abort() noexcept override { record_->discarded = true; }

    /// The peer sends a packet, as v4 text.
    void receive(std::string text, engine::revision protocol = engine::revision::v4,
                 const engine::request* via = nullptr) {
        engine::packet packet;
        if (engine::decode_text(text, protocol, packet) == engine::decoded::packet) {
            owner()->on_packet(*this, packet, via);
        } else {
            owner()->on_garbage(*this);
        }
    }

  private:
    std::shared_ptr<transport_record> record_;
};

/// A websocket.
class fake_websocket final : public fake_transport {
  public:
    engine::transport_kind kind() const noexcept override { return engine::transport_kind::websocket; }
    bool streams() const noexcept override { return true; }
    bool writable() const noexcept override { return !record()->blocked; }
    void close() override { record()->closed = true; }
};

/// Long-polling. A poll waits at first, as that of the handshake does.
class fake_polling final : public fake_transport {
  public:
    engine::transport_kind kind() const noexcept override { return engine::transport_kind::polling; }
    bool streams() const noexcept override { return false; }
    bool writable() const noexcept override { return waits_; }
    void send(std::span<const engine::outbound> packets) override {
        waits_ = false;
        fake_transport::send(packets);
        if (closing_) answer_close();
    }
    void close() override {
        if (record()->closed) return;
        record()->closed = true;
        closing_ = true;
        if (waits_) {
            waits_ = false;
            record()->sent.emplace_back("1");
            answer_close();
        }
    }
    void discard() override {
        if (waits_) record()->sent.emplace_back("1");
        waits_ = false;
        fake_transport::discard();
    }

    /// The peer polls.
    void poll() {
        waits_ = true;
        if (owner() != nullptr) owner()->on_writable(*this);
        if (!waits_ || !closing_) return;
        waits_ = false;
        record()->sent.emplace_back("6 1");
        answer_close();
    }

  private:
    void answer_close() {
        closing_ = false;
        if (owner() != nullptr) owner()->on_close(*this);
    }

    bool waits_ = true;
    bool closing_ = false;
};

}  // namespace kedge::testing
