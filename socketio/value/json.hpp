#pragma once

#include <optional>

#include <kedge/socketio/value/json_access.hpp>
#include <kedge/socketio/value/json_containers.hpp>
#include <kedge/socketio/value/json_described.hpp>
#include <kedge/socketio/value/json_scalars.hpp>
#include <kedge/socketio/value/json_time.hpp>
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/value.hpp>

namespace kedge {

template <class T>
std::optional<T> item::to() const {
    std::optional<T> made(std::in_place);
    if (!kedge::read(*this, *made)) made.reset();
    return made;
}

template <class T>
std::optional<T> value::to() const {
    tape laid_out;
    write(laid_out);
    return laid_out.root().to<T>();
}

}  // namespace kedge
