#include "fleet.hpp"

#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/cluster.hpp>

#include "given.hpp"

using kedge::ack;
using kedge::ack_error;
using kedge::arguments;
using kedge::value;

namespace interop {
namespace {

/// The options of an adapter under the reference's names.
class adapter_options {
  public:
    explicit adapter_options(const switches& given) : given_(given.adapter_options) {}

    void take(std::string_view name, std::string& to) const {
        if (const auto found = given_.find(name); found != given_.end()) to = found->second;
    }
    template <class Number>
    void take(std::string_view name, Number& to) const {
        if (const auto found = given_.find(name); found != given_.end())
            to = static_cast<Number>(std::stoul(found->second));
    }
    void take(std::string_view name, std::chrono::milliseconds& to) const {
        if (const auto found = given_.find(name); found != given_.end())
            to = std::chrono::milliseconds(std::stol(found->second));
    }
    bool is(std::string_view name, std::string_view text = "true") const {
        const auto found = given_.find(name);
        return found != given_.end() && found->second == text;
    }

  private:
    const std::map<std::string, std::string, std::less<>>& given_;
};

kedge::redis_options redis_of(const switches& given) {
    kedge::redis_options made;
    if (!given.redis.empty()) made.url = given.redis;
    made.sentinels.urls = given.sentinels;
    made.nodes = given.redis_nodes;
    return made;
}

kedge::adapter_factory classic(const switches& given) {
    const adapter_options options(given);
    kedge::redis_adapter_options made;
    made.redis = redis_of(given);
    options.take("key", made.key);
    options.take("requestsTimeout", made.requests_timeout);
    made.publish_on_specific_response_channel = options.is("publishOnSpecificResponseChannel");
    if (options.is("parser", "json")) made.parser = kedge::redis_parser::json;
    return kedge::redis_adapter(made);
}

kedge::adapter_factory sharded(const switches& given) {
    const adapter_options options(given);
    kedge::sharded_redis_adapter_options made;
    made.redis = redis_of(given);
    if (given.mode == "static") made.mode = kedge::subscription_mode::static_;
    if (given.mode == "dynamic-private") made.mode = kedge::subscription_mode::dynamic_private;
    options.take("channelPrefix", made.channel_prefix);
    return kedge::sharded_redis_adapter(made);
}

kedge::adapter_factory streams(const switches& given) {
    const adapter_options options(given);
    kedge::redis_streams_adapter_options made;
    made.redis = redis_of(given);
    options.take("streamName", made.stream_name);
    options.take("streamCount", made.stream_count);
    options.take("channelPrefix", made.channel_prefix);
    if (options.is("useShardedPubSub")) made.pub_sub = kedge::redis_pub_sub::sharded;
    options.take("maxLen", made.max_len);
    options.take("readCount", made.read_count);
    options.take("blockTimeInMs", made.block_time);
    options.take("sessionKeyPrefix", made.session_key_prefix);
    made.only_plaintext = options.is("onlyPlaintext");
    return kedge::redis_streams_adapter(made);
}

kedge::adapter_factory adapter_of(const switches& given) {
    if (given.adapter == "sharded") return sharded(given);
    if (given.adapter == "streams") return streams(given);
    if (given.adapter.empty() || given.adapter == "classic") return classic(given);
    throw std::invalid_argument("unknown adapter: " + given.adapter);
}

value error_of(const ack_error& error) {
    return error ? value(error.message()) : value();
}

value shown(const kedge::remote_socket& one) {
    value rooms = value::array();
    for (const auto& each : one.rooms()) rooms.push_back(each);
    return value::object(
        {{"id", one.id()}, {"rooms", rooms}, {"data", one.data()}, {"handshake", one.handshake()}});
}

void act_on_all(const kedge::socket& socket) {
    const auto nsp = socket.nsp();
    socket.on("fleet-join", [nsp](value which, value rooms, ack done) {
        nsp.in(texts(which)).sockets_join(texts(rooms));
        done();
    });
    socket.on("fleet-leave", [nsp](value which, value rooms, ack done) {
        nsp.in(texts(which)).sockets_leave(texts(rooms));
        done();
    });
    socket.on("fleet-say", [nsp](const arguments& all, ack done) {
        auto to = kedge::broadcast_operator(nsp.state()).to(texts(all[0]["to"]));
        if (all[0]["local"].as_boolean()) to = to.local();
        if (all[0]["volatile"].as_boolean()) to = to.volatile_();
        const auto& compress = all[0]["compress"];
        to.compress(!compress.is_boolean() || compress.as_boolean()).emit(all[1].as_string(), rest(all, 2));
        done();
    });
    socket.on("fleet-fetch", [nsp](value which, ack done) {
        nsp.in(texts(which))
            .fetch_sockets()
            .then([done](ack_error error, const std::vector<kedge::remote_socket>& found) {
                value all = value::array();
                for (const auto& each : found) all.push_back(shown(each));
                done(error_of(error), all);
            });
    });
    socket.on("fleet-question", [nsp](value which, int milliseconds, std::string name, value said, ack done) {
        nsp.in(texts(which))
            .timeout(std::chrono::milliseconds(milliseconds))
            .emit(name, said, [done](ack_error error, const std::vector<value>& answers) {
                done(error_of(error), answers);
            });
    });
    socket.on("fleet-private", [nsp](std::string id, std::string name, value said, ack done) {
        nsp.in(id).fetch_sockets().then([=](const std::vector<kedge::remote_socket>& found) {
            if (found.empty()) return done("nobody");
            found.front()
                .timeout(std::chrono::seconds(5))
                .emit(name, said,
                      [done](ack_error error, const value& answer) { done(error_of(error), answer); });
        });
    });
}

void speak_to_servers(const kedge::socket& socket) {
    const auto nsp = socket.nsp();
    socket.on("servers-hear", [nsp](const arguments& all, ack done) {
        nsp.server_side_emit(all[0].as_string(), rest(all, 1));
        done();
    });
    socket.on("servers-answer", [nsp](const arguments& all, ack done) {
        nsp.server_side_emit_with_ack(all[0].as_string(), rest(all, 1))
            .then([done](ack_error error, const std::vector<value>& answers) {
                done(error_of(error), answers);
            });
    });
}

void hear_servers(const kedge::nsp& nsp, const std::string& node) {
    nsp.on("told", [nsp, node](const arguments& all) { nsp.local().emit("told", node, all); });
    nsp.on("sum", [node](int a, int b) { return node + ":" + std::to_string(a + b); });
    nsp.on("hush", [](const arguments&) {});
}

/// What this node knows of its fleet.
void tell_of_fleet(kedge::server& io, const std::string& node) {
    io.on_connection([&io, node](const kedge::socket& socket) {
        socket.on("node", [node](ack done) { done(node); });
        socket.on("passed", [&io](ack done) {
            const auto total = io.stats().total;
            done(total.passed_on, total.passing_failed, total.from_peers, total.peers_refused);
        });
    });
}

}  // namespace

void pass_on(kedge::server& io, const switches& given) {
    kedge::fleet_options fleet;
    fleet.address = given.fleet_address;
    fleet.nodes = given.fleet_nodes;
    fleet.secret = "the secret of the tests' fleet";
    if (fleet.nodes.empty()) fleet.redis = redis_of(given);
    kedge::join_fleet(io, std::move(fleet));
    tell_of_fleet(io, given.node);
}

void join_fleet(kedge::server& io, const switches& given) {
    io.use_adapter(adapter_of(given));
    for (const char* name : {"/", "/custom"}) {
        io.of(name).on_connection([](const kedge::socket& socket) {
            act_on_all(socket);
            speak_to_servers(socket);
        });
        hear_servers(io.of(name), given.node);
    }
}

}  // namespace interop
