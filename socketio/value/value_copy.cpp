// Values made of others, which the builder builds.
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/value/value_builder.hpp>

namespace kedge {

value build_value(function_ref<void(writer&)> data) {
    value_builder builder;
    data(builder);
    return builder.take();
}

value::value(const item& from) {
    *this = build_value([&](writer& to) { from.write(to); });
}

value::value(const value& other) : content_(other.content_), kind_(other.kind_) {
    if (!other.owns()) return;
    kind_ = value_kind::null;
    if (other.is_string() || other.is_binary()) {
        hold(other.kind_, other.content_.bytes, other.size_);
    } else {
        *this = build_value([&](writer& to) { other.write(to); });
    }
}

}  // namespace kedge
