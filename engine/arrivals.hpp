#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <kedge/engine/buffered_bytes.hpp>
#include <kedge/engine/counter.hpp>
#include <kedge/engine/function.hpp>

namespace kedge::engine {

class arrivals;

/// Who holds a part of something that has not come whole: a head, a body, a message in fragments.
class arrival_owner {
  public:
    /// Too much waits in the process, and this has waited longest: lets go of it, and of whom it comes from.
    virtual void on_cut() noexcept = 0;

  protected:
    ~arrival_owner() = default;
};

/// What an owner holds of something that has not come whole, counted with all that waits in the process.
class arrival {
  public:
    arrival(arrivals& among, arrival_owner& owner) noexcept : among_(among), owner_(owner) {}
    ~arrival() { set(0); }
    arrival(const arrival&) = delete;
    arrival& operator=(const arrival&) = delete;

    /// What it takes in memory now. With 0 it has come whole, or is dropped.
    void set(std::size_t bytes) noexcept;

  private:
    friend class arrivals;

    arrivals& among_;
    arrival_owner& owner_;
    arrival* before_ = nullptr;
    arrival* behind_ = nullptr;
    std::size_t bytes_ = 0;
};

/// All that is arriving on one worker, in the order in which it began.
class arrivals {
  public:
    /// Who holds less is not what fills the memory, and is not counted.
    static constexpr std::size_t least = 4096;

    arrivals() noexcept = default;
    arrivals(const arrivals&) = delete;
    arrivals& operator=(const arrivals&) = delete;

    /// `tell` is called when more than `most` waits in the whole process, again and again while it does. With
    /// 0 it never is.
    void bound(std::size_t most, unique_function<void()> tell);
    /// Looks whether it does.
    void look() noexcept;
    /// Cuts the quarter that began first, or one at the least. Returns how many.
    std::size_t cut_oldest() noexcept;

    /// Bytes, of all workers of the process. From any thread, as those below.
    static std::size_t total() noexcept { return total_.load(std::memory_order_relaxed); }
    std::uint64_t bytes() const noexcept { return bytes_.value(); }
    std::uint64_t cut() const noexcept { return cut_.value(); }

  private:
    friend class arrival;
    void enter(arrival& begun) noexcept;
    void leave(arrival& over) noexcept;
    void count(std::size_t difference) noexcept;

    inline static std::atomic<std::size_t> total_{0};

    arrival* first_ = nullptr;
    arrival* last_ = nullptr;
    std::size_t number_ = 0;
    counter bytes_;
    counter cut_;
    std::size_t most_ = 0;
    unique_function<void()> tell_;
};

}  // namespace kedge::engine
