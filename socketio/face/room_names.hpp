#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge {

/// One room or several, as parameters take them: `to("lobby")`, `to({"red", "blue"})`, `to(names)`.
class room_names {
  public:
    room_names(const char* one) { names_.emplace_back(one); }
    room_names(std::string_view one) { names_.emplace_back(one); }
    room_names(std::string one) { names_.push_back(std::move(one)); }
    room_names(std::initializer_list<std::string_view> several) : names_(several.begin(), several.end()) {}
    room_names(std::vector<std::string> several) noexcept : names_(std::move(several)) {}

    const std::vector<std::string>& list() const noexcept { return names_; }
    std::vector<std::string>& list() noexcept { return names_; }

  private:
    std::vector<std::string> names_;
};

}  // namespace kedge
