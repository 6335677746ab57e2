#include <string_view>

#include <kedge/stomp/participant.hpp>

// What a client sends: heard at once, or over turns where it asks for much.

namespace kedge::stomp {

/// Requests of their own cannot be held, so that more may come meanwhile; and a handler may wait for events
/// itself, so that more comes while a frame is under way.
void participant::receive(std::string_view bytes) {
    if (!under_way_.under_way() && rest_.empty()) {
        const std::string_view left = work_off(bytes);
        if (!left.empty() || !rest_.empty()) wait([&] { rest_.put_back(left); });
    } else if (rest_.size() + bytes.size() > of_.terms.max_buffered_bytes) {
        session_.fail({.message = "too much was sent at once"});
    } else {
        rest_.add(bytes);
    }
}

/// Returns what is left for another turn.
std::string_view participant::work_off(std::string_view bytes) {
    const engine::lent<std::string_view>::loan work(under_way_, bytes);
    while (session_.receive_frame(*under_way_)) {
        if (!under_way_->empty() && home_.home().late()) return *under_way_;
    }
    return {};
}

/// With what `keep` adds to it, the rest waits for the next turn; without memory for that nothing does.
template <class Keep>
void participant::wait(Keep&& keep) {
    try {
        keep();
        home_.home().carry(*this);
    } catch (...) {
        rest_.drop();
        throw;
    }
    hold(cause::turn, true);
}

void participant::on_ready(transports::ready) {
    const auto work = [this] {
        rest_.offer([this](std::string_view all) { return work_off(all); });
        if (!rest_.empty()) wait([] {});
    };
    if (!home_.home().within_memory(work)) return close();
    if (rest_.empty()) gone_ ? close() : hold(cause::turn, false);
}

void participant::end_behind_rest() {
    gone_ = true;
    if (rest_.empty()) close();
}

/// Too much waits in the process, and this longest.
void participant::on_cut() noexcept {
    home_.home().drop_carried(*this);
    rest_.drop();
    home_.home().guarded([this] {
        session_.fail({.message = "too much waits to be done, and this has waited longest"});
        close();
    });
}

}  // namespace kedge::stomp
