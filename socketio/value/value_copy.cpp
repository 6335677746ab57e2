// Values made of others, which the builder builds, and of what lies on a tape.
#include <algorithm>
#include <numeric>
#include <vector>

#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/value/value_builder.hpp>

namespace kedge {
namespace {

/// A container that is being laid out, and where it ends on the tape.
struct container_under_way {
    value* what;
    const token* end;
};

bool has_duplicates(std::span<const member> members) noexcept {
    for (std::size_t at = 1; at < members.size(); ++at) {
        for (std::size_t before = 0; before < at; ++before) {
            if (members[before].key == members[at].key) return true;
        }
    }
    return false;
}

}  // namespace

value build_value(function_ref<void(writer&)> data) {
    value_builder builder;
    data(builder);
    return builder.take();
}

value::value(const value& other) : content_(other.content_), size_(other.size_), kind_(other.kind_) {
    if (!other.owns()) return;
    content_.bytes = nullptr;
    kind_ = value_kind::null;
    size_ = 0;
    if (other.is_string() || other.is_binary()) {
        hold(other.kind_, other.content_.bytes, other.size_);
    } else {
        *this = build_value([&](writer& to) { other.write(to); });
    }
}

value::value(const item& from) {
    if (!from.exists()) return;
    value made;  // is destroyed when an allocation fails
    value_slabs slabs;
    const auto tokens = static_cast<std::size_t>(from.behind() - from.position());
    made.lay_out(from.position(), tokens < value_slabs::many ? nullptr : &slabs);
    swap(made);
}

void value::hold(const token& from, value_slabs* in) {
    switch (from.kind) {
        case value_kind::string:
        case value_kind::binary:
            return hold(from.kind, from.bytes, from.size, in);
        case value_kind::array:
            become(value_kind::array);
            return grow<value>(from.size, in);
        case value_kind::object:
            become(value_kind::object);
            return grow<member>(from.size, in);
        case value_kind::boolean:
            content_.boolean = from.boolean;
            break;
        case value_kind::number:
            content_.number = from.number;
            break;
        default:
            content_.unsigned_integer = from.unsigned_integer;
    }
    kind_ = from.kind;
}

/// Takes what lies on a tape from `at`, token by token: an outer container has room for all that it holds,
/// and so stays where it is while an inner one is laid out.
void value::lay_out(const token* at, value_slabs* in) {
    std::vector<container_under_way> open;
    for (value* to = this;;) {
        to->hold(*at, in);
        if (to->owns() && (to->is_array() || to->is_object())) open.push_back({to, at + at->extent});
        ++at;
        while (!open.empty() && open.back().end == at) {
            open.back().what->settle();
            open.pop_back();
        }
        if (open.empty()) return;
        value& outer = *open.back().what;
        if (outer.is_array()) {
            to = outer.add_item();
        } else {
            const token& key = *at++;
            to = outer.add_member({key.bytes, key.size});
        }
    }
}

/// Of members with the same name the first keeps its place and gets the value of the last, as in JavaScript.
/// Sorts where there are many, so that no client buys quadratic work.
void value::settle() {
    constexpr std::size_t few = 8;
    if (!is_object() || !owns() || (size_ <= few && !has_duplicates(as_object()))) return;
    member* const all = content_.items->items<member>();
    std::vector<std::size_t> order(size_);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [all](std::size_t left, std::size_t right) { return all[left].key < all[right].key; });
    std::vector<bool> doubled(size_);
    bool any = false;
    for (std::size_t at = 1, first = 0; at < order.size(); ++at) {
        if (all[order[at]].key != all[order[first]].key) {
            first = at;
            continue;
        }
        all[order[first]].value.swap(all[order[at]].value);
        doubled[order[at]] = any = true;
    }
    if (!any) return;
    std::size_t index = 0;
    remove_members([&](const member&) { return doubled[index++]; });
}

}  // namespace kedge
