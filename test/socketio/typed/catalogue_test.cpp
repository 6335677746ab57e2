#include <kedge/socketio/typed/catalogue.hpp>

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include <test/socketio/world.hpp>

namespace {

enum class side { buy, sell };
struct point {
    int x = 0;
    std::optional<double> y;
};
struct tree {
    std::string name;
    std::vector<tree> children;
};
struct order {
    static constexpr std::string_view event = "new order";
    using answer = int;
    side which = side::buy;
    std::map<std::string, std::vector<point>> marks;
    std::variant<int, std::string> note;
};
struct hello {
    static constexpr std::string_view event = "hello";
};
struct filled {
    static constexpr std::string_view event = "filled";
    tree where;
    std::vector<std::byte> picture;
};

/// A result that comes later, as an awaitable does.
struct later {};

}  // namespace

template <>
struct kedge::deferred_result<later> : std::true_type {};
template <>
struct kedge::json<side> {
    static constexpr auto names =
        kedge::names(kedge::name("buy", side::buy), kedge::name("sell", side::sell));
};
template <>
struct kedge::json<point> : kedge::described<&point::x, &point::y> {};
template <>
struct kedge::json<tree> : kedge::described<&tree::name, &tree::children> {};
template <>
struct kedge::json<order> {
    static constexpr auto fields =
        kedge::fields(kedge::field("which", &order::which), kedge::optional_field("marks", &order::marks),
                      kedge::field("the note", &order::note));
};
template <>
struct kedge::json<filled> : kedge::described<&filled::where, &filled::picture> {};

using market = kedge::catalogue<kedge::from_clients<order, hello>, kedge::from_server<hello, filled>>;

TEST_CASE("a catalogue declares its events for TypeScript") {
    CHECK(market::typescript() == R"(// Made from the server's catalogue of events.

export interface filled {
    where: tree;
    picture: ArrayBuffer | ArrayBufferView;
}

export interface order {
    which: "buy" | "sell";
    marks?: Record<string, point[]>;
    "the note": number | string;
}

export interface point {
    x: number;
    y?: number | null;
}

export interface tree {
    name: string;
    children: tree[];
}

export interface ClientToServerEvents {
    "new order": (event: order, answer: (result: number) => void) => void;
    "hello": () => void;
}

export interface ServerToClientEvents {
    "hello": () => void;
    "filled": (event: filled) => void;
}
)");
}

TEST_CASE("what a handler returns is the answer, or comes later, or is nothing where there is none") {
    CHECK(kedge::answers_rightly<order, int, false>());
    CHECK(kedge::answers_rightly<order, void, true>());
    CHECK_FALSE(kedge::answers_rightly<order, void, false>());
    CHECK_FALSE(kedge::answers_rightly<order, std::string, false>());
    CHECK(kedge::answers_rightly<hello, void, false>());
    CHECK_FALSE(kedge::answers_rightly<hello, int, false>());
    CHECK(kedge::answers_rightly<order, later, false>());
    CHECK(kedge::answers_rightly<hello, later, false>());
}

TEST_CASE("typed events are heard and sent as objects, and answered") {
    kedge::testing::world all;
    kedge::socket here;
    all.of().on_connection([&here](const kedge::socket& one) { here = one; });
    auto there = all.join();
    double seen = 0;
    market::on<order>(here, [&seen](const order& placed) {
        seen = placed.marks.at("a").at(0).y.value_or(0);
        return placed.which == side::sell ? 1 : 2;
    });
    int greeted = 0;
    market::on<hello>(here, [&greeted] { ++greeted; });
    there.ignore();
    there.send(R"(420["new order",{"which":"sell","marks":{"a":[{"x":1,"y":2.5}]},"the note":"n"}])");
    CHECK(seen == 2.5);
    CHECK(there.got() == kedge::testing::lines{"430[1]"});
    there.send(R"(42["hello"])");
    CHECK(greeted == 1);
    all.loop.turn([&] {
        market::emit(here, hello{});
        market::emit(here, filled{.where = {.name = "root", .children = {}}, .picture = {}});
    });
    CHECK(there.got().at(0) == R"(42["hello"])");
}
