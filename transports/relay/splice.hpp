#pragma once

#include <cstddef>
#include <span>

#include <kedge/transports/net/stream.hpp>

namespace kedge::transports {

class worker;

/// Two streams that are one from now on: what comes by either leaves by the other, no faster than that takes
/// it, and the end of either is the end of both.
class splice final : public mortal {
  public:
    /// Bytes that may wait for one side before the other is read no further.
    static constexpr std::size_t window = std::size_t{64} * 1024;

    splice(worker& on, stream_ptr client, stream_ptr home);

    /// Ends both when what was written has left.
    void end() noexcept;

  private:
    class side final : public stream_owner {
      public:
        side(splice& of, stream_ptr on) noexcept;
        void on_bytes(std::span<char> bytes) override;
        void on_end() override;
        void on_drain() override;
        void on_fault() noexcept override;

        splice& of;
        stream_ptr stream;
        side* other = nullptr;
    };

    void leave() noexcept;

    worker& on_;
    side client_;
    side home_;
    bool gone_ = false;
};

}  // namespace kedge::transports
