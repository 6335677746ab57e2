#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <kedge/transports/server/engine_server.hpp>
#include <test/transports/raw_client.hpp>

namespace kedge::test {

/// What has happened in a server, collected from any thread, to be waited for.
class event_log {
  public:
    void add(std::string what) {
        const std::lock_guard guard(lock_);
        events_.push_back(std::move(what));
        changed_.notify_all();
    }
    /// Waits until this has happened; false when it did not.
    bool wait_for(std::string_view what) {
        std::unique_lock guard(lock_);
        return changed_.wait_for(guard, std::chrono::seconds(8), [&] { return has(what); });
    }
    bool happened(std::string_view what) {
        const std::lock_guard guard(lock_);
        return has(what);
    }
    std::vector<std::string> all() {
        const std::lock_guard guard(lock_);
        return events_;
    }

  private:
    bool has(std::string_view what) const {
        for (const std::string& each : events_)
            if (each == what) return true;
        return false;
    }
    std::mutex lock_;
    std::condition_variable changed_;
    std::vector<std::string> events_;
};

inline transports::server_options with_eio3(transports::server_options options = {}) {
    options.engine.allow_eio3 = true;
    return options;
}

/// A server that echoes, on a thread of its own. Notes "open <sid>", "upgrade <sid>" and
/// "close <sid> <reason>[: <description>]", and keeps the sessions.
class server_under_test {
  public:
    using setup = std::function<void(transports::engine_server&)>;

    explicit server_under_test(transports::server_options options = with_eio3(), const setup& before = {})
        : server(std::move(options)) {
        server.on_connection([this](transports::session opened) { on_open(opened); });
        transports::listen_address where;
        where.host = "127.0.0.1";
        server.listen(where);
        if (before) before(server);
        thread_ = std::thread([this] { server.run(); });
    }
    ~server_under_test() {
        server.stop();
        thread_.join();
        sessions_.clear();
    }

    std::uint16_t port() const { return server.port(); }
    raw_client connect() const { return raw_client(port()); }

    /// The handle of an open session.
    transports::session session(const std::string& sid) {
        const std::lock_guard guard(lock_);
        const auto found = sessions_.find(sid);
        if (found == sessions_.end()) throw std::runtime_error("no session " + sid);
        return found->second;
    }

    /// Sends a request, or its head, and waits until the server has seen it.
    void request(raw_client& by, std::string_view bytes) {
        const std::uint64_t before = server.stats().total.requests;
        by.send(bytes);
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(8);
        while (server.stats().total.requests == before) {
            if (std::chrono::steady_clock::now() > patience) throw std::runtime_error("no request was seen");
            std::this_thread::yield();
        }
    }

    transports::engine_server server;
    event_log events;
    /// Called for each new session, on its thread, before anything else.
    std::function<void(transports::session)> greet;

  private:
    void on_open(transports::session opened) {
        const std::string sid = opened.id();
        {
            const std::lock_guard guard(lock_);
            sessions_.emplace(sid, opened);
        }
        opened.on_message([opened](const transports::received_message& message, const engine::request*) {
            if (message.binary()) {
                opened.send(std::as_bytes(std::span(message.data)));
            } else {
                opened.send(message.data);
            }
        });
        opened.on_upgrade([this, sid] { events.add("upgrade " + sid); });
        opened.on_close([this, sid](engine::close_reason reason, std::string_view description) {
            std::string what = "close " + sid + " " + std::string(engine::to_string(reason));
            if (!description.empty()) what.append(": ").append(description);
            events.add(what);
        });
        events.add("open " + sid);
        if (greet) greet(opened);
    }

    std::thread thread_;
    std::mutex lock_;
    std::map<std::string, transports::session> sessions_;
};

/// The sid in an open packet, wherever it stands.
inline std::string sid_in(std::string_view text) {
    constexpr std::string_view mark = "\"sid\":\"";
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) throw std::runtime_error("no sid in: " + std::string(text));
    return std::string(text.substr(at + mark.size(), 20));
}

inline constexpr std::string_view v4_polling = "/engine.io/?EIO=4&transport=polling";
inline constexpr std::string_view v3_polling = "/engine.io/?EIO=3&transport=polling";
inline constexpr std::string_view v4_websocket = "/engine.io/?EIO=4&transport=websocket";
inline constexpr std::string_view v3_websocket = "/engine.io/?EIO=3&transport=websocket";

inline std::string of(std::string_view target, std::string_view sid) {
    return std::string(target).append("&sid=").append(sid);
}

/// A polling session and the connections it is spoken to on.
struct polling_client {
    explicit polling_client(server_under_test& on, std::string_view target = v4_polling,
                            std::string_view more_headers = {})
        : polls(on.connect()), posts(on.connect()), on_(on) {
        opening = polls.get(target, more_headers);
        sid = sid_in(opening.body);
        address = of(target, sid);
    }
    answer poll() { return polls.get(address); }
    /// Asks, and waits until the poll is parked, or answered.
    void begin_poll() { on_.request(polls, raw_client::head("GET", address)); }
    answer end_poll() { return polls.read_answer(); }
    answer post(std::string_view body, std::string_view more_headers = {}) {
        return posts.post(address, body, more_headers);
    }

    raw_client polls;
    raw_client posts;
    answer opening;
    std::string sid;
    std::string address;

  private:
    server_under_test& on_;
};

/// A websocket session.
struct websocket_client : raw_client {
    explicit websocket_client(server_under_test& on, std::string_view target = v4_websocket,
                              std::string_view more_headers = {})
        : raw_client(on.port()) {
        switched = upgrade(target, more_headers);
        if (switched.status != 101) throw std::runtime_error("no upgrade: " + switched.head);
        opening = read_text();
        sid = sid_in(opening);
    }
    answer switched;
    std::string opening;
    std::string sid;
};

/// A session that must not notice what others do.
class witness {
  public:
    explicit witness(server_under_test& on) : client_(on) {}
    bool undisturbed() {
        const std::string mark = "4w" + std::to_string(++asked_);
        client_.send_text(mark);
        return client_.read_text() == mark;
    }

  private:
    websocket_client client_;
    int asked_ = 0;
};

}  // namespace kedge::test
