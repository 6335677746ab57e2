#pragma once

#include <dirent.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>

#include <kedge/engine/loop.hpp>
#include <kedge/transports/server/engine_server.hpp>
#include <test/faults/failing_new.hpp>
#include <test/faults/hand_turned.hpp>
#include <test/transports/raw_client.hpp>

namespace kedge::test {

inline std::size_t open_descriptors() {
    std::size_t count = 0;
    DIR* const all = ::opendir("/proc/self/fd");
    while (::readdir(all)) ++count;
    ::closedir(all);
    return count;
}

/// Turns a server on an io_context by hand, and holds conversations with it over socketpairs.
class fault_stage {
  public:
    fault_stage(boost::asio::io_context& context, transports::engine_server& server)
        : context_(context), server_(server) {}

    /// From here on clients come by this UNIX socket, on which the server listens.
    void enter_by(std::string path) { path_ = std::move(path); }

    far_end connect() {
        if (!path_.empty()) return knock();
        auto [mine, theirs] = connected_pair();
        server_.receive(std::move(theirs));
        return std::move(mine);
    }
    /// Everything that can happen now happens.
    void turn() {
        const exposed here;
        if (context_.stopped()) context_.restart();
        while (context_.poll() > 0) {
        }
    }
    /// Says it, and what comes back.
    std::string ask(far_end& by, std::string_view bytes) {
        by.send(bytes);
        return hear(by);
    }
    /// What comes without being asked for.
    std::string hear(far_end& by) {
        turn();
        return by.take();
    }
    /// Lets time pass.
    void pass(engine::duration time) {
        hand_turned_now() += time;
        server_.loops().front()->post([] {});
        turn();
    }

  private:
    /// Who is not accepted at once is a little later.
    far_end knock() {
        far_end made = connected_to(path_);
        turn();
        pass(engine::duration{150});
        return made;
    }

    boost::asio::io_context& context_;
    transports::engine_server& server_;
    std::string path_;
};

inline std::string get(std::string_view target, std::string_view more = {}) {
    return raw_client::head("GET", target, more);
}
inline std::string post(std::string_view target, std::string_view body, std::string_view more = {}) {
    return raw_client::head("POST", target, more, body);
}
inline std::string upgrade(std::string_view target, std::string_view more = {}) {
    return get(target, std::string(raw_client::upgrade_headers).append(more));
}
inline std::string text_frame(std::string_view packet) {
    return raw_client::masked_frame(0x81, packet);
}
inline std::string binary_frame(std::string_view data) {
    return raw_client::masked_frame(0x82, data);
}

/// The sid that an answer tells, in a script or without; a made-up one when the answer failed.
inline std::string sid_of(std::string_view answer) {
    const std::size_t at = answer.find("sid");
    const std::size_t begin = answer.find_first_not_of("\\\":", at == std::string_view::npos ? at : at + 3);
    if (begin == std::string_view::npos) return "none";
    return std::string(answer.substr(begin, answer.find_first_of("\\\"", begin) - begin));
}

/// A websocket session that must not notice what happens to others.
class fault_witness {
  public:
    fault_witness(fault_stage& on, std::string_view target) : on_(on), end_(on.connect()) {
        on.turn();
        opened_ = on.ask(end_, upgrade(target)).find("sid") != std::string::npos;
    }
    bool opened() const noexcept { return opened_; }
    /// Whether what it says is echoed.
    bool lives() {
        const std::string mark = "witness " + std::to_string(++asked_);
        return say("4" + mark).find(mark) != std::string::npos;
    }
    /// The same in Socket.IO, in a namespace where "echo" is acknowledged and nobody shouts.
    bool is_acknowledged() {
        const std::string id = std::to_string(++asked_);
        return say("42/quiet," + id + "[\"echo\",\"w\"]").find("43/quiet," + id + "[\"w\"]") !=
               std::string::npos;
    }
    std::string say(std::string_view packet) {
        end_.send(text_frame(packet));
        on_.turn();
        return hear();
    }
    /// Lets so much time pass, in which it answers pings.
    void wait(engine::duration time) {
        for (engine::duration step{10'000}; time > engine::duration{0}; time -= step) {
            on_.pass(step);
            hear();
        }
    }

  private:
    std::string hear() {
        std::string heard = end_.take();
        if (heard.find("\x81\x01"
                       "2") != std::string::npos) {
            end_.send(text_frame("3"));
            on_.turn();
        }
        return heard;
    }

    fault_stage& on_;
    far_end end_;
    int asked_ = 0;
    bool opened_ = false;
};

}  // namespace kedge::test
