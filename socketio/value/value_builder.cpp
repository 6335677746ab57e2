#include <kedge/socketio/value/value_builder.hpp>

namespace kedge {
value value_builder::take() {
    open_.clear();
    return std::exchange(root_, value());
}

value* value_builder::place(value made) {
    if (open_.empty()) {
        root_ = std::move(made);
        return &root_;
    }
    value& outer = *open_.back();
    return outer.is_object() ? &outer.append(std::move(key_), std::move(made))
                             : &outer.push_back(std::move(made));
}

void value_builder::begin_array(std::size_t count) {
    open(value::array(), count);
}

void value_builder::begin_object(std::size_t count) {
    open(value::object(), count);
}

void value_builder::open(value container, std::size_t count) {
    container.reserve(count);
    open_.push_back(place(std::move(container)));
}

void value_builder::end_object() {
    open_.back()->settle();
    open_.pop_back();
}

}  // namespace kedge
