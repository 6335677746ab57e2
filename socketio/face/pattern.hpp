#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace kedge {

/// A regular expression for the names of namespaces, as JavaScript writes it:
/// `io.of(kedge::pattern("^/room-\\d+$"))`. It matches anywhere in a name unless it is anchored. Bounded in
/// time and memory: an expression that backtracks too long does not match. Copies are cheap; one object
/// serves all threads.
class pattern {
  public:
    /// `flags` are those of JavaScript: "i", "m", "s", "u", "v". Throws std::invalid_argument for an
    /// expression that is none, and for the flags "g" and "y", which would make matching depend on the
    /// matches before.
    explicit pattern(std::string_view expression, std::string_view flags = {});

    bool matches(std::string_view text) const;
    const std::string& expression() const noexcept { return expression_; }

  private:
    struct program;
    std::string expression_;
    std::shared_ptr<const program> program_;
};

}  // namespace kedge
