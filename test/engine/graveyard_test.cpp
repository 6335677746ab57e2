#include <kedge/engine/graveyard.hpp>

#include <doctest/doctest.h>

#include <test/engine/fake_loop.hpp>
#include <test/engine/fake_transport.hpp>

namespace graveyard_test {

using namespace kedge::engine;
using namespace kedge::testing;

namespace {

struct flush final : turn_work {
    void end_turn() override { done = !record->destroyed; }
    std::shared_ptr<transport_record> record;
    bool done = false;
};

}  // namespace

TEST_CASE("graveyard: destroys at the end of the turn, after what was to be flushed") {
    fake_loop loop;
    graveyard dead(loop);
    flush last_words;
    auto transport = std::make_unique<fake_websocket>();
    last_words.record = transport->record();
    dead.bury(std::move(transport));
    loop.at_end_of_turn(last_words);
    CHECK_FALSE(last_words.record->destroyed);
    loop.end_turn();
    CHECK(last_words.record->destroyed);
    CHECK(last_words.done);
}

TEST_CASE("graveyard: keeps a transport until it has closed or failed") {
    fake_loop loop;
    graveyard dead(loop);
    for (const bool fails : {false, true}) {
        auto made = std::make_unique<fake_websocket>();
        fake_websocket& transport = *made;
        const auto record = made->record();
        loop.turn([&] { dead.see_off(std::move(made)); });
        CHECK(record->closed);
        CHECK(dead.leaving() == 1);
        loop.turn([&] { transport.receive("4ignored"); });
        CHECK_FALSE(record->destroyed);
        loop.turn([&] {
            fails ? transport.owner()->on_error(transport, "reset") : transport.owner()->on_close(transport);
            CHECK_FALSE(record->destroyed);
        });
        CHECK(record->destroyed);
        CHECK(record->discarded == fails);
        CHECK(dead.leaving() == 0);
    }
}

TEST_CASE("graveyard: a transport that closes at once is gone when the turn ends") {
    fake_loop loop;
    graveyard dead(loop);
    auto made = std::make_unique<fake_polling>();
    const auto record = made->record();
    loop.turn([&] { dead.see_off(std::move(made)); });
    CHECK(record->sent.back() == "1");
    CHECK(record->destroyed);
}

}  // namespace graveyard_test
