#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/engine/random.hpp>

namespace kedge::testing {

/// A network that the test plays.
struct scripted_wire final : cluster::wire {
    int connects = 0;
    int hang_ups = 0;
    int finishes = 0;
    bool drain_wanted = false;
    std::size_t stuck = 0;  ///< bytes that the kernel refuses
    std::string written;

    void connect() override { ++connects; }
    std::string& output() override { return written; }
    std::size_t unsent() const override { return stuck; }
    void want_drain() override { drain_wanted = true; }
    void hang_up() override { ++hang_ups; }
    void finish() override { ++finishes; }

    /// What was written since the last call.
    std::string take() { return std::exchange(written, {}); }
};

/// Chance, always the same.
struct fixed_random final : engine::random_source {
    std::byte value{0xff};
    void fill(std::span<std::byte> bytes) override {
        for (auto& each : bytes) each = value;
    }
};

}  // namespace kedge::testing
