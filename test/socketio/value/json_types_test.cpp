#include <kedge/boost_describe.hpp>
#include <kedge/nlohmann.hpp>
#include <kedge/socketio/value/json.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <kedge/socketio/value/json_mismatch.hpp>

using kedge::value;
using namespace std::chrono_literals;

namespace {

struct point {
    int x = 0;
    std::string long_name;
    friend bool operator==(const point&, const point&) = default;
};
struct lenient {
    int limit = 20;
    std::vector<std::string> tags{"all"};
};
struct described_base {
    int id = 0;
};
BOOST_DESCRIBE_STRUCT(described_base, (), (id))
struct described_user : described_base {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(described_user, (described_base), (name))
enum class signal { red, green };
BOOST_DESCRIBE_ENUM(signal, red, green)
struct pet {
    std::string name;
    int age = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(pet, name, age)

std::string text_of(const value& of) {
    return of.to_json();
}

template <class T>
std::string through(std::string_view json) {
    const auto made = value::parse(json)->to<T>();
    return made ? text_of(kedge::to_value(*made)) : "refused";
}

}  // namespace

template <>
struct kedge::json<point> : kedge::described<&point::x, &point::long_name> {};
template <>
struct kedge::json<lenient> {
    static constexpr auto fields = kedge::fields(kedge::optional_field("limit", &lenient::limit),
                                                 kedge::optional_field("tags", &lenient::tags));
};
template <>
struct kedge::json<pet> : kedge::by_nlohmann<pet> {};

TEST_CASE("a struct is described in one line, by its members") {
    CHECK(kedge::member_name<&point::long_name>() == "long_name");
    CHECK(through<point>(R"({"long_name":"a","x":1})") == R"({"x":1,"long_name":"a"})");
    CHECK(through<point>(R"({"x":1})") == "refused");
}

TEST_CASE("an optional field keeps the default of the struct where it is missing") {
    CHECK(through<lenient>("{}") == R"({"limit":20,"tags":["all"]})");
    CHECK(through<lenient>(R"({"tags":[]})") == R"({"limit":20,"tags":[]})");
    CHECK(through<lenient>(R"({"limit":null})") == "refused");
    kedge::tape wrong;
    const value sent{{"limit", "many"}};
    sent.write(wrong);  // which points into it
    CHECK(kedge::find_mismatch<lenient>(wrong.root())->path == ".limit");
}

TEST_CASE("bytes are binary under both of their names") {
    const std::vector<std::uint8_t> bytes{1, 255};
    const value sent(bytes);
    CHECK(sent.is_binary());
    CHECK(sent.to<std::vector<std::uint8_t>>() == bytes);
    CHECK(sent.to<std::vector<std::byte>>()->size() == 2);
    CHECK_FALSE(value::array({1, 255}).to<std::vector<std::uint8_t>>().has_value());
    const std::span<const std::uint8_t> view(bytes);
    CHECK(value(view) == sent);
}

TEST_CASE("time points travel as ISO texts") {
    using moment = std::chrono::sys_time<std::chrono::milliseconds>;
    CHECK(text_of(value(moment(0ms))) == R"("1970-01-01T00:00:00.000Z")");
    CHECK(through<moment>(R"("2026-11-28T03:44:00.250Z")") == R"("2026-11-28T03:44:00.250Z")");
    CHECK(through<moment>(R"("2026-11-28T03:44:00+01:30")") == R"("2026-11-28T02:14:00.000Z")");
    CHECK(through<moment>(R"("1969-12-31T23:59:59.999Z")") == R"("1969-12-31T23:59:59.999Z")");
    CHECK(through<moment>(R"("+010000-01-01T00:00:00.000Z")") == R"("+010000-01-01T00:00:00.000Z")");
    for (const char* wrong :
         {"1", R"("")", R"("2026-02-30T00:00:00Z")", R"("2026-11-28T24:00:00Z")", R"("2026-11-28")",
          R"("2026-11-28T03:44:00")", R"("2026-11-28T03:44:00.Z")", R"("2026-11-28T03:44:00Zx")"})
        CHECK(through<moment>(wrong) == "refused");
    // Nanoseconds end in the year 2262.
    CHECK(through<std::chrono::sys_time<std::chrono::nanoseconds>>(R"("2300-01-01T00:00:00Z")") == "refused");
}

TEST_CASE("time points that are coarse take what is before, as fine ones do") {
    CHECK(through<std::chrono::sys_days>(R"("2026-11-28T23:59:59Z")") == R"("2026-11-28T00:00:00.000Z")");
    CHECK(through<std::chrono::sys_days>(R"("1955-03-02T23:00:00.000Z")") == R"("1955-03-02T00:00:00.000Z")");
    CHECK(through<std::chrono::sys_seconds>(R"("1969-12-31T23:59:59.999Z")") ==
          R"("1969-12-31T23:59:59.000Z")");
    using parts_of_days = std::chrono::sys_time<std::chrono::duration<double, std::chrono::days::period>>;
    CHECK(through<parts_of_days>(R"("1955-03-02T12:00:00.000Z")") == R"("1955-03-02T12:00:00.000Z")");
}

TEST_CASE("the years of a text are all that its six digits can say, and no others") {
    using moment = std::chrono::sys_time<std::chrono::milliseconds>;
    for (const char* text : {R"("+275760-09-13T00:00:00.000Z")", R"("-271821-04-20T00:00:00.000Z")",
                             R"("+040000-02-29T23:59:59.999Z")", R"("-000001-12-31T00:00:00.000Z")",
                             R"("+999999-12-31T23:59:59.999Z")", R"("-999999-01-01T00:00:00.000Z")"})
        CHECK(through<moment>(text) == text);
    CHECK(text_of(value(moment(8'640'000'000'000'000ms))) == R"("+275760-09-13T00:00:00.000Z")");
    CHECK(through<moment>(R"("+040001-02-29T00:00:00.000Z")") == "refused");
    CHECK(text_of(value(std::chrono::sys_time<std::chrono::nanoseconds>::min())) ==
          R"("1677-09-21T00:12:43.145Z")");
    CHECK(text_of(value(moment::max())) == "null");
    CHECK(text_of(value(moment::min())) == "null");
    CHECK(text_of(value(std::chrono::sys_seconds::max())) == "null");
    CHECK(through<moment>(R"("+999999-12-31T23:59:59-01:00")") == "null");
}

TEST_CASE("durations are milliseconds") {
    CHECK(text_of(value(25s)) == "25000");
    CHECK(text_of(value(1500us)) == "1.5");
    CHECK(text_of(value(std::chrono::hours::max())) == "3.3204139332677193e+25");
    CHECK(through<std::chrono::seconds>("2000") == "2000");
    CHECK(through<std::chrono::microseconds>("1.5") == "1.5");
    CHECK(through<std::chrono::nanoseconds>("1e300") == "refused");
    CHECK(through<std::chrono::milliseconds>(R"("5")") == "refused");
}

TEST_CASE("a value is made of whatever can be emitted") {
    const value v = value::object({{"rooms", std::vector<std::string>{"a", "b"}},
                                   {"where", point{3, "c"}},
                                   {"counts", std::map<std::string, int>{{"x", 1}}},
                                   {"nobody", std::optional<int>()}});
    CHECK(text_of(v) ==
          R"({"rooms":["a","b"],"where":{"x":3,"long_name":"c"},"counts":{"x":1},"nobody":null})");
}

TEST_CASE("what Boost.Describe knows needs nothing more") {
    CHECK(through<described_user>(R"({"id":7,"name":"Ada"})") == R"({"id":7,"name":"Ada"})");
    CHECK(through<described_user>(R"({"name":"Ada"})") == "refused");
    CHECK(through<signal>(R"("green")") == R"("green")");
    CHECK(through<signal>(R"("blue")") == "refused");
}

TEST_CASE("nlohmann's JSON is received and sent") {
    const char* text = R"([{"a":[1,-2,2.5,null,true,"é"],"b":{}},18446744073709551615])";
    CHECK(through<nlohmann::ordered_json>(text) == text);
    const std::vector<std::byte> bytes{std::byte{1}, std::byte{2}};
    const auto tree = value(bytes).to<nlohmann::json>();
    CHECK(tree->is_binary());
    CHECK(kedge::to_value(*tree) == value(bytes));
    CHECK(through<pet>(R"({"age":3,"name":"Rex"})") == R"({"age":3,"name":"Rex"})");
    CHECK(through<pet>(R"({"age":"old","name":"Rex"})") == "refused");
}
