#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/stomp/relay/broker_link.hpp>
#include <test/engine/fake_loop.hpp>

namespace kedge::stomp::testing {

/// NULs as ^, line ends as |, and back.
inline std::string noted(std::string_view bytes) {
    std::string made(bytes);
    std::replace(made.begin(), made.end(), '\n', '|');
    std::replace(made.begin(), made.end(), '\0', '^');
    return made;
}
inline std::string bytes_of(std::string note) {
    std::replace(note.begin(), note.end(), '|', '\n');
    std::replace(note.begin(), note.end(), '^', '\0');
    return note;
}

/// A network that the test plays.
struct scripted_broker final : broker_wire {
    void connect() override { acts.emplace_back("connect"); }
    void send(std::string_view bytes) override { acts.push_back(noted(bytes)); }
    std::size_t unsent() const override { return stuck; }
    void want_drain() override { acts.emplace_back("want drain"); }
    void pause() override { acts.emplace_back("pause"); }
    void resume() override { acts.emplace_back("resume"); }
    void hang_up() override { acts.emplace_back("hang up"); }
    void finish() override { acts.emplace_back("finish"); }

    /// What was done since the last call.
    std::vector<std::string> take() { return std::exchange(acts, {}); }

    std::size_t stuck = 0;  ///< bytes that the kernel refuses
    std::vector<std::string> acts;
};

}  // namespace kedge::stomp::testing
