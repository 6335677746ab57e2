// Every system call on the way of a connection ends in turn in every way that Linux knows, while clients of
// all kinds talk: what is over in a moment changes no byte of what they hear, and what is not costs one
// connection.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <test/faults/failing_calls.hpp>
#include <test/faults/fault_stage.hpp>
#include <test/faults/listening_server.hpp>
#include <test/faults/trial.hpp>
#include <test/transports/certificates.hpp>
#include <test/transports/tls_peer.hpp>

namespace system_calls_test {

namespace {

using namespace kedge;
using namespace kedge::test;

constexpr std::string_view websocket = "/socket.io/?EIO=4&transport=websocket";
constexpr std::string_view polling = "/socket.io/?EIO=4&transport=polling";

/// What clients hear, with what differs each time left out.
class dialogue {
  public:
    explicit dialogue(fault_stage& on) : on_(on) {}

    far_end connect() { return on_.connect(); }
    /// Says it, and hears what comes until nothing comes any more.
    std::string ask(far_end& by, std::string_view bytes) {
        by.send(bytes);
        std::string heard;
        for (std::string more = on_.hear(by); !more.empty(); more = on_.hear(by)) heard += more;
        heard_ += comparable(heard) + "\n";
        return heard;
    }
    /// How it ended for them.
    void end(far_end& by) {
        on_.pass(std::chrono::seconds(1));
        ask(by, {});
        heard_ += by.ended() ? "ended\n" : "open\n";
    }
    std::string take() { return std::move(heard_); }

  private:
    fault_stage& on_;
    std::string heard_;
};

std::string event(std::string_view arguments) {
    return text_frame(std::string("42").append(arguments));
}

std::string talk_by_websocket(fault_stage& on) {
    dialogue talk(on);
    far_end one = talk.connect();
    far_end other = talk.connect();
    for (far_end* each : {&one, &other}) {
        talk.ask(*each, upgrade(websocket));
        talk.ask(*each, text_frame("40"));
    }
    talk.ask(one, event("1[\"echo\",{\"a\":1}]") + event("2[\"much\",40000]"));
    talk.ask(one, text_frame("451-[\"bytes\",{\"_placeholder\":true,\"num\":0}]") + binary_frame("\1\2\3"));
    talk.ask(one, event("[\"all\",5000]") + event("[\"all\",10]") + event("[\"all\",6000]"));
    talk.ask(other, event("3[\"echo\",2]"));
    talk.ask(one, event("4[\"much\",260000]"));
    talk.ask(one, raw_client::masked_frame(0x88, "\x03\xe8"));
    talk.end(one);
    talk.ask(other, event("[\"bye\"]"));
    talk.end(other);
    return talk.take();
}

std::string talk_by_polling(fault_stage& on) {
    dialogue talk(on);
    far_end polls = talk.connect();
    far_end posts = talk.connect();
    const std::string sid = sid_of(talk.ask(polls, get(polling)));
    const std::string address = std::string(polling) + "&sid=" + sid;
    talk.ask(posts, post(address, "40"));
    talk.ask(polls, get(address));
    for (const std::string_view said : {"421[\"echo\",2]", "422[\"much\",30000]", "42[\"all\",70000]"}) {
        talk.ask(posts, post(address, said));
        talk.ask(polls, get(address));
    }
    talk.ask(polls, get(address));
    talk.ask(posts, post(address, "423[\"echo\",\"while a poll waits\"]", "Expect: 100-continue\r\n"));
    talk.ask(polls, {});
    talk.ask(posts, post(address, "41") + get("/nowhere"));
    talk.ask(posts, post(address, "1"));
    talk.ask(polls, get(address, "Connection: close\r\n"));
    talk.end(polls);
    posts.half_close();
    talk.end(posts);
    return talk.take();
}

std::string upgrade_from_polling(fault_stage& on) {
    dialogue talk(on);
    far_end polls = talk.connect();
    const std::string sid = sid_of(talk.ask(polls, get(polling)));
    const std::string address = std::string(polling) + "&sid=" + sid;
    talk.ask(polls, post(address, "40"));
    talk.ask(polls, get(address));
    far_end probe = talk.connect();
    talk.ask(probe, upgrade(std::string(websocket) + "&sid=" + sid));
    talk.ask(probe, text_frame("2probe"));
    talk.ask(probe, text_frame("5") + event("1[\"echo\",\"upgraded\"]"));
    talk.ask(probe, event("[\"all\",5000]"));
    talk.ask(probe, text_frame("1"));
    talk.end(probe);
    talk.end(polls);
    return talk.take();
}

std::string be_refused(fault_stage& on) {
    dialogue talk(on);
    for (const std::string& bytes :
         {std::string("no HTTP\r\n\r\n"), get("/elsewhere"), get(std::string(polling) + "&sid=unknown"),
          upgrade("/socket.io/?EIO=9&transport=websocket"), post("/elsewhere", std::string(90'000, 'b'))}) {
        far_end client = talk.connect();
        talk.ask(client, bytes);
        client.half_close();
        talk.end(client);
    }
    return talk.take();
}

/// How often the server has tried to move bytes.
std::uint64_t moves() {
    return failing_calls::count(system_call::recv) + failing_calls::count(system_call::send) +
           failing_calls::count(system_call::sendmsg);
}

/// The same over TLS.
std::string talk_over_tls(fault_stage& on, const std::string& path) {
    tls_peer client{peer(path)};
    on.turn();
    on.pass(engine::duration{150});
    const auto hear = [&] {
        for (int quiet = 0; quiet < 3; ++quiet) {
            const std::uint64_t before = moves();
            client.turn();
            on.turn();
            if (moves() != before) quiet = 0;
        }
    };
    hear();
    for (const std::string& each :
         {upgrade(websocket), text_frame("40"), event("1[\"echo\",{\"a\":1}]") + event("2[\"much\",40000]"),
          event("[\"all\",5000]") + event("[\"all\",10]"), event("3[\"much\",70000]"), event("[\"bye\"]")}) {
        if (client.ready()) client.write(each);
        hear();
    }
    on.pass(std::chrono::seconds(1));
    client.turn();
    return comparable(client.got()) + (client.notified() ? "notified" : "cut");
}

struct named_conversation {
    std::string name;
    std::string (*hold)(fault_stage&);
};
const std::vector<named_conversation> all_conversations{
    {"websocket", talk_by_websocket},
    {"polling", talk_by_polling},
    {"upgrade", upgrade_from_polling},
    {"refusals", be_refused},
};

/// Lets each call end in each way. Where what breaks a connection has many names, each time by another.
template <class Hold>
void fail_each(trial& all, Hold&& hold) {
    hold();
    all.settle();
    const std::string expected = hold();
    all.look_around();
    const auto end = [&](const ending& how, std::uint64_t nth, int error) {
        CAPTURE(static_cast<int>(how.call));
        CAPTURE(error);
        CAPTURE(nth);
        std::string heard;
        std::uint64_t reached = 0;
        {
            const failing_calls armed(how.call, nth, error, failing::once);
            heard = hold();
            reached = failing_calls::count(how.call);
        }
        const bool same = heard == expected;
        if (how.passes) REQUIRE(same);
        all.look_around();
        return reached >= nth;
    };
    for (const ending& how : all_endings()) {
        if (!how.passes) {
            for (std::uint64_t nth = 1; end(how, nth, how.errors[nth % how.errors.size()]);) ++nth;
            continue;
        }
        for (const int error : how.errors)
            for (std::uint64_t nth = 1; end(how, nth, error);) ++nth;
    }
}

template <class Hold>
void go_byte_by_byte(trial& all, Hold&& hold) {
    hold();
    all.settle();
    const std::string expected = hold();
    std::string heard;
    {
        const byte_by_byte slowly;
        heard = hold();
    }
    const bool same = heard == expected;  // too long to be shown
    CHECK(same);
    all.look_around();
}

/// Does `what` with each conversation, on a server of its own.
template <class What>
void for_each_conversation(What&& what) {
    for (const auto& each : all_conversations) {
        CAPTURE(each.name);
        listening_server made;
        fault_stage on(made.context, made.io.engine());
        on.enter_by(made.path);
        trial all(on, made.io.engine(), terms_of(made));
        what(all, [&] { return each.hold(on); });
    }
}

struct tls_server : listening_server {
    tls_server() : listening_server(std::make_shared<transports::tls_context>(shown())) {}
    static transports::tls_options shown() {
        static const authority trusted;
        transports::tls_options made;
        made.certificate = trusted.issue("here.example");
        return made;
    }
};

}  // namespace

TEST_CASE("each system call fails, in each way that there is: one connection ends, or nobody notices") {
    for_each_conversation([](trial& all, const auto& hold) { fail_each(all, hold); });
}

TEST_CASE("each read gives one byte, and each write takes one: not a byte of what is said changes") {
    for_each_conversation([](trial& all, const auto& hold) { go_byte_by_byte(all, hold); });
}

TEST_CASE("the same under TLS") {
    tls_server made;
    fault_stage on(made.context, made.io.engine());
    trial all(on, made.io.engine(), terms_of(made));
    const auto hold = [&] { return talk_over_tls(on, made.path); };
    go_byte_by_byte(all, hold);
    fail_each(all, hold);
}

}  // namespace system_calls_test
