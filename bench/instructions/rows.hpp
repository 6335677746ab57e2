#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string_view>

namespace bench {

/// What can be counted: each does its work so many times.
const std::map<std::string_view, std::function<void(std::size_t)>>& rows();

}  // namespace bench
