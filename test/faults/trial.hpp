#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include <kedge/engine/loop.hpp>
#include <kedge/transports/server/engine_server.hpp>
#include <test/faults/failing_new.hpp>
#include <test/faults/fault_stage.hpp>

namespace kedge::test {

/// A server on which a conversation is held again and again, each time with another fault; and what must be
/// true behind each: the witness has noticed nothing, who comes then is served, and nothing is left of the
/// others.
class trial {
  public:
    struct terms {
        std::string_view target;  ///< where websocket sessions are opened
        std::string_view entry;   ///< what they say first, if anything
        bool (fault_witness::*lives)();
        engine::duration patience;  ///< when who fell silent is gone
        std::function<void()> look = [] {};
    };

    trial(fault_stage& on, transports::engine_server& server, terms how)
        : on_(on), server_(server), how_(std::move(how)), watching_(on, how_.target) {
        REQUIRE(watching_.opened());
        if (!how_.entry.empty()) watching_.say(how_.entry);
        REQUIRE(lives(watching_));
    }

    /// Behind a conversation that has made what is made once.
    void settle() {
        watching_.wait(how_.patience);
        serve_newcomer();
        watching_.wait(how_.patience);
        descriptors_ = open_descriptors();
    }

    /// Behind each further one.
    void look_around() {
        on_.turn();
        REQUIRE(lives(watching_));
        serve_newcomer();
        watching_.wait(how_.patience);
        REQUIRE(lives(watching_));
        REQUIRE(server_.clients_count() == 1);
        const transports::worker_stats left = server_.stats().total;
        REQUIRE(left.sessions == 1);
        REQUIRE(left.connections == 1);
        REQUIRE(left.unattended == 0);
        REQUIRE(left.bytes_waiting == 0);
        how_.look();
        REQUIRE(open_descriptors() == descriptors_);
    }

  private:
    bool lives(fault_witness& who) { return (who.*how_.lives)(); }
    void serve_newcomer() {
        fault_witness newcomer(on_, how_.target);
        REQUIRE(newcomer.opened());
        if (!how_.entry.empty()) newcomer.say(how_.entry);
        REQUIRE(lives(newcomer));
    }

    fault_stage& on_;
    transports::engine_server& server_;
    terms how_;
    fault_witness watching_;
    std::size_t descriptors_ = 0;
};

/// Holds the conversation with each allocation failing in turn. Returns how many there are.
inline std::uint64_t fail_each_allocation(trial& at, fault_stage& on, void (*hold)(fault_stage&),
                                          failing how) {
    hold(on);
    at.settle();
    for (std::uint64_t nth = 1;; ++nth) {
        CAPTURE(nth);
        std::uint64_t reached = 0;
        {
            const failing_allocations armed(nth, how);
            hold(on);
            reached = failing_allocations::count();
        }
        at.look_around();
        if (reached < nth) return reached;
    }
}

}  // namespace kedge::test
