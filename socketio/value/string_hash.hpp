#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace kedge {

/// Lets maps with string keys be searched by string_view.
struct string_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

}  // namespace kedge
