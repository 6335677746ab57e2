#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <test/socketio/world.hpp>

namespace kedge::testing {

/// What a careless application throws.
struct no_exception {};

/// The ways in which something of an application's can fail, to be tried one after another.
struct misdeed {
    std::string name;
    std::function<void()> act;
};

inline const std::vector<misdeed>& throws() {
    static const std::vector<misdeed> all{
        {"throws an exception", [] { throw std::runtime_error("careless"); }},
        {"throws a number", [] { throw 7; }},
        {"throws an object that is no exception", [] { throw no_exception(); }},
    };
    return all;
}

/// A world whose log function throws, whatever it is told.
inline void log_badly(hub_settings& settings) {
    settings.log = [](const log_record&) { throw no_exception(); };
}

/// Notes for what sockets of a namespace leave.
inline std::shared_ptr<lines> note_ends(const nsp& at) {
    auto noted = std::make_shared<lines>();
    at.on_connection([noted](const socket& one) {
        one.on_disconnect([noted](disconnect_reason why) { noted->emplace_back(to_string(why)); });
    });
    return noted;
}

}  // namespace kedge::testing
