#include <kedge/socketio/value/value_builder.hpp>

#include <algorithm>
#include <numeric>

namespace kedge {
namespace {

/// Of members with the same name the first keeps its place and gets the value of the last, as in JavaScript.
/// Sorts where there are many, so that no client buys quadratic work.
void settle_duplicates(value::members& members) {
    std::vector<std::size_t> order(members.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        return members[left].key < members[right].key;
    });
    std::vector<bool> doubled(members.size());
    bool any = false;
    std::size_t first = 0;
    for (std::size_t at = 1; at < order.size(); ++at) {
        if (members[order[at]].key != members[order[first]].key) {
            first = at;
            continue;
        }
        members[order[first]].value.swap(members[order[at]].value);
        doubled[order[at]] = any = true;
    }
    if (!any) return;
    std::size_t index = 0;
    std::erase_if(members, [&](const member&) { return doubled[index++]; });
}

bool has_duplicates(const value::members& members) {
    constexpr std::size_t few = 8;
    if (members.size() > few) return true;
    for (std::size_t at = 1; at < members.size(); ++at) {
        for (std::size_t before = 0; before < at; ++before) {
            if (members[before].key == members[at].key) return true;
        }
    }
    return false;
}

}  // namespace

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
    value& finished = *open_.back();
    open_.pop_back();
    if (!has_duplicates(finished.as_object())) return;
    finished.edit_members([](value::members& all) { settle_duplicates(all); });
}

}  // namespace kedge
