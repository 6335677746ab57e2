#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

namespace kedge {

/// What has a size and can be walked, text and bytes apart.
template <class T>
concept json_range = requires(const T& from) {
    typename T::value_type;
    { from.size() } -> std::convertible_to<std::size_t>;
    from.begin() != from.end();
}
&&!std::convertible_to<const T&, std::string_view> && !std::same_as<typename T::value_type, std::byte>;
template <class T>
concept json_map = json_range<T> && requires {
    typename T::mapped_type;
} && std::constructible_from<typename T::key_type, std::string_view> &&
    std::convertible_to<const typename T::key_type&, std::string_view>;
template <class T>
concept json_sequence = json_range<T> && !requires {
    typename T::mapped_type;
};

}  // namespace kedge
