#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <test/cluster/redis/scripted_wire.hpp>
#include <test/engine/fake_loop.hpp>

namespace kedge::testing {

/// Redis as a test plays it to a link: it answers command after command, and fails once, at the step that is
/// wanted and in the way that is wanted. It is there again when the link comes back.
class failing_redis {
  public:
    using words = std::vector<std::string>;
    enum class failure : std::uint8_t {
        unheard,     ///< the connection breaks before the command is carried out
        unanswered,  ///< and after it
        cut_short,   ///< and within the answer
        refused      ///< the command is answered by an error, and not carried out
    };
    static constexpr failure all_failures[] = {failure::unheard, failure::unanswered, failure::cut_short,
                                               failure::refused};
    /// What a command is answered; nothing: it blocks.
    using carry_out = std::function<std::optional<std::string>(const words&)>;

    failing_redis(fake_loop& clock, scripted_wire& net, cluster::redis_link& to, carry_out what)
        : clock_(clock),
          net_(net),
          link_(to),
          what_(std::move(what)),
          connects_(net.connects),
          hang_ups_(net.hang_ups) {}

    void fail(int at_step, failure how) {
        fails_at_ = at_step;
        how_ = how;
    }
    /// Whether the step was reached.
    bool failed() const noexcept { return steps_ > fails_at_; }

    /// Lets time pass, and answers what is asked meanwhile.
    void pass(engine::duration time) {
        constexpr engine::duration tick{50};
        for (; time > engine::duration{0}; time -= tick) {
            clock_.advance(tick);
            serve();
        }
    }
    void serve() {
        if (net_.connects > connects_) {
            connects_ = net_.connects;
            link_.on_connected();
        }
        if (std::exchange(hang_ups_, net_.hang_ups) != net_.hang_ups) asked_.clear();
        for (read(); !asked_.empty() && step(); read()) {
        }
    }

  private:
    /// Appends the commands that were written.
    void read() {
        const std::string bytes = net_.take();
        std::size_t at = 0;
        const auto number = [&] {
            const auto end = bytes.find("\r\n", at);
            const auto made = std::stoul(bytes.substr(at + 1, end - at - 1));
            at = end + 2;
            return made;
        };
        while (at < bytes.size()) {
            words command;
            for (auto left = number(); left > 0; --left) {
                const auto size = number();
                command.push_back(bytes.substr(at, size));
                at += size + 2;
            }
            asked_.push_back(std::move(command));
        }
    }

    bool step() {
        const bool fails = steps_ == fails_at_;
        if (fails && how_ == failure::unheard) return lose({});
        const auto answer = fails && how_ == failure::refused ? "-ERR failed\r\n" : answer_to(asked_.front());
        if (!answer) return false;
        if (fails && how_ == failure::unanswered) return lose({});
        if (fails && how_ == failure::cut_short) return lose(answer->substr(0, answer->size() / 2));
        ++steps_;
        asked_.pop_front();
        link_.on_bytes(*answer);
        return true;
    }
    std::optional<std::string> answer_to(const words& command) {
        if (command[0] == "HELLO") return "%0\r\n";
        if (command[0] == "PING") return "+PONG\r\n";
        return what_(command);
    }
    bool lose(const std::string& last) {
        ++steps_;
        asked_.clear();
        if (!last.empty()) link_.on_bytes(last);
        link_.on_lost("reset");
        return false;
    }

    fake_loop& clock_;
    scripted_wire& net_;
    cluster::redis_link& link_;
    carry_out what_;
    std::deque<words> asked_;
    int connects_;  // that were answered
    int hang_ups_;  // that were seen
    int steps_ = 0;
    int fails_at_ = -1;
    failure how_ = failure::unheard;
};

}  // namespace kedge::testing
