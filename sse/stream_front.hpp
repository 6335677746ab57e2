#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <kedge/sse/options.hpp>
#include <kedge/sse/stream.hpp>
#include <kedge/transports/http/http_front.hpp>

namespace kedge {
class nsp_state;
}

namespace kedge::sse {

/// What the workers share of a path. Does not change once the server runs, but for the count.
struct service {
    std::shared_ptr<nsp_state> where;
    std::string path;
    options terms;
    room_choice choose{};
    std::atomic<std::size_t> open{0};
    std::atomic<std::uint64_t> opened{0};
    std::atomic<std::uint64_t> events{0};
};

/// The streams of one path on one worker.
class stream_front final : public transports::http_front, private stream_owner {
  public:
    stream_front(transports::http_share& home, std::shared_ptr<service> of);
    ~stream_front() override;

    bool serves(const engine::request& asked) const noexcept override;
    void admit(transports::connection& at) override;
    void wind_up() override { streams_.wind_up(); }
    void evict() override { streams_.clear(); }
    bool deserted() const noexcept override { return streams_.empty(); }

  private:
    void on_end(stream& which) override;
    void on_event() noexcept override { of_->events.fetch_add(1, std::memory_order_relaxed); }

    transports::http_share& home_;
    std::shared_ptr<service> of_;
    std::size_t count_ = 0;
    transports::residence streams_;
};

}  // namespace kedge::sse
