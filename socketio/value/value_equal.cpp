#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <kedge/socketio/value/value.hpp>

namespace kedge {
namespace {

using value_pairs = std::vector<std::pair<const value*, const value*>>;

std::vector<const member*> by_key(std::span<const member> members) {
    std::vector<const member*> sorted;
    sorted.reserve(members.size());
    for (const auto& each : members) sorted.push_back(&each);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const member* left, const member* right) { return left->key < right->key; });
    return sorted;
}

/// Whether the keys are the same; what is left to compare goes to `more`.
bool same_keys(std::span<const member> left, std::span<const member> right, value_pairs& more) {
    if (left.size() != right.size()) return false;
    const auto left_sorted = by_key(left);
    const auto right_sorted = by_key(right);
    for (std::size_t at = 0; at < left.size(); ++at) {
        if (left_sorted[at]->key != right_sorted[at]->key) return false;
        more.emplace_back(&left_sorted[at]->value, &right_sorted[at]->value);
    }
    return true;
}

bool same_bytes(const value& left, const value& right) {
    const auto one = left.as_binary();
    const auto other = right.as_binary();
    return std::equal(one.begin(), one.end(), other.begin(), other.end());
}

/// Compares all but what is nested; that goes to `more`.
bool same_here(const value& left, const value& right, value_pairs& more) {
    if (left.is_integer() && right.is_integer()) {
        return left.kind() == right.kind() && left.as_unsigned() == right.as_unsigned();
    }
    if (left.is_number() && right.is_number()) return left.as_number() == right.as_number();
    if (left.kind() != right.kind()) return false;
    switch (left.kind()) {
        case value_kind::boolean:
            return left.as_boolean() == right.as_boolean();
        case value_kind::string:
            return left.as_string() == right.as_string();
        case value_kind::binary:
            return same_bytes(left, right);
        case value_kind::object:
            return same_keys(left.as_object(), right.as_object(), more);
        case value_kind::array:
            if (left.size() != right.size()) return false;
            for (std::size_t at = 0; at < left.size(); ++at) more.emplace_back(&left[at], &right[at]);
            return true;
        default:
            return true;
    }
}

}  // namespace

bool value::equal(const value& left, const value& right) {
    value_pairs more{{&left, &right}};
    while (!more.empty()) {
        const auto [one, other] = more.back();
        more.pop_back();
        if (!same_here(*one, *other, more)) return false;
    }
    return true;
}

}  // namespace kedge
