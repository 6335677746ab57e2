// One case of these at a time is given to the compiler, which must refuse it and say why: see
// script/check_refusals.
#include <chrono>
#include <string>

#include <kedge/engine/option_kinds.hpp>
#include <kedge/typed.hpp>

struct settings {
    kedge::engine::time_span interval = std::chrono::seconds(25);
    kedge::engine::switchable<kedge::cors_options> cors = std::nullopt;
};
void serve(settings) {}

struct asked {
    static constexpr std::string_view event = "asked";
    using answer = int;
    std::string text;
};
struct told {
    static constexpr std::string_view event = "told";
    std::string text;
};
struct left {
    static constexpr std::string_view event = "left";
};
template <>
struct kedge::json<asked> : kedge::described<&asked::text> {};
template <>
struct kedge::json<told> : kedge::described<&told::text> {};
using events = kedge::catalogue<kedge::from_clients<asked, left>, kedge::from_server<told>>;

void start([[maybe_unused]] const kedge::socket& socket, [[maybe_unused]] const kedge::server& io) {
#if defined(BARE_NUMBER)
    serve({.interval = 25000});
#elif defined(BARE_NUMBER_IN_A_CALL)
    kedge::server({.ping_interval = 25000});
#elif defined(WITHOUT_ITS_TYPE)
    kedge::server({.cors = "*"});
#elif defined(BRACES_WITHOUT_A_TYPE)
    serve(settings{.cors = {.origin = "*"}});
#elif defined(MISSPELT)
    serve(settings{.intervall = std::chrono::seconds(25)});
#elif defined(WRONG_WAY)
    events::on<told>(socket, [](const told&) {});
#elif defined(NOT_FROM_HERE)
    events::emit(io.to("room"), asked{});
#elif defined(WRONG_ANSWER)
    events::on<asked>(socket, [](const asked&) { return std::string(); });
#elif defined(WRONG_PARAMETER)
    events::on<asked>(socket, [](const told&) { return 1; });
#elif defined(NOTHING_TO_TAKE)
    events::on<left>(socket, [](const left&) {});
#else
    serve({.interval = std::chrono::seconds(10)});
    serve({.cors = true});
    serve({.cors = kedge::cors_options{.origin = "*"}});
    events::on<asked>(socket, [](const asked& question) { return static_cast<int>(question.text.size()); });
    events::on<left>(socket, [] {});
    events::on<asked>(io, [](const kedge::socket&, const asked&) { return 1; });
    events::emit(io.to("room"), told{.text = "a"});
    events::emit(socket, told{.text = "a"});
#endif
}
