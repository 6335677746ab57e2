#pragma once

#include <chrono>
#include <thread>

namespace kedge::test {

/// Whether it comes true within twenty seconds. For what other processes and threads do, who tell nobody.
template <class Condition>
bool eventually(Condition&& condition) {
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        if (clock::now() >= end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace kedge::test
