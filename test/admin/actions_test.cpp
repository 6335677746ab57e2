#include <kedge/admin/actions.hpp>

#include <doctest/doctest.h>

#include <string>

#include <test/socketio/world.hpp>

namespace actions_test {

using namespace kedge;
using namespace kedge::testing;
using kedge::socket;

namespace {

/// A world where an operator acts on two clients.
struct acting_world : world {
    acting_world()
        : world([this](hub_settings& to) {
              to.log = [this](const log_record& line) { logged.emplace_back(line.event); };
          }) {
        admin::allow_actions(shown, [this](std::string_view name) {
            return name == "/" ? std::optional(of()) : std::nullopt;
        });
        oper.send("40/admin,");
        one.ignore();
        two.ignore();
    }

    void act(const std::string& event) {
        oper.send("42/admin," + event);
        loop.run_posted();
    }
    std::string id(const peer& whom) const { return ids.at(&whom == &one ? 0 : 1); }

    lines logged;
    lines ids;
    bool listening = [this] {
        of().on_connection([this](const socket& came) {
            ids.push_back(came.id());
            came.join("room " + std::to_string(ids.size()));
        });
        return true;
    }();
    std::shared_ptr<admin::page> shown = std::make_shared<admin::page>(of("/admin"));
    peer oper = open();
    peer one = join();
    peer two = join();
};

}  // namespace

TEST_CASE("an operator emits to all of a namespace, a room, several, or one socket") {
    acting_world all;
    all.act(R"(["emit","/",null,"news",1,{"a":[true]}])");
    CHECK(all.one.got() == lines{R"(42["news",1,{"a":[true]}])"});
    CHECK(all.two.got() == lines{R"(42["news",1,{"a":[true]}])"});
    all.act(R"(["emit","/","room 1","x"])");
    all.act(R"(["emit","/",["room 1","room 2"],"y"])");
    all.act(R"(["emit","/",")" + all.id(all.two) + R"(","z"])");
    all.act(R"(["emit","/","","all"])");
    CHECK(all.one.got() == lines{R"(42["x"])", R"(42["y"])", R"(42["all"])"});
    CHECK(all.two.got() == lines{R"(42["y"])", R"(42["z"])", R"(42["all"])"});
}

TEST_CASE("an operator makes sockets join and leave rooms, and disconnects them") {
    acting_world all;
    all.act(R"(["join","/","red","room 1"])");
    CHECK(all.of().sockets()[0].rooms().size() == 3);
    CHECK(all.of().sockets()[1].rooms().size() == 2);
    all.act(R"(["join","/","blue"])");
    CHECK(all.of().sockets()[1].rooms().size() == 3);
    all.act(R"(["leave","/","blue"])");
    all.act(R"(["leave","/","red",")" + all.id(all.one) + R"("])");
    CHECK(all.of().sockets()[0].rooms().size() == 2);
    all.act(R"(["_disconnect","/",false,"room 1"])");
    CHECK(all.one.got() == lines{"41"});
    CHECK_FALSE(all.one.closed());
    all.act(R"(["_disconnect","/",true])");
    CHECK(all.two.closed());
    CHECK(all.of().sockets().empty());
}

TEST_CASE("what makes no sense harms nobody, and is said") {
    acting_world all;
    for (const char* const wrong :
         {R"(["emit"])", R"(["emit","/"])", R"(["emit","/",null,5])", R"(["emit",5,null,"x"])",
          R"(["emit","/",null,"connect"])", R"(["emit","/",[5],"x"])", R"(["join","/"])",
          R"(["join","/",[]])", R"(["leave","/",{}])", R"(["_disconnect"])",
          R"(["_disconnect",null,true])"}) {
        CAPTURE(wrong);
        all.logged.clear();
        all.act(wrong);
        REQUIRE(!all.logged.empty());
        CHECK(all.logged.back() == "an error on a socket");
    }
    all.act(R"(["_disconnect","/nowhere",true])");
    CHECK(all.logged.back() == "an operator acts");
    CHECK(all.of().sockets().size() == 2);
    CHECK(all.one.got().empty());
}

}  // namespace actions_test
