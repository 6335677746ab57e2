#pragma once

#include <string>
#include <utility>

#include <kedge/socketio/value/value.hpp>

namespace kedge {

/// Why a middleware refuses: the client of a namespace's middleware is told `message` and `data` in its
/// connect_error, the error of a socket's middleware goes to on_error.
struct connect_error {
    connect_error(std::string what) : message(std::move(what)) {}
    connect_error(const char* what) : message(what) {}
    connect_error(std::string what, value more) : message(std::move(what)), data(std::move(more)) {}

    std::string message;
    value data;  ///< null: there is none
};

}  // namespace kedge
