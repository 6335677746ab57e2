#pragma once

#include <memory>

#include <kedge/transports/loop/worker.hpp>

namespace kedge::transports {

/// Something that lives on a share until it is done: a connection, a websocket that is being closed.
class resident : public mortal {
  public:
    /// The server ends: finish what is under way, begin nothing new.
    virtual void wind_up() = 0;

  private:
    friend class residence;
    resident* next_ = nullptr;
    resident* previous_ = nullptr;
};

/// The residents of a share. Owns them.
class residence {
  public:
    residence() = default;
    residence(const residence&) = delete;
    residence& operator=(const residence&) = delete;
    ~residence();

    void add(std::unique_ptr<resident> who) noexcept;
    /// Gives one back to be buried.
    std::unique_ptr<resident> take(resident& who) noexcept;
    bool empty() const noexcept { return first_ == nullptr; }
    /// Destroys all. Not from within a call of one of them.
    void clear() noexcept;
    /// Tells all that live here now. Each may leave during its call.
    void wind_up();

  private:
    resident* first_ = nullptr;
};

}  // namespace kedge::transports
