#pragma once

#include <memory>

#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/rope.hpp>
#include <kedge/transports/net/tls_state.hpp>

namespace kedge::transports {

/// What the streams of one worker share: it hangs on the worker, which knows nothing of it.
class stream_share final {
  public:
    static stream_share& of(worker& home) {
        std::shared_ptr<stream_share>& place = home.streams();
        if (!place) place = std::make_shared<stream_share>();
        return *place;
    }

    buffer_pool& buffers() noexcept { return buffers_; }
    /// Made on first use: most workers have no TLS.
    tls_io& tls() {
        if (!tls_) tls_ = std::make_unique<tls_io>();
        return *tls_;
    }

  private:
    buffer_pool buffers_;
    std::unique_ptr<tls_io> tls_;
};

}  // namespace kedge::transports
