#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kedge::engine {

/// Where an object's functions see bytes that somebody lent it, while a loan lasts and no longer. A view of
/// bytes that are not one's own is a member in no other way: what outlives the call that brought them owns
/// its bytes.
template <class View>
class lent final {
  public:
    lent() = default;
    lent(const lent&) = delete;
    lent& operator=(const lent&) = delete;

    /// What is left of the bytes, to be taken from its front; empty when nothing is lent.
    View& operator*() noexcept { return view_; }
    const View& operator*() const noexcept { return view_; }
    View* operator->() noexcept { return &view_; }
    const View* operator->() const noexcept { return &view_; }
    /// Whether a loan is under way.
    bool under_way() const noexcept { return under_way_; }

    /// Lends until it ends, however that comes about.
    class loan final {
      public:
        loan(lent& to, View bytes) noexcept : to_(to) {
            to_.view_ = bytes;
            to_.under_way_ = true;
        }
        ~loan() {
            to_.view_ = {};
            to_.under_way_ = false;
        }
        loan(const loan&) = delete;
        loan& operator=(const loan&) = delete;

      private:
        lent& to_;
    };

  private:
    View view_{};
    bool under_way_ = false;
};

/// Text in a buffer that is soon written to again. It gives nobody a view: who needs it longer has a copy.
class passing_text final {
  public:
    passing_text() = default;
    explicit passing_text(std::string_view text) noexcept : text_(text) {}

    std::size_t size() const noexcept { return text_.size(); }
    std::string kept() const { return std::string(text_); }

  private:
    std::string_view text_;
};

}  // namespace kedge::engine
