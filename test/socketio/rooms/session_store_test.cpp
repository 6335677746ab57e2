#include <kedge/socketio/rooms/session_store.hpp>

#include <string>

#include <doctest/doctest.h>

namespace session_store_test {

using namespace kedge;
using namespace std::chrono_literals;

namespace {

stored_session session(const std::string& pid, const std::string& sid = "sid") {
    return {sid, pid, {}, {}};
}

const engine::time_point start{1000ms};

}  // namespace

TEST_CASE("a stored session is given back once") {
    const recovery_options settings;
    session_store store(settings);
    store.put(session("a"), start);
    CHECK_FALSE(store.take("b", start));
    const auto taken = store.take("a", start);
    REQUIRE(taken);
    CHECK(taken->sid == "sid");
    CHECK_FALSE(store.take("a", start));
}

TEST_CASE("a stored session that is too old is not given back") {
    recovery_options settings;
    settings.max_disconnection_duration = 100ms;
    session_store store(settings);
    for (const char* pid : {"a", "b", "c"}) store.put(session(pid), start);
    CHECK(store.take("a", start + 100ms));
    CHECK_FALSE(store.take("b", start + 101ms));
    CHECK(store.size() == 1);
    store.purge(start + 100ms);
    CHECK(store.size() == 1);
    store.purge(start + 101ms);
    CHECK(store.size() == 0);
}

TEST_CASE("a session that is stored anew takes the place of the other") {
    const recovery_options settings;
    session_store store(settings);
    store.put(session("a", "old"), start);
    store.put(session("a", "new"), start);
    CHECK(store.size() == 1);
    CHECK(store.take("a", start)->sid == "new");
}

TEST_CASE("when too many are away, who left first is forgotten") {
    recovery_options settings;
    settings.max_stored_sessions = 2;
    session_store store(settings);
    for (const char* pid : {"a", "b", "c"}) store.put(session(pid), start);
    CHECK_FALSE(store.take("a", start));
    CHECK(store.take("b", start));
    CHECK(store.take("c", start));
    recovery_options none;
    none.max_stored_sessions = 0;
    session_store closed(none);
    closed.put(session("a"), start);
    CHECK(closed.size() == 0);
}

TEST_CASE(
    "stored sessions are bounded in bytes: who left first goes first, and who is too large is not kept") {
    recovery_options settings;
    settings.max_stored_session_bytes = 100'000;
    session_store store(settings);
    const auto large = [](const std::string& pid, std::size_t bytes) {
        stored_session made = session(pid);
        made.data = value(std::string(bytes, 'd'));
        return made;
    };
    store.put(large("a", 40'000), start);
    store.put(large("b", 40'000), start);
    CHECK(store.bytes() > 80'000);
    store.put(large("c", 40'000), start);
    CHECK(store.size() == 2);
    CHECK_FALSE(store.take("a", start));
    store.put(large("d", 100'000), start);
    CHECK(store.size() == 2);
    stored_session named = session("e");
    named.rooms.emplace_back(90'000, 'r');
    store.put(std::move(named), start);
    CHECK(store.size() == 1);
    CHECK(store.take("e", start));
    CHECK(store.bytes() == 0);
    value tree = value::array();
    for (int i = 0; i < 500; ++i) tree.push_back(value::array());
    stored_session wide = session("f");
    wide.data = std::move(tree);
    store.put(std::move(wide), start);
    CHECK(store.bytes() > 500 * sizeof(value));
}

}  // namespace session_store_test
