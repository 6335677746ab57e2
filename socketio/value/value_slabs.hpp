#pragma once

#include <cstddef>

namespace kedge {

/// Where the parts of one large value lie: many of them in one piece of memory, which goes when the last of
/// them has gone. A message may say half a million things that take a few bytes each, and an allocation for
/// each of them would cost more than all else that is done with it. Each part may be given back on any
/// thread.
class value_slabs {
  public:
    struct slab;
    struct part {
        void* at;
        slab* from;  ///< null when it is an allocation of its own
    };

    /// What a value of fewer tokens than this is made of has an allocation for each part.
    static constexpr std::size_t many = 1024;
    /// What is more has an allocation of its own.
    static constexpr std::size_t most_shared = 1024;

    value_slabs() noexcept = default;
    ~value_slabs() { retire(); }
    value_slabs(const value_slabs&) = delete;
    value_slabs& operator=(const value_slabs&) = delete;

    /// So many bytes, where a pointer may lie.
    part take(std::size_t size);
    /// The same where there are no slabs.
    static part take(std::size_t size, value_slabs* in) {
        return in ? in->take(size) : part{::operator new(size), nullptr};
    }
    static void give_back(const part& taken) noexcept;

  private:
    void retire() noexcept;

    slab* now_ = nullptr;
    std::size_t filled_ = 0;  // bytes of all
    std::size_t size_ = 0;    // of the one that is being filled
    std::size_t used_ = 0;    // bytes of it
    std::size_t given_ = 0;   // parts of it
};

}  // namespace kedge
