#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kedge::transports {

/// The headers of a response: a multimap that keeps its order. What could end a line early (a CR, LF or NUL,
/// a name that is no token) is refused, so that nothing taken from a request can inject a header.
class header_list {
  public:
    struct field {
        std::string name;
        std::string value;
    };

    /// Appends a header, beside others of the same name. False, and nothing is changed, when it is not fit to
    /// be sent.
    bool add(std::string_view name, std::string_view value);
    /// The same, in the place of all others of that name.
    bool set(std::string_view name, std::string_view value);
    /// Adds to the Vary header what is not listed there yet.
    bool vary(std::string_view name);
    void erase(std::string_view name);
    void clear() noexcept { fields_.clear(); }

    /// The value of the first header of this name, or null.
    const std::string* find(std::string_view name) const noexcept;
    bool empty() const noexcept { return fields_.empty(); }
    std::size_t size() const noexcept { return fields_.size(); }
    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }

  private:
    std::vector<field> fields_;
};

}  // namespace kedge::transports
