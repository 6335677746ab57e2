#include <kedge/cluster/face/redis_adapter.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <kedge/cluster/adapters/classic_adapter.hpp>
#include <kedge/cluster/adapters/fleet.hpp>
#include <kedge/cluster/adapters/streams_adapter.hpp>

namespace kedge {

namespace {

std::shared_ptr<cluster::fleet> make_fleet(redis_options redis, std::string url) {
    if (!url.empty()) redis.url = std::move(url);
    return std::make_shared<cluster::fleet>(redis);
}

}  // namespace

adapter_factory redis_adapter(redis_adapter_options options) {
    if (options.redis.connections > 1 && options.key.find('#') != std::string::npos)
        throw std::invalid_argument(
            "redis_adapter_options::key has a # in it: with several connections nobody could tell the "
            "namespace "
            "of a channel, and joins would not come before what follows them");
    const bool one_order = options.redis.nodes.empty();
    auto shared = make_fleet(std::move(options.redis), std::move(options.url));
    cluster::classic_options form{std::move(options.key), options.requests_timeout,
                                  options.publish_on_specific_response_channel, options.parser, one_order};
    return [shared = std::move(shared), form = std::move(form)](adapter_host& host) {
        return std::make_unique<cluster::classic_adapter>(host, shared, form);
    };
}

adapter_factory sharded_redis_adapter(sharded_redis_adapter_options options) {
    auto shared = make_fleet(std::move(options.redis), std::move(options.url));
    cluster::sharded_options form{std::move(options.channel_prefix), options.mode, options.requests_timeout};
    return [shared = std::move(shared), form = std::move(form)](adapter_host& host) {
        return std::make_unique<cluster::sharded_adapter>(host, shared, form);
    };
}

adapter_factory redis_streams_adapter(redis_streams_adapter_options options) {
    if (options.block_time <= engine::duration{0})
        throw std::invalid_argument(
            "redis_streams_adapter_options::block_time: Redis is taken for lost when it says nothing for "
            "ever");
    auto shared = make_fleet(std::move(options.redis), std::move(options.url));
    cluster::streams_options form;
    form.stream_name = std::move(options.stream_name);
    form.stream_count = options.stream_count;
    form.channel_prefix = std::move(options.channel_prefix);
    if (options.pub_sub == redis_pub_sub::sharded) form.pub_sub = cluster::channel_kind::sharded;
    form.max_len = options.max_len;
    form.read_count = options.read_count;
    form.block_time = options.block_time;
    form.session_key_prefix = std::move(options.session_key_prefix);
    if (options.only_plaintext) form.binaries = cluster::binary_form::plaintext;
    form.requests_timeout = options.requests_timeout;
    return [shared = std::move(shared), form = std::move(form)](adapter_host& host) {
        return std::make_unique<cluster::streams_adapter>(host, shared, form);
    };
}

}  // namespace kedge
