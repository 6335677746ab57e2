#include "fleet.hpp"

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <kedge/cluster.hpp>

using kedge::ack;
using kedge::ack_error;
using kedge::arguments;
using kedge::value;

namespace interop {
namespace {

kedge::adapter_factory adapter_of(const switches& given) {
    if (given.adapter == "sharded") {
        auto mode = kedge::subscription_mode::dynamic;
        if (given.mode == "static") mode = kedge::subscription_mode::static_;
        if (given.mode == "dynamic-private") mode = kedge::subscription_mode::dynamic_private;
        return kedge::sharded_redis_adapter({.url = given.redis, .mode = mode});
    }
    if (given.adapter == "streams") return kedge::redis_streams_adapter({.url = given.redis});
    if (given.adapter.empty() || given.adapter == "classic")
        return kedge::redis_adapter({.url = given.redis});
    throw std::invalid_argument("unknown adapter: " + given.adapter);
}

std::vector<std::string> texts(const value& from) {
    if (from.is_string()) return {std::string(from.as_string())};
    return from.to<std::vector<std::string>>().value_or(std::vector<std::string>());
}

value error_of(const ack_error& error) {
    return error ? value(error.message()) : value();
}

arguments rest(const arguments& from, std::size_t skipped) {
    arguments some;
    for (std::size_t i = skipped; i < from.size(); ++i) some.push_back(from[i]);
    return some;
}

value shown(const kedge::remote_socket& one) {
    value rooms = value::array();
    for (const auto& each : one.rooms()) rooms.push_back(each);
    return value::object(
        {{"id", one.id()}, {"rooms", rooms}, {"data", one.data()}, {"auth", one.handshake()["auth"]}});
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

}  // namespace

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
