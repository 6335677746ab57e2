#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <kedge/engine/message.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>

namespace kedge {

/// What another protocol makes of an event: made once for all who hear it one after the other. One of these
/// belongs to a thread.
template <class Made>
class last_rendering {
  public:
    template <class Make>
    std::shared_ptr<const Made> of(const broadcast_packet& event, Make make) {
        const engine::message_ptr& first = event.parts().front();
        if (first_ == first) return made_;
        auto made = std::make_shared<const Made>(make(event));
        if (first->data().size() <= most_kept) {
            first_ = first;
            made_ = made;
        }
        return made;
    }

  private:
    // More would be kept until the next event, maybe for nobody.
    static constexpr std::size_t most_kept = std::size_t{16} * 1024;

    engine::message_ptr first_;  // held, so that no other event lies there
    std::shared_ptr<const Made> made_;
};

}  // namespace kedge
