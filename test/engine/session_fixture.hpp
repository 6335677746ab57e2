#pragma once

#include <memory>
#include <string>
#include <vector>

#include <kedge/engine/registry.hpp>
#include <test/engine/fake_loop.hpp>
#include <test/engine/fake_transport.hpp>

namespace kedge::testing {

/// What a session told its handler, as lines of text.
using event_log = std::vector<std::string>;

/// A handler that writes down what it hears.
class logging_handler final : public engine::session_handler, public engine::session_observer {
  public:
    explicit logging_handler(std::shared_ptr<event_log> log) : log_(std::move(log)) {}
    ~logging_handler() override { log_->push_back("destroyed"); }

    void on_text(engine::session& from, std::span<char> text, const engine::request* via) override {
        const std::string line(text.begin(), text.end());
        log_->push_back("text " + line + (via != nullptr ? " via " + std::string(via->method()) : ""));
        if (line == "close") from.close();
        if (line == "echo") from.send(engine::content_kind::text, "echo");
    }
    void on_binary(engine::session&, std::span<char> data, const engine::request*) override {
        log_->push_back("binary " + std::to_string(data.size()));
    }
    void on_close(engine::session& which, engine::close_reason reason,
                  std::string_view description) override {
        std::string line = "close " + std::string(to_string(reason));
        if (!description.empty()) line += ": " + std::string(description);
        if (const std::size_t left = which.unsent()) line += ", unsent " + std::to_string(left);
        log_->push_back(line);
    }
    void on_flush(engine::session&) override { ++flushes; }
    void on_drain(engine::session&) override { ++drains; }
    void on_heartbeat(engine::session&) override { log_->push_back("heartbeat"); }
    void on_upgrading(engine::session&, engine::transport&) override { log_->push_back("upgrading"); }
    void on_upgrade(engine::session& which, engine::transport& to) override {
        log_->push_back("upgrade to " + std::string(to_string(to.kind())));
        if (throw_on_upgrade) throw 1;
        if (greet_on_upgrade) which.send(engine::content_kind::text, "upgraded");
    }

    int flushes = 0;
    int drains = 0;
    bool greet_on_upgrade = false;
    bool throw_on_upgrade = false;

  private:
    std::shared_ptr<event_log> log_;
};

/// A worker with a registry, and sessions on it whose peers are the test.
struct session_fixture : engine::handler {
    template <class Transport>
    struct opened {
        engine::session* session;
        Transport* transport;  // dangles once the session is destroyed
        std::shared_ptr<transport_record> record;
    };

    std::unique_ptr<engine::session_handler> on_connection(engine::session& which) override {
        if (send_on_connection) which.send(engine::content_kind::text, "hello");
        if (close_on_connection) which.close(discard_on_connection);
        auto made = std::make_unique<logging_handler>(log);
        handler = made.get();
        if (observed) which.observe(made.get());
        return made;
    }

    void on_too_much_waits() override { ++overloads; }

    template <class Transport>
    opened<Transport> open(engine::revision protocol = engine::revision::v4, std::string sid = "sid") {
        auto made = std::make_unique<Transport>();
        Transport* transport = made.get();
        auto record = made->record();
        opened<Transport> result{nullptr, transport, record};
        loop.turn([&] { result.session = &sessions.open(std::move(sid), protocol, first, std::move(made)); });
        return result;
    }
    /// Opens a websocket to upgrade a session to.
    opened<fake_websocket> probe(engine::session& which) {
        auto made = std::make_unique<fake_websocket>();
        fake_websocket* transport = made.get();
        auto record = made->record();
        loop.turn([&] { sessions.upgrade(which, std::move(made)); });
        return {&which, transport, record};
    }

    fake_loop loop;
    engine::options settings;
    engine::request_ptr first = std::make_shared<engine::request>();
    std::shared_ptr<event_log> log = std::make_shared<event_log>();
    logging_handler* handler = nullptr;
    bool observed = true;
    int overloads = 0;
    bool send_on_connection = false;
    bool close_on_connection = false;
    bool discard_on_connection = false;
    engine::registry sessions{loop, settings, *this};
};

}  // namespace kedge::testing
