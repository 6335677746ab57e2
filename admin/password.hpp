#pragma once

#include <string>
#include <string_view>

namespace kedge::admin {

/// Whether two texts are the same, in a time that tells nothing of where they differ.
bool same_text(std::string_view one, std::string_view other) noexcept;

/// A password, of which only bcrypt's hash is known.
class password_hash {
  public:
    /// Throws std::invalid_argument for what is no hash of bcrypt's, or one whose cost is out of bounds.
    explicit password_hash(std::string text);

    /// Takes as long as the hash's cost says: tens of milliseconds and more. From any thread.
    bool matches(std::string_view password) const;
    unsigned cost() const noexcept;

  private:
    std::string text_;
};

}  // namespace kedge::admin
