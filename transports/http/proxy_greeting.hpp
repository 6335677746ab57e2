#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/function.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/http/resident.hpp>
#include <kedge/transports/net/stream.hpp>

namespace kedge::transports {

class http_share;
struct proxy_header;

/// A connection of a believed proxy until it has said, by a PROXY header, for whom it speaks. What does not
/// begin with one, or takes longer than `first_byte_timeout` to say it, is closed: to guess would let clients
/// of a proxy that sends none write their own.
class proxy_greeting final : public resident, private stream_owner {
  public:
    /// Is given the connection when it is known for whom the peer speaks.
    using receiver = engine::unique_function<void(detached_stream)>;

    proxy_greeting(http_share& home, detached_stream from, receiver pass_on);

    void wind_up() override;

  private:
    void on_bytes(std::span<char> bytes) override;
    void on_end() override;
    void on_fault() noexcept override;
    void on_deadline(engine::time_point now);

    void complete(const proxy_header& said);
    void refuse(std::string_view reason);
    void depart() noexcept;

    http_share& home_;
    receiver pass_on_;
    stream_ptr stream_;
    engine::timer timer_;
    std::string input_;
    bool gone_ = false;
};

}  // namespace kedge::transports
