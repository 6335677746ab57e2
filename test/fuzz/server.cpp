// A whole server: connections come, say anything in any order and piece by piece, stall, and go, while time
// passes as the input says, and an application is careless with what arrives.
//
// The input is lines. Each begins with the place (0-3) of a connection, which is made when it is first named,
// and with a letter for what is done there; see player::play(). The first line may hold marks of the server
// itself: see options_of().
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <kedge/msgpack.hpp>
#include <kedge/server.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/server/engine_server.hpp>
#include <test/faults/hand_turned.hpp>
#include <test/fuzz/careless_application.hpp>
#include <test/fuzz/other_thread.hpp>
#include <test/transports/raw_client.hpp>

namespace {

using namespace kedge;
using namespace kedge::test;
using std::chrono::seconds;

bool marked(std::string_view line, char mark) noexcept {
    return line.find(mark) != std::string_view::npos;
}

unsigned number_in(std::string_view text, unsigned otherwise) noexcept {
    unsigned read = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    return error == std::errc() ? read : otherwise;
}

/// "+" and then: r recovery, d deflate, m MessagePack, c a cookie and CORS, i ids of the application's, t two
/// workers.
server_options options_of(std::string_view marks) {
    server_options given;
    given.allow_eio3 = true;
    given.max_http_buffer_size = 100'000;
    given.max_buffered_bytes = 400'000;
    given.cleanup_empty_child_namespaces = true;
    given.log = [](const log_record& line) {
        if (line.event == "undecodable packet") throw std::runtime_error("careless");
    };
    given.log_threshold = log_level::debug;
    if (marked(marks, 'r')) given.connection_state_recovery.emplace();
    if (marked(marks, 't')) given.threads = 2;
    if (marked(marks, 'd')) given.per_message_deflate.emplace().threshold = 16;
    if (marked(marks, 'm')) given.parser = msgpack_parser();
    if (marked(marks, 'c')) {
        given.cookie.emplace();
        given.cors.emplace();
    }
    if (marked(marks, 'i'))
        given.generate_id = [ids = 0](const engine::request& asked) mutable {
            if (asked.target().find("&throw") != std::string_view::npos) throw std::runtime_error("no id");
            return "id" + std::to_string(++ids % 8);
        };
    return given;
}

/// The client's side of a place.
struct guest {
    far_end end;
    std::string sid = "none";
    std::size_t piece = 0;  ///< what is said goes out in pieces of this size; 0: whole
    bool deaf = false;      ///< nothing is read
};

class player {
  public:
    explicit player(std::string_view marks) : application_([this] { destroy(); }) {
        hand_turned_now() = engine::time_point{std::chrono::hours(100'000)};
        const bool two = marked(marks, 't');
        io_ = two ? std::make_unique<server>(options_of(marks))
                  : std::make_unique<server>(context_, options_of(marks));
        application_.serve(*io_);
        for (engine::loop* each : io_->engine().loops())
            if (two) contexts_.push_back(&static_cast<transports::worker*>(each)->context());
    }
    ~player() {
        for (guest& each : guests_) each.end.close();
        for (int step = 0; step < 20; ++step) pass(seconds(10));
        if (io_ && !io_->closing()) look_around();
    }
    player(const player&) = delete;
    player& operator=(const player&) = delete;

    void play(std::string_view line) {
        if (line.size() < 2) return turn();
        guest& who = at(static_cast<unsigned char>(line[0]) % guests_.size());
        const char what = line[1];
        line.remove_prefix(line.size() > 2 && line[2] == ' ' ? 3 : 2);
        switch (what) {
            case 'r':  // bytes; | is the end of a line in HTTP
                return say(who, with_line_ends(line));
            case 'R':  // the same, and more may come with it
                return who.end.send(with_line_ends(line));
            case 'w':  // a text frame
                return say(who, raw_client::masked_frame(0x81, line));
            case 'W':
                return who.end.send(raw_client::masked_frame(0x81, line));
            case 'b':  // a binary frame
                return say(who, raw_client::masked_frame(0x82, line));
            case 'f':  // any frame
                return line.empty() ? turn() : say(who, raw_client::masked_frame(line[0], line.substr(1)));
            case 'g':
                return say(who, raw_client::head("GET", target(who, "polling", line), headers(line)));
            case 'p':
                return post(who, line);
            case 'u':
                return say(who,
                           raw_client::head("GET", target(who, "websocket", line),
                                            std::string(raw_client::upgrade_headers).append(headers(line))));
            default:
                return act(who, what, line);
        }
    }

  private:
    /// What is not said.
    void act(guest& who, char what, std::string_view line) {
        switch (what) {
            case 'c':
                who.end.close();
                return turn();
            case 'h':
                who.end.half_close();
                return turn();
            case 't':
                return pass(std::chrono::milliseconds(100) * number_in(line, 10));
            case 'i':
                who.piece = number_in(line, 1);
                return;
            case 'q':
                who.deaf = !who.deaf;
                return turn();
            case 'y':
            case 'n':
                application_.answer(what == 'y');
                return turn();
            default:
                return turn();
        }
    }

    guest& at(std::size_t place) {
        guest& found = guests_[place];
        if (found.end.open() || !io_) return found;
        auto [mine, theirs] = connected_pair();
        io_->engine().receive(std::move(theirs));
        found.end = std::move(mine);
        return found;
    }

    /// Marks: s the session of this place, o that of place 0, x none's; 3, j, b the revision and the form.
    std::string target(const guest& who, std::string_view transport, std::string_view line) const {
        const std::string_view marks = line.substr(0, line.find(' '));
        std::string made("/socket.io/?EIO=");
        made.append(marked(marks, '3') ? "3" : "4").append("&transport=").append(transport);
        if (marked(marks, 'j')) made.append("&j=0");
        if (marked(marks, 'b')) made.append("&b64=1");
        if (marked(marks, 't')) made.append("&throw");
        if (marked(marks, 's')) made.append("&sid=").append(who.sid);
        if (marked(marks, 'o')) made.append("&sid=").append(guests_[0].sid);
        if (marked(marks, 'x')) made.append("&sid=unknown");
        return made;
    }
    static std::string headers(std::string_view line) {
        const std::string_view marks = line.substr(0, line.find(' '));
        std::string made;
        if (marked(marks, 'z'))
            made.append("Accept-Encoding: gzip\r\nSec-WebSocket-Extensions: permessage-deflate\r\n");
        if (marked(marks, 'e')) made.append("Expect: 100-continue\r\n");
        if (marked(marks, 'B')) made.append("Content-Type: application/octet-stream\r\n");
        return made;
    }
    void post(guest& who, std::string_view line) {
        const std::string_view body = line.substr(std::min(line.find(' '), line.size() - 1) + 1);
        say(who, raw_client::head("POST", target(who, "polling", line), headers(line), body));
    }
    static std::string with_line_ends(std::string_view line) {
        std::string made;
        for (const char each : line) each == '|' ? made.append("\r\n") : made.append(1, each);
        return made;
    }

    void say(guest& by, std::string_view bytes) {
        const std::size_t piece = by.piece == 0 ? bytes.size() : std::max(by.piece, bytes.size() / 16);
        for (; bytes.size() > piece; bytes.remove_prefix(piece)) {
            by.end.send(bytes.substr(0, piece));
            turn();
        }
        by.end.send(bytes);
        turn();
    }
    void pass(engine::duration time) {
        hand_turned_now() += time;
        if (io_)
            for (engine::loop* each : io_->engine().loops()) each->post([] {});
        turn();
    }
    /// Only a server on the application's io_context may go within its own calls.
    void destroy() {
        if (contexts_.empty()) io_.reset();
    }
    static std::size_t poll(boost::asio::io_context& one) {
        if (one.stopped()) one.restart();
        return one.poll();
    }
    std::size_t poll_all() {
        if (contexts_.empty()) return poll(context_);
        const std::size_t done = poll(*contexts_[0]);
        return done + fuzz::other_thread::instance().run([this] { return poll(*contexts_[1]); });
    }
    void turn() {
        while (poll_all() > 0) {
        }
        for (guest& each : guests_)
            if (!each.deaf) learn(each, each.end.take());
    }
    /// The session that an open packet tells of, in a script or without.
    static void learn(guest& who, std::string_view heard) {
        if (heard.find("upgrades") == std::string_view::npos) return;
        const std::size_t begin = heard.find_first_not_of("\\\":", heard.find("sid") + 3);
        if (begin != std::string_view::npos)
            who.sid = heard.substr(begin, heard.find_first_of("\\\"", begin) - begin);
    }

    /// Nobody is left, and who comes now is served.
    void look_around() {
        if (io_->engine().clients_count() != 0) std::abort();
        if (io_->stats().total.connections != 0) std::abort();
        if (contexts_.empty())  // with two workers nobody may look at once
            for (const char* name : {"/", "/chat", "/slow"})
                if (!io_->of(name).sockets().empty() || !io_->of(name).room_list().empty()) std::abort();
        guests_ = {};
        play("0u");
        if (guests_[0].sid == "none") std::abort();
    }

    const transports::kernel table_ = with_hand_turned_clock();
    const transports::kernel_override clock_{table_};
    boost::asio::io_context context_;
    fuzz::careless_application application_;
    std::array<guest, 4> guests_;
    std::unique_ptr<server> io_;
    std::vector<boost::asio::io_context*> contexts_;  // of two workers
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto next_line = [&input] {
        const std::size_t end = std::min(input.find('\n'), input.size());
        const std::string_view line = input.substr(0, end);
        input.remove_prefix(std::min(end + 1, input.size()));
        return line;
    };
    player plays(input.substr(0, 1) == "+" ? next_line() : std::string_view());
    while (!input.empty()) plays.play(next_line());
    return 0;
}
