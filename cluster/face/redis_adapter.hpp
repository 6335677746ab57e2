#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <kedge/cluster/adapters/sharded_adapter.hpp>
#include <kedge/cluster/messages/classic_form.hpp>
#include <kedge/cluster/redis/redis_options.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/rooms/adapter.hpp>

namespace kedge {

using redis_parser = cluster::classic_parser;
using subscription_mode = cluster::subscription_mode;

struct redis_adapter_options {
    std::string url{};              ///< of Redis; instead of redis.url
    std::string key = "socket.io";  ///< what all channels begin with; no # with several connections
    engine::duration requests_timeout{5000};
    /// Whether answers go to who asked alone. Nodes of all versions take both.
    bool publish_on_specific_response_channel = false;
    redis_parser parser = redis_parser::msgpack;
    redis_options redis{};
};

/// Makes one server of many, Kedge and Node side by side: the twin of `createAdapter` of
/// `@socket.io/redis-adapter`. For `io.use_adapter()`. Throws what says which option is wrong.
adapter_factory redis_adapter(redis_adapter_options options = {});

struct sharded_redis_adapter_options {
    std::string url{};  ///< of Redis 7 or later; instead of redis.url
    std::string channel_prefix = "socket.io";
    subscription_mode mode = subscription_mode::dynamic;
    engine::duration requests_timeout{5000};
    redis_options redis{};
};

/// The twin of `createShardedAdapter` of `@socket.io/redis-adapter`: what is for one room goes only to the
/// servers where somebody is in it.
adapter_factory sharded_redis_adapter(sharded_redis_adapter_options options = {});

enum class redis_pub_sub : std::uint8_t {
    plain,
    sharded  ///< SPUBLISH, from Redis 7 on
};

struct redis_streams_adapter_options {
    std::string url{};                      ///< of Redis; instead of redis.url
    std::string stream_name = "socket.io";  ///< the key of the stream
    unsigned stream_count = 1;              ///< above 1 namespaces are spread over so many
    std::string channel_prefix = "socket.io";
    redis_pub_sub pub_sub = redis_pub_sub::plain;
    std::size_t max_len = 10'000;  ///< entries that the stream keeps, about
    std::size_t read_count = 100;  ///< entries that are read at once
    engine::duration block_time{5000};
    std::string session_key_prefix = "sio:session:";
    bool only_plaintext = false;  ///< binary in the stream as JSON
    engine::duration requests_timeout{5000};
    redis_options redis{};
};

/// The twin of `createAdapter` of `@socket.io/redis-streams-adapter`. With the server's option
/// `connection_state_recovery`, clients that return to whatever server of the fleet get what they missed.
adapter_factory redis_streams_adapter(redis_streams_adapter_options options = {});

}  // namespace kedge
