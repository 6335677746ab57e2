#include <kedge/socketio/core/guarded_adapter.hpp>

#include <memory>
#include <optional>

#include <doctest/doctest.h>
#include <kedge/socketio/rooms/local_adapter.hpp>

#include <test/socketio/careless.hpp>

namespace guarded_adapter_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;

namespace {

/// An adapter that does what it is asked for, then throws; or throws before.
class careless_adapter final : public local_adapter {
  public:
    careless_adapter(adapter_host& host, const misdeed& how, bool first)
        : local_adapter(host), how_(how), first_(first) {}

    void init() override { how_.act(); }
    void close(completion<> done) override {
        astray([&] { done(); });
    }
    void server_count(completion<ack_error, std::size_t> done) override {
        astray([&] { done({}, 1); });
    }
    void broadcast(packet_ptr packet, broadcast_options to) override {
        astray([&] { local_adapter::broadcast(std::move(packet), std::move(to)); });
    }
    void broadcast_with_ack(packet_ptr packet, broadcast_options to,
                            std::shared_ptr<broadcast_answers> answers) override {
        astray([&] { local_adapter::broadcast_with_ack(std::move(packet), std::move(to), answers); });
    }
    void fetch_sockets(broadcast_options of,
                       completion<ack_error, std::vector<socket_details>> done) override {
        astray([&] { local_adapter::fetch_sockets(std::move(of), std::move(done)); });
    }
    void server_side_emit(encoded_data, completion<ack_error, std::vector<value>> responses) override {
        astray([&] { responses({}, {value("other")}); });
    }
    void on_create_room(std::string_view, room_kind) override { how_.act(); }
    void on_delete_room(std::string_view) override { how_.act(); }
    void enrol(const std::string&, const std::string&) override { how_.act(); }
    void withdraw(const std::string&, const std::string&) override { how_.act(); }
    bool recovers() const noexcept override { return true; }
    std::string make_offset() override {
        astray([] {});
        return "1";
    }
    void restore_session(std::string, std::string, completion<std::optional<stored_session>> done) override {
        astray([&] { done(std::nullopt); });
    }

  private:
    template <class Call>
    void astray(Call&& call) {
        if (!first_) call();
        how_.act();
    }

    const misdeed& how_;
    bool first_;
};

}  // namespace

TEST_CASE("an adapter that throws keeps nobody from entering, leaving, or being answered") {
    for (const bool first : {true, false}) {
        for (const auto& each : throws()) {
            CAPTURE(first);
            CAPTURE(each.name);
            world all([&](hub_settings& settings) {
                log_badly(settings);
                settings.adapter = [&](adapter_host& host) {
                    return std::make_unique<careless_adapter>(host, each, first);
                };
            });
            const auto ends = note_ends(all.of());
            auto one = all.open();
            one.send(R"(40{"pid":"p","offset":"o"})");
            CHECK(one.got().size() == 1);
            CHECK(all.of().sockets().size() == 1);
            int completed = 0;
            const auto count = [&](const auto&...) { ++completed; };
            all.of().emit("x");
            all.of().fetch_sockets().then(count);
            all.of().server_side_emit_with_ack("s").then(count);
            all.of().timeout(1s).emit_with_ack("q").then(count);
            all.loop.advance(1s);
            CHECK(completed == 3);
            CHECK(one.got().size() == (first ? 0 : 2));
            one.vanish();
            CHECK(ends->size() == 1);
            CHECK(all.of().sockets().empty());
            CHECK(all.of().room_list().empty());
        }
    }
}

TEST_CASE("a namespace whose adapter cannot be made is refused to clients, and the program hears why") {
    for (const auto& each : throws()) {
        CAPTURE(each.name);
        bool bad = false;
        world all([&](hub_settings& settings) {
            log_badly(settings);
            settings.adapter = [&](adapter_host& host) -> std::unique_ptr<adapter> {
                if (bad) each.act();
                return std::make_unique<local_adapter>(host);
            };
        });
        all.above->add_parent([](const std::string&, const value&, const verdict& answer) { answer(true); });
        bad = true;
        auto one = all.open();
        one.send("40/made,");
        CHECK(one.got() == lines{R"(44/made,{"message":"Invalid namespace"})"});
        bool told = false;
        try {
            (void)all.of("/mine");
        } catch (...) {
            told = true;
        }
        CHECK(told);
        CHECK_FALSE(one.closed());
    }
}

}  // namespace guarded_adapter_test
