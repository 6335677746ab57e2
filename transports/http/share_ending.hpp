#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/http/http_front.hpp>

namespace kedge::transports {

class http_share;

/// The orderly end of one share: closes its sessions, all at once or at a pace, then lets its connections
/// finish, and tells when nothing lives there any more or the grace is over.
class share_ending {
  public:
    /// `per_second`: sessions closed in a second, 0 = no pace.
    share_ending(http_share& of, engine::duration grace, double per_second, engine::task done);

    void begin();

  private:
    void on_tick(engine::time_point now);
    void close_some(engine::time_point now);
    void finish();

    http_share& of_;
    engine::duration grace_;
    double per_second_;
    engine::task done_;
    engine::timer timer_;
    engine::time_point begun_{};
    engine::time_point deadline_{};
    struct open_session {
        http_front* of;
        std::string id;
    };
    std::vector<open_session> waiting_;  // to be closed, in random order
    std::size_t closed_ = 0;             // of these
    bool winding_up_ = false;
    std::minstd_rand dice_;
};

}  // namespace kedge::transports
