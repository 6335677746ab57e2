#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/http/resident.hpp>
#include <kedge/transports/net/stream.hpp>

namespace kedge::transports {

class http_share;
struct peer_claim;

/// A connection of another node of the fleet, until that has said, by a signed header, whose request comes
/// next. Behind the answer it becomes one of these again. What says anything else is closed.
class peer_greeting final : public resident, private stream_owner {
  public:
    /// How long a node may keep a connection before it says something. It lets go of them earlier.
    static constexpr engine::duration patience{10'000};

    peer_greeting(http_share& home, detached_stream from);

    /// Lets one live on `home`; on its thread. `from` has a peer_line. A share that ends takes no more.
    static void begin(http_share& home, detached_stream from);

    void wind_up() override;

  private:
    void on_bytes(std::span<char> bytes) override;
    void on_end() override;
    void on_fault() noexcept override;
    void on_deadline(engine::time_point now);

    void believe(peer_claim claim, std::size_t size);
    void refuse(std::string_view reason);
    void depart() noexcept;

    http_share& home_;
    stream_ptr stream_;
    engine::timer timer_;
    std::string input_;
    bool gone_ = false;
};

}  // namespace kedge::transports
