#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace kedge::engine {

/// Objects of one worker that nobody uses at the moment, kept so that the next user need not allocate.
/// `Spare` has clear(), which empties it and lets go of what is immodest, and capacity(), the bytes that it
/// holds on to then.
template <class Spare>
class spare_pool {
  public:
    /// `limit`: bytes that are kept, all together.
    explicit spare_pool(std::size_t limit) noexcept : limit_(limit) {}

    /// An empty one.
    std::unique_ptr<Spare> take() {
        if (free_.empty()) return std::make_unique<Spare>();
        auto taken = std::move(free_.back());
        free_.pop_back();
        held_ -= size_of(*taken);
        return taken;
    }

    /// Null is nothing to give back.
    void give_back(std::unique_ptr<Spare> used) noexcept {
        if (!used) return;
        used->clear();
        const std::size_t size = size_of(*used);
        if (held_ + size > limit_) return;
        try {
            free_.push_back(std::move(used));
            held_ += size;
        } catch (const std::bad_alloc&) {  // then it is not kept
        }
    }

  private:
    static std::size_t size_of(const Spare& spare) noexcept { return sizeof(Spare) + spare.capacity(); }

    std::vector<std::unique_ptr<Spare>> free_;
    std::size_t limit_;
    std::size_t held_ = 0;  // bytes, in all of them
};

}  // namespace kedge::engine
