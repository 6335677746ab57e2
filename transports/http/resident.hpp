#pragma once

#include <memory>

#include <kedge/engine/owned_list.hpp>
#include <kedge/transports/loop/worker.hpp>

namespace kedge::transports {

/// Something that lives on a share until it is done: a connection, a websocket that is being closed.
class resident : public mortal {
  public:
    /// The server ends: finish what is under way, begin nothing new.
    virtual void wind_up() = 0;
};

/// The residents of a share. Owns them.
class residence {
  public:
    residence() = default;
    residence(const residence&) = delete;
    residence& operator=(const residence&) = delete;

    void add(std::unique_ptr<resident> who) noexcept { all_.add(std::move(who)); }
    /// Gives one back to be buried.
    std::unique_ptr<mortal> take(resident& who) noexcept { return engine::owned_list<mortal>::take(who); }
    bool empty() const noexcept { return all_.empty(); }
    /// Destroys all. Not from within a call of one of them.
    void clear() noexcept { all_.clear(); }
    /// Tells all that live here now. Each may leave during its call.
    void wind_up();

  private:
    engine::owned_list<mortal> all_;
};

}  // namespace kedge::transports
