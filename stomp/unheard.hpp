#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/engine/arrivals.hpp>

namespace kedge::stomp {

/// What a client has sent and nobody has heard yet: it waits for turns to come, counted with all that
/// arrives.
class unheard {
  public:
    unheard(engine::arrivals& among, engine::arrival_owner& owner) noexcept : counted_(among, owner) {}

    bool empty() const noexcept { return bytes_.empty(); }
    std::size_t size() const noexcept { return bytes_.size() - heard_; }

    /// Behind what waits.
    void add(std::string_view more) {
        bytes_ += more;
        counted_.set(bytes_.capacity());
    }
    /// Before it: what was not heard of something that was not waiting.
    void put_back(std::string_view rest) {
        bytes_.insert(heard_, rest);
        counted_.set(bytes_.capacity());
    }
    void drop() noexcept { keep({}, 0); }

    /// Has all of it heard by `hear`, which returns the end that it has left. Meanwhile more may be added.
    template <class Hear>
    void offer(Hear&& hear) {
        std::string offered = std::exchange(bytes_, {});
        const std::size_t from = std::exchange(heard_, 0);
        const std::string_view left = hear(std::string_view(offered).substr(from));
        if (left.empty()) return counted_.set(bytes_.capacity());
        const std::size_t heard = offered.size() - left.size();
        offered += bytes_;
        keep(std::move(offered), heard);
    }

  private:
    void keep(std::string bytes, std::size_t heard) noexcept {
        bytes_ = std::move(bytes);
        heard_ = heard;
        counted_.set(bytes_.empty() ? 0 : bytes_.capacity());
    }

    std::string bytes_;
    std::size_t heard_ = 0;  // of these, from the front: they go with the rest, or each turn would move it
    engine::arrival counted_;
};

}  // namespace kedge::stomp
