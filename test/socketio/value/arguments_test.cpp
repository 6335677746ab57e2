#include <kedge/socketio/value/arguments.hpp>
#include <kedge/socketio/value/json.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <list>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <kedge/socketio/events/event_handler.hpp>
#include <kedge/socketio/value/json_writer.hpp>

using namespace kedge;

namespace {

struct point {
    int x = 0;
    std::optional<double> y;
    friend bool operator==(const point&, const point&) = default;
};
enum class colour { red, green };
enum class plain : std::uint8_t { one = 1, two };
struct uuid {
    std::string text;
};
struct branch {
    std::string name;
    std::vector<branch> branches;
};
struct unknown {};

/// A parameter that is no argument, and a result that comes later.
struct caller {
    int number;
};
struct later {
    int number;
};

class recording_context final : public call_context {
  public:
    void reply(const outgoing_arguments& results) override {
        json_writer out(replied);
        out.begin_array(results.count);
        results.write(out);
        out.end_array();
    }
    std::string replied;
    int started = 0;
};

}  // namespace

template <>
struct kedge::json<point> {
    static constexpr auto fields = kedge::fields(kedge::field("x", &point::x), kedge::field("y", &point::y));
};
template <>
struct kedge::json<branch> {
    static constexpr auto fields =
        kedge::fields(kedge::field("name", &branch::name), kedge::field("branches", &branch::branches));
};
template <>
struct kedge::json<colour> {
    static constexpr auto names =
        kedge::names(kedge::name("red", colour::red), kedge::name("green", colour::green));
};
template <>
struct kedge::json<uuid> {
    static constexpr std::string_view name = "uuid";
    static bool read(const item& from, uuid& to) {
        to.text = from.as_string();
        return to.text.size() == 4;
    }
    static void write(writer& to, const uuid& from) { to.string(from.text); }
};
template <>
struct kedge::context_parameter<caller> : std::true_type {
    static caller take(call_context&) { return {7}; }
};
template <>
struct kedge::deferred_result<later> : std::true_type {
    static void start(call_context& context, const std::shared_ptr<const void>& keep, later result) {
        CHECK(keep != nullptr);
        static_cast<recording_context&>(context).started = result.number;
    }
};

namespace {

/// Calls a handler with the items of a JSON array: what it replied, or the error.
template <class F>
std::string call(F f, std::string_view json) {
    const auto parsed = value::parse(json);
    REQUIRE(parsed.has_value());
    tape laid_out;
    parsed->write(laid_out);
    recording_context context;
    const auto handler = make_event_handler(f);
    const auto error = handler->call(laid_out.root().as_array(), context);
    return error ? error->message() : context.replied;
}

/// Reads a T and writes it again.
template <class T>
std::string through(std::string_view json) {
    return call([](const T& one) { return one; }, json);
}

template <class... Args>
std::string emitted(const Args&... args) {
    recording_context context;
    with_arguments([&](const outgoing_arguments& all) { context.reply(all); }, args...);
    return context.replied;
}

int add(int a, int b) {
    return a + b;
}

struct room {
    std::string said;
    int say(std::string text) {
        said = text;
        return static_cast<int>(said.size());
    }
    std::string what() const { return said; }
};

}  // namespace

TEST_CASE("any callable is called with what was sent") {
    CHECK(call(&add, "[1,2]") == "[3]");
    CHECK(call([](std::string a, bool b) { return b ? a : ""; }, R"(["x",true])") == R"(["x"])");
    CHECK(call(std::function<double(double)>([](double d) { return d / 2; }), "[5]") == "[2.5]");
    CHECK(call([count = 0]() mutable { return ++count; }, "[]") == "[1]");
    CHECK(call([]() noexcept {}, "[1]").empty());
    room there;
    CHECK(call(kedge::bind(&there, &room::say), R"(["hello"])") == "[5]");
    CHECK(call(kedge::bind(&std::as_const(there), &room::what), "[]") == R"(["hello"])");
}

TEST_CASE("extra arguments are ignored, missing ones are errors unless they are optional") {
    CHECK(call(&add, "[1,2,3]") == "[3]");
    CHECK(call(&add, "[1]") ==
          "argument 1: expected integer from -2147483648 to 2147483647, received nothing");
    const auto optional = [](int a, std::optional<int> b) { return b ? a + *b : a; };
    CHECK(call(optional, "[1]") == "[1]");
    CHECK(call(optional, "[1,null]") == "[1]");
    CHECK(call(optional, "[1,2]") == "[3]");
    CHECK(call(optional, R"([1,"2"])") ==
          "argument 1: expected integer from -2147483648 to 2147483647 or nothing, received string");
}

TEST_CASE("numbers") {
    CHECK(through<int>("[1.0]") == "[1]");
    CHECK(through<int>("[1e2]") == "[100]");
    CHECK(through<int>("[-0]") == "[0]");
    CHECK(through<int>("[1.5]").find("received number 1.5") != std::string::npos);
    CHECK(through<int>("[2147483648]").find("received integer 2147483648") != std::string::npos);
    CHECK(through<std::int8_t>("[-128]") == "[-128]");
    CHECK(through<std::uint8_t>("[-1]").find("expected integer from 0 to 255") != std::string::npos);
    CHECK(through<std::uint8_t>("[256]").find("received integer 256") != std::string::npos);
    CHECK(through<std::int64_t>("[9007199254740993]") == "[9007199254740993]");
    CHECK(through<std::int64_t>("[9223372036854775808]").find("expected integer,") != std::string::npos);
    CHECK(through<std::uint64_t>("[18446744073709551615]") == "[18446744073709551615]");
    CHECK(through<double>("[1]") == "[1]");
    CHECK(through<double>("[0.1]") == "[0.1]");
    CHECK(through<double>("[null]") == "argument 0: expected number, received null");
    CHECK(through<bool>("[1]") == "argument 0: expected boolean, received integer 1");
    CHECK(through<int>("[true]").find("received boolean") != std::string::npos);
}

TEST_CASE("strings and binaries") {
    CHECK(through<std::string>(R"(["é"])") == R"(["é"])");
    CHECK(through<std::string_view>(R"(["x"])") == R"(["x"])");
    CHECK(through<std::string>("[1]") == "argument 0: expected string, received integer 1");
    const std::string bytes = "ab";
    tape sent;
    sent.begin_array();
    sent.binary(std::as_bytes(std::span(bytes)));
    sent.binary({});
    sent.end_array();
    recording_context context;
    const auto handler = make_event_handler([](std::vector<std::byte> a, std::span<const std::byte> b) {
        return std::pair{a.size(), b.size()};
    });
    CHECK_FALSE(handler->call(sent.root().as_array(), context).has_value());
    CHECK(context.replied == "[[2,0]]");
    CHECK(through<std::vector<std::byte>>("[[1]]") == "argument 0: expected binary, received array");
    const auto text = make_event_handler([](std::string) {});
    CHECK(text->call(sent.root().as_array(), context)->received == "binary");
}

TEST_CASE("containers") {
    CHECK(through<std::vector<int>>("[[1,2]]") == "[[1,2]]");
    CHECK(through<std::vector<bool>>("[[true,false]]") == "[[true,false]]");
    CHECK(through<std::vector<std::vector<std::string>>>(R"([[["a"],[]]])") == R"([[["a"],[]]])");
    CHECK(through<std::vector<std::string>>(R"([["a",1]])") ==
          "argument 0[1]: expected string, received integer 1");
    CHECK(through<std::vector<std::string>>("[1]") ==
          "argument 0: expected array of string, received integer 1");
    CHECK(through<std::list<int>>("[[1,2]]") == "[[1,2]]");
    CHECK(through<std::set<std::string>>(R"([["b","a","b"]])") == R"([["a","b"]])");
    CHECK(through<std::array<int, 2>>("[[1,2]]") == "[[1,2]]");
    CHECK(through<std::array<int, 2>>("[[1]]").find("expected array of 2") != std::string::npos);
    CHECK(through<std::map<std::string, int>>(R"([{"b":1,"a":2,"b":3}])") == R"([{"a":2,"b":3}])");
    CHECK(through<std::unordered_map<std::string, double>>(R"([{"a":1.5}])") == R"([{"a":1.5}])");
    CHECK(through<std::map<std::string, int>>("[[]]").find("expected object of integer") !=
          std::string::npos);
    CHECK(through<std::pair<int, std::string>>(R"([[1,"a"]])") == R"([[1,"a"]])");
    CHECK(through<std::tuple<int, std::optional<int>>>("[[1]]") == "[[1,null]]");
    CHECK(through<std::tuple<int, std::string>>("[[1]]") ==
          "argument 0: expected [integer from -2147483648 to 2147483647, string], received array");
    CHECK(through<std::tuple<>>("[[]]") == "[[]]");
    CHECK(through<std::variant<int, std::string, std::monostate>>("[1]") == "[1]");
    CHECK(through<std::variant<int, std::string, std::monostate>>(R"(["a"])") == R"(["a"])");
    CHECK(through<std::variant<int, std::string, std::monostate>>("[null]") == "[null]");
    CHECK(through<std::variant<std::int64_t, std::string>>("[true]") ==
          "argument 0: expected integer or string, received boolean");
    CHECK(through<value>(R"([{"a":[1,null]}])") == R"([{"a":[1,null]}])");
    CHECK(through<value>("[]") == "argument 0: expected anything, received nothing");
    CHECK(through<item>(R"([{"a":[1,null]}])") == R"([{"a":[1,null]}])");
}

TEST_CASE("a hash table of the program's fills with no keys that were made to collide") {
    constexpr std::size_t size = 600;
    std::string numbers = "[[0";
    std::unordered_set<int> reserved;
    reserved.reserve(size);
    const auto step = reserved.bucket_count();
    for (std::size_t i = 1; i < size; ++i) numbers += "," + std::to_string(i * step);
    CHECK(through<std::unordered_set<int>>(numbers + "]]").find("expected array of integer") !=
          std::string::npos);

    std::string names = "[{\"first\":0";
    std::unordered_map<std::string, int> grown;
    for (std::size_t i = 0; i < size; ++i) grown[std::to_string(i)] = 0;
    const auto places = grown.bucket_count();
    std::size_t found = 0;
    for (std::size_t i = 0; found < size; ++i) {
        const std::string name = "n" + std::to_string(i);
        if (std::hash<std::string>{}(name) % places != 0) continue;
        names += ",\"" + name + "\":1";
        ++found;
    }
    names += "}]";
    using unkeyed = std::unordered_map<std::string, int>;
    using keyed = std::unordered_map<std::string, int, keyed_hash>;
    CHECK(through<unkeyed>(names).find("expected object of integer") != std::string::npos);
    CHECK(through<keyed>(names).find("expected") == std::string::npos);
}

TEST_CASE("a hash table of the program's may be as large as a message") {
    std::string names = "[{\"first\":0";
    std::string numbers = "[[0";
    for (int i = 1; i < 20'000; ++i) {
        names += ",\"room " + std::to_string(i) + "\":1";
        numbers += "," + std::to_string(i * 64);
    }
    CHECK(through<std::unordered_map<std::string, int>>(names + "}]").find("expected") == std::string::npos);
    CHECK(through<std::unordered_set<int>>(numbers + "]]").find("expected") == std::string::npos);
}

static_assert(!readable<std::unordered_multiset<std::string>>);
static_assert(readable<std::unordered_set<std::string>>);

TEST_CASE("types of the program's own") {
    CHECK(through<point>(R"([{"x":1,"y":2.5,"z":0}])") == R"([{"x":1,"y":2.5}])");
    CHECK(through<point>(R"([{"x":1}])") == R"([{"x":1}])");
    CHECK(through<point>(R"([{"x":1,"y":null,"x":2}])") == R"([{"x":2}])");
    CHECK(through<point>(R"([{"y":1}])") ==
          "argument 0.x: expected integer from -2147483648 to 2147483647, received nothing");
    CHECK(through<point>(R"([{"x":1,"y":"2"}])") ==
          "argument 0.y: expected number or nothing, received string");
    CHECK(through<point>("[5]") == "argument 0: expected object with x, y, received integer 5");
    CHECK(through<branch>(R"([{"name":"a","branches":[{"name":"b","branches":[]}]}])") ==
          R"([{"name":"a","branches":[{"name":"b","branches":[]}]}])");
    CHECK(through<branch>(R"([{"name":"a","branches":[{"name":"b","branches":[]},{"name":1}]}])") ==
          "argument 0.branches[1].name: expected string, received integer 1");
    CHECK(through<branch>(R"([{"name":"a","branches":[{"name":"b"}]}])") ==
          "argument 0.branches[0].branches: expected array of object with name, branches, received nothing");
    CHECK(through<colour>(R"(["green"])") == R"(["green"])");
    CHECK(through<colour>(R"(["blue"])") == R"(argument 0: expected "red" or "green", received string)");
    CHECK(emitted(static_cast<colour>(9)) == "[9]");
    CHECK(through<plain>("[2]") == "[2]");
    CHECK(through<plain>("[300]") == "argument 0: expected integer from 0 to 255, received integer 300");
    CHECK(through<uuid>(R"(["abcd"])") == R"(["abcd"])");
    CHECK(through<uuid>(R"(["abc"])") == "argument 0: expected uuid, received string");
    CHECK(value{{"x", 3}}.to<point>() == point{3, {}});
}

TEST_CASE("arguments take everything and are spread") {
    const auto echo = [](const arguments& all) { return all; };
    CHECK(call(echo, R"([1,"a",[2]])") == R"([1,"a",[2]])");
    CHECK(call(echo, "[]") == "[]");
    CHECK(emitted("x", arguments{1, "a"}, true, arguments{}) == R"(["x",1,"a",true])");
    CHECK(emitted(std::vector<arguments>{{1, 2}, {}}) == "[[[1,2],[]]]");
    const arguments some{1};
    CHECK(some[0].as_integer() == 1);
    CHECK(some[1].is_null());
}

TEST_CASE("what is emitted is written as it is") {
    CHECK(emitted() == "[]");
    CHECK(emitted("literal", std::string("s"), std::string_view("v"), 'a' == 'a', 1, 2u, 3.5f, nullptr) ==
          R"(["literal","s","v",true,1,2,3.5,null])");
    const char* pointer = "p";
    char array[] = "array";
    CHECK(emitted(pointer, array) == R"(["p","array"])");
    CHECK(emitted(std::optional<int>{}, std::optional<int>{1}) == "[null,1]");
    CHECK(emitted(kedge::binary(std::string_view("a"))) == R"([{"type":"Buffer","data":[97]}])");
    CHECK(emitted(std::vector<point>{{1, 2.0}, {3, {}}}) == R"([[{"x":1,"y":2},{"x":3}]])");
}

TEST_CASE("parameters that are no arguments come from the context") {
    CHECK(call([](caller who, int a) { return who.number + a; }, "[1]") == "[8]");
    CHECK(call([](int a, const caller& who) { return who.number + a; }, "[1]") == "[8]");
    CHECK(call([](caller who, const arguments& all, caller) { return all.size() + std::size_t(who.number); },
               "[1,2]") == "[9]");
}

TEST_CASE("a result that comes later is started") {
    tape sent;
    sent.begin_array();
    sent.integer(5);
    sent.end_array();
    recording_context context;
    const auto handler = make_event_handler([](int a) { return later{a}; });
    CHECK_FALSE(handler->call(sent.root().as_array(), context).has_value());
    CHECK(context.started == 5);
    CHECK(context.replied.empty());
}

TEST_CASE("what cannot be a handler is known when it is compiled") {
    CHECK(event_callable<decltype([](int, caller, std::string) {})>);
    CHECK(event_callable<decltype([](const std::string&, std::vector<int>&&) {})>);
    CHECK_FALSE(event_callable<decltype([](auto) {})>);
    CHECK_FALSE(event_callable<decltype([](unknown) {})>);
    CHECK_FALSE(event_callable<decltype([](std::vector<unknown>) {})>);
    CHECK_FALSE(event_callable<decltype([](int&) {})>);
    CHECK_FALSE(event_callable<decltype([](const char*) {})>);
    CHECK_FALSE(event_callable<decltype([]() { return unknown{}; })>);
    CHECK_FALSE(event_callable<int>);
    CHECK_FALSE(emittable<unknown>);
    CHECK(emittable<point>);
    CHECK(borrows<std::string_view>::value);
    CHECK(borrows<std::optional<std::vector<std::string_view>>>::value);
    CHECK(borrows<std::span<const std::byte>>::value);
    CHECK_FALSE(borrows<std::vector<std::string>>::value);
    CHECK_FALSE(borrows<point>::value);
}
