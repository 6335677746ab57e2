#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kedge/engine/timer_wheel.hpp>

namespace kedge::sockjs {

/// What can be set for a SockJS service, under sockjs-node's names where it has them.
struct options {
    /// Whether websockets are served. Default true.
    bool websocket = true;
    /// Whether info, answers and streams may be read by pages of other origins. Default true.
    bool cors = true;
    /// The origins whose pages may use the service, each as `https://example.com`. What cannot be judged by
    /// its origin (the iframe, htmlfile, jsonp) is then not served. Default all.
    std::vector<std::string> origins{};
    /// Whether clients are told that a load balancer needs cookies, and get `JSESSIONID`. Default false.
    bool jsessionid = false;
    /// Where the iframe page finds the client's library: exactly the version that the pages use. Default the
    /// copy that lies beside the service, `<prefix>/sockjs.min.js`.
    std::string sockjs_url{};
    /// Where clients shall send everything but their first request. Default where they are.
    std::string base_url{};
    /// How often a client that is sent nothing hears a heartbeat. Default 25 s.
    engine::duration heartbeat_delay{25'000};
    /// How long a session waits for its client's next request. Default 5 s.
    engine::duration disconnect_delay{5'000};
    /// How long a websocket's answer to a ping is waited for. Default 10 s.
    engine::duration pong_timeout{10'000};
    /// Bytes of a streamed answer behind which the client asks anew, so that browsers forget them. Default
    /// 128 KiB.
    std::size_t response_limit = std::size_t{128} * 1024;
    /// The largest message, and the largest body, that a client may send. Default 1 000 000 bytes.
    std::size_t max_message_bytes = 1'000'000;
    /// Bytes that may wait for one client. Default 16 MiB.
    std::size_t max_buffered_bytes = std::size_t{16} * 1024 * 1024;
    /// Bytes that all sessions of the service may keep: messages that wait, and the requests by which they
    /// came. A session that wants more is ended, a new one refused (503). Default 512 MiB.
    std::size_t max_kept_bytes = std::size_t{512} * 1024 * 1024;
    /// Sessions of the service on one worker; more are refused (503). Default 100 000.
    std::size_t max_sessions = 100'000;
};

}  // namespace kedge::sockjs
