#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include <kedge/engine/log.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/net/trust_proxy.hpp>

namespace kedge::transports {

/// What HTTP takes from the options of a server. Their meaning is told there, their defaults stand here.
struct http_options {
    engine::duration keep_alive_timeout{5'000};
    engine::duration first_byte_timeout{60'000};
    engine::duration headers_timeout{60'000};
    engine::duration request_timeout{300'000};
    std::uint32_t max_header_size = 16 * 1024;
    std::size_t max_request_body = 1024 * 1024;
    std::size_t drain_limit = 64 * 1024;
    engine::duration drain_timeout{1000};
    /// Bytes of a streamed answer that may wait for a client that does not read.
    std::size_t max_buffered_bytes = std::size_t{16} * 1024 * 1024;
    transports::trust_proxy trust_proxy{};
    std::function<void(const log_record&)> log{};
    log_floor log_threshold = log_level::info;
};

}  // namespace kedge::transports
