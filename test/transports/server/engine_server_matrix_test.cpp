// Every kind of request to every kind of session: method, transport, revision, upgrade, whose sid, JSONP,
// body. Each has the reference's answer, leaves the session as the reference leaves it, and harms nobody
// else.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <test/transports/server_under_test.hpp>

namespace engine_server_matrix_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

namespace {

/// What the session is doing to which the request goes.
enum class whose { nobody, unknown, polling, waiting, websocket, upgrading, upgraded, closing, closed };
constexpr std::array all_states{whose::nobody,   whose::unknown,   whose::polling,
                                whose::waiting,  whose::websocket, whose::upgrading,
                                whose::upgraded, whose::closing,   whose::closed};
constexpr std::array<std::string_view, 9> state_names{
    "nobody", "unknown", "polling", "waiting", "websocket", "upgrading", "upgraded", "closing", "closed"};

struct request_case {
    whose state;
    int session_revision;
    bool jsonp;
    std::string_view method;
    std::string_view transport;
    int revision;
    bool upgrade;
    std::string_view body;  // as revision 4 over XHR says it

    bool has_session() const {
        return state != whose::nobody && state != whose::unknown && state != whose::closed;
    }
    bool on_polling() const { return has_session() && state != whose::websocket && state != whose::upgraded; }
};

std::string shown(const request_case& each) {
    return std::string(state_names[static_cast<std::size_t>(each.state)]) + " v" +
           std::to_string(each.session_revision) + (each.jsonp ? " jsonp: " : ": ") +
           std::string(each.method) + " " + std::string(each.transport) +
           " EIO=" + std::to_string(each.revision) + (each.upgrade ? " upgrade" : "") +
           " body=" + std::string(each.body);
}

/// What is to come of it.
struct outcome {
    int status = 0;  // 0: none yet, the request waits
    std::string
        body;  // of an answer; "*": an open packet; of a 101 the first frame's bytes, "" where none comes
    std::string end;   // how the session ends for it, or ""
    std::string poll;  // what becomes of a poll that waited, or ""
};

outcome json_error(int code, std::string_view message) {
    return {
        400, "{\"code\":" + std::to_string(code) + ",\"message\":\"" + std::string(message) + "\"}", {}, {}};
}

std::string payload(const request_case& of, std::string_view packet) {
    std::string text(packet);
    if (of.session_revision == 3) text = std::to_string(packet.size()) + ":" + text;
    if (!of.jsonp) return text;
    return "___eio[7](\"" + text + "\");";
}

const std::string close_frame = "\x88\x00"s;
constexpr std::string_view overlap = "transport error: overlap from client";

// ---- the reference's rules

std::optional<outcome> refused(const request_case& of) {
    const auto refuse = [&](int code, std::string_view message) {
        return of.upgrade ? outcome{400, std::string(message), {}, {}} : json_error(code, message);
    };
    if (of.transport != "polling" && of.transport != "websocket") return refuse(0, "Transport unknown");
    if (of.state == whose::nobody) {
        if (of.method != "GET") return refuse(2, "Bad handshake method");
        if (of.transport == "websocket" && !of.upgrade) return refuse(3, "Bad request");
        return std::nullopt;
    }
    if (!of.has_session()) return refuse(1, "Session ID unknown");
    if (of.revision != of.session_revision) return refuse(3, "Bad request");
    // The reference leaves a plain request to a websocket without an answer.
    if (!of.upgrade && (of.transport == "websocket" || !of.on_polling())) return refuse(3, "Bad request");
    return std::nullopt;
}

outcome switched(const request_case& of) {
    if (of.method != "GET") return {405, "Invalid HTTP method", {}, {}};
    if (of.transport == "polling") return {101, close_frame, {}, {}};
    if (of.state == whose::nobody) return {101, "*", {}, {}};
    const bool open_to_it =
        of.state == whose::polling || of.state == whose::waiting || of.state == whose::closing;
    return {101, open_to_it ? "" : close_frame, {}, {}};
}

outcome polled(const request_case& of) {
    if (of.state == whose::nobody) return {200, "*", {}, {}};
    if (of.state == whose::waiting) return {400, "", std::string(overlap), payload(of, "1")};
    if (of.state != whose::closing) return {0, {}, {}, {}};
    const std::string last = of.session_revision == 3 ? "1:61:1"
                             : of.jsonp               ? "6\\u001e1"
                                                      : "6\x1e"
                                                        "1";
    return {200, of.jsonp ? "___eio[7](\"" + last + "\");" : last, "forced close", {}};
}

outcome posted(const request_case& of) {
    outcome result{200, "ok", {}, {}};
    const bool waits = of.state == whose::waiting;
    if (of.state == whose::closing) {
        if (of.body == "1") result.end = "forced close";  // the reference: transport close
    } else if (of.body == "1") {
        result.end = "transport close";
        if (waits) result.poll = payload(of, "6");
    } else if (of.body == "4x") {
        if (waits) result.poll = payload(of, "4x");
    } else if (of.body != "no form") {
        result.end = "parse error";
        if (waits) result.poll = payload(of, "1");
    }
    return result;
}

outcome expected(const request_case& of) {
    if (const auto refusal = refused(of)) return *refusal;
    if (of.upgrade) return switched(of);
    if (of.method == "GET") return polled(of);
    if (of.method == "POST") return posted(of);
    return {500, "", {}, {}};
}

// ---- the conversation

/// A session in the state that a case wants, and what it is spoken to on.
class party {
  public:
    party(server_under_test& on, const request_case& wanted) : on_(on), wanted_(wanted) {
        const std::string revision = "/engine.io/?EIO=" + std::to_string(wanted.session_revision);
        tail_ = wanted.jsonp ? "&j=7" : "";
        if (wanted.state == whose::unknown) sid = "nobody-has-this-name";
        if (wanted.state == whose::nobody || wanted.state == whose::unknown) return;
        if (wanted.state == whose::websocket) {
            open_websocket(revision + "&transport=websocket");
        } else {
            open_polling(revision + "&transport=polling" + tail_);
            bring_there(revision);
        }
    }

    std::string sid;
    std::optional<raw_client> poll;
    std::optional<raw_client> socket;

  private:
    void open_websocket(const std::string& target) {
        socket.emplace(on_.connect());
        socket->upgrade(target);
        sid = sid_in(socket->read_text());
    }
    void open_polling(const std::string& target) {
        std::string opened;
        for (const char c : on_.connect().get(target).body)
            if (c != '\\') opened.push_back(c);
        sid = sid_in(opened);
        address_ = of(target, sid);
    }
    void bring_there(const std::string& revision) {
        switch (wanted_.state) {
            case whose::waiting:
                return park();
            case whose::upgrading:
            case whose::upgraded:
                return upgrade(of(revision + "&transport=websocket", sid));
            case whose::closing:
                on_.session(sid).close();
                return settle();
            case whose::closed:
                on_.session(sid).close(true);
                while (on_.session(sid).open()) std::this_thread::yield();
                return;
            default:
                return;
        }
    }
    void park() {
        poll.emplace(on_.connect());
        on_.request(*poll, raw_client::head("GET", address_));
        settle();
    }
    /// Waits until the workers have done what they were asked to do, also where a connection moves to
    /// another.
    void settle() {
        for (int turn = 0; turn < 4; ++turn) {
            std::atomic<std::size_t> left = on_.server.loops().size();
            for (engine::loop* each : on_.server.loops()) each->post([&left] { --left; });
            while (left != 0) std::this_thread::yield();
        }
    }
    void upgrade(const std::string& target) {
        socket.emplace(on_.connect());
        socket->upgrade(target);
        socket->send_text("2probe");
        CHECK(socket->read_text() == "3probe");
        if (wanted_.state != whose::upgraded) return;
        socket->send_text("5");
        CHECK(on_.events.wait_for("upgrade " + sid));
    }

    server_under_test& on_;
    const request_case& wanted_;
    std::string tail_;
    std::string address_;
};

std::string body_of(const request_case& of) {
    std::string text(of.body);
    if (of.body == "no form") return of.jsonp ? "x=1" : "";
    if (of.session_revision == 3 && !text.empty() && text != "x")
        text = std::to_string(text.size()) + ":" + text;
    if (!of.jsonp) return text;
    std::string form = "d=";
    for (const char c : text) form += c == ':' ? "%3A" : std::string(1, c);
    return form;
}

std::string request_of(const request_case& of, const std::string& sid) {
    std::string target =
        "/engine.io/?EIO=" + std::to_string(of.revision) + "&transport=" + std::string(of.transport);
    if (of.jsonp) target += "&j=7";
    if (!sid.empty()) target += "&sid=" + sid;
    return raw_client::head(of.method, target, of.upgrade ? raw_client::upgrade_headers : "",
                            of.method == "POST" && !of.upgrade ? body_of(of) : "");
}

void check_answer(raw_client& by, const request_case& of, const outcome& due) {
    if (due.status == 0) {
        CHECK(by.quiet(0));
        return;
    }
    const answer got = by.read_answer(of.method == "HEAD");
    CHECK(got.status == due.status);
    if (due.status == 101) {
        if (due.body == "*") CHECK(by.read_text().starts_with("0{\"sid\":"));
        if (!due.body.empty() && due.body != "*") CHECK(by.take(2) == due.body);
    } else if (due.body == "*") {
        CHECK(got.body.find("sid") != std::string::npos);
        CHECK(got.body.starts_with("___eio[7](") == of.jsonp);
    } else if (of.method != "HEAD") {
        CHECK(got.body == due.body);
    }
}

void check_session(server_under_test& on, const party& with, const request_case& of, const outcome& due) {
    if (!of.has_session()) return;
    if (due.end.empty()) {
        if (of.state != whose::closing) CHECK(on.session(with.sid).open());
    } else {
        CHECK(on.events.wait_for("close " + with.sid + " " + due.end));
    }
}

void check(server_under_test& on, const request_case& each) {
    CAPTURE(shown(each));
    party with(on, each);
    const outcome due = expected(each);
    raw_client by = on.connect();
    by.send(request_of(each, with.sid));
    check_answer(by, each, due);
    if (!due.poll.empty()) CHECK(with.poll->read_answer().body == due.poll);
    check_session(on, with, each, due);
    // What lives is spoken to once more.
    if (due.end.empty() && (each.state == whose::websocket || each.state == whose::upgraded)) {
        with.socket->send_text("4still");
        CHECK(with.socket->read_text() == "4still");
    }
}

/// Calls `each(request_case)` for all of them.
template <class Each>
std::size_t for_all_requests(int session_revision, bool jsonp, whose state, Each&& each) {
    std::size_t count = 0;
    const auto say = [&](std::string_view method, std::string_view body) {
        for (const std::string_view transport : {"polling", "websocket", "webtransport", "tobi", ""})
            for (const int revision : {4, 3})
                for (const bool upgrade : {false, true}) {
                    if (upgrade && !body.empty()) continue;  // what comes behind an upgrade is no body
                    each(request_case{state, session_revision, jsonp, method, transport, revision, upgrade,
                                      body});
                    ++count;
                }
    };
    for (const std::string_view method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"})
        say(method, "");
    for (const std::string_view body : {"4x", "1", "", "x"}) say("POST", body);
    if (jsonp) say("POST", "no form");
    return count;
}

std::size_t run_matrix(unsigned threads) {
    transports::server_options options = with_eio3();
    options.threads = threads;
    options.engine.ping_interval =
        std::chrono::minutes(10);  // no ping comes between, however slow the machine
    options.max_unattended_sessions_per_address = 0;
    server_under_test on(std::move(options));
    witness other(on);
    std::size_t count = 0;
    for (const int revision : {4, 3})
        for (const bool jsonp : {false, true})
            for (const whose state : all_states) {
                if (jsonp && state == whose::websocket) continue;
                count += for_all_requests(revision, jsonp, state,
                                          [&](const request_case& each) { check(on, each); });
                CHECK(other.undisturbed());
            }
    return count;
}

}  // namespace

TEST_CASE("a matrix of requests and session states") {
    CHECK(run_matrix(1) > 5000);
}

TEST_CASE("mt: a matrix of requests and session states, most of which live on another worker") {
    CHECK(run_matrix(3) > 5000);
}

}  // namespace engine_server_matrix_test
