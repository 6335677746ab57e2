// What input costs, for script/cost, which counts instructions:
//
//   kedge_cost make KIND COUNT >FILE     the packets of one client, a line each
//   kedge_cost play REVISION <FILE       gives them to a server with handlers that know them all
//   kedge_cost wire KIND COUNT           says so much over sockets to a whole server
//   kedge_cost watch KIND COUNT          the same, and what it is to others: see wire.hpp
//
// A kind whose name ends in "_colliding" is the one before it with names that share one value of std::hash.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <test/cost/wire.hpp>
#include <test/socketio/world.hpp>

namespace {

using namespace kedge;

// --- names

/// One step of MurmurHash64A, which is std::hash of texts in libstdc++: what it makes of eight bytes, and
/// back.
constexpr std::uint64_t factor = 0xc6a4a7935bd1e995u;
constexpr std::uint64_t seed = 0xc70f6907u;

constexpr std::uint64_t inverse(std::uint64_t odd) {
    std::uint64_t found = odd;
    for (int i = 0; i < 6; ++i) found *= 2 - odd * found;
    return found;
}

std::uint64_t mixed(std::uint64_t block) {
    block *= factor;
    return (block ^ block >> 47) * factor;
}

std::uint64_t unmixed(std::uint64_t block) {
    block *= inverse(factor);
    return (block ^ block >> 47) * inverse(factor);
}

/// Whether all bytes can stand in a name, in JSON and in a query.
bool readable(std::uint64_t bytes) {
    for (int i = 0; i < 8; ++i, bytes >>= 8) {
        const auto each = static_cast<char>(bytes);
        if (each < '0' || each > 'z' || each == '\\' || each == '=') return false;
    }
    return true;
}

std::string as_name(std::uint64_t first, std::uint64_t second) {
    std::string name(16, '\0');
    for (std::size_t i = 0; i < 8; ++i) {
        name[i] = static_cast<char>(first >> 8 * i);
        name[i + 8] = static_cast<char>(second >> 8 * i);
    }
    return name;
}

/// Names of sixteen bytes that have one hash without a secret.
std::vector<std::string> colliding_names(std::size_t count) {
    std::vector<std::string> names;
    const std::uint64_t start = seed ^ 16 * factor;
    const std::uint64_t meeting = 0x123456789ABCDEFu;
    std::uint64_t digits = 0;
    while (names.size() < count) {
        std::uint64_t first = 0;
        for (std::uint64_t i = 0, left = digits; i < 8; ++i, left /= 26) first |= ('a' + left % 26) << 8 * i;
        ++digits;
        const std::uint64_t after = (start ^ mixed(first)) * factor;
        const std::uint64_t second = unmixed(after ^ meeting);
        if (readable(second)) names.push_back(as_name(first, second));
    }
    return names;
}

std::vector<std::string> ordinary_names(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
        std::string name = "room-" + std::to_string(i * 7919);
        name.resize(16, 'x');
        names.push_back(std::move(name));
    }
    return names;
}

// --- packets

std::string repeated(std::string_view text, std::size_t count, std::string_view between) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all.append(i == 0 ? "" : between).append(text);
    return all;
}

void each_named(const std::vector<std::string>& names, std::string_view before, std::string_view behind) {
    for (const auto& each : names) std::cout << before << each << behind << '\n';
}

void in_one(const std::vector<std::string>& names, std::string_view begin, std::string_view behind,
            std::string_view between, std::string_view end) {
    std::string all(begin);
    for (std::size_t i = 0; i < names.size(); ++i)
        all.append(i == 0 ? "" : between).append(names[i]).append(behind);
    std::cout << all << end << '\n';
}

bool make_named(std::string_view kind, const std::vector<std::string>& names) {
    if (kind == "rooms") return each_named(names, "42[\"join\",\"", "\"]"), true;
    if (kind == "events") return each_named(names, "42[\"", "\",1]"), true;
    if (kind == "namespaces") return each_named(names, "40/", ","), true;
    if (kind == "query") return in_one(names, "40/q?", "=1", "&", ""), true;
    if (kind == "object") return in_one(names, "42[\"value\",{\"", "\":1", ",\"", "}]"), true;
    return false;
}

bool make_plain(std::string_view kind, std::size_t count) {
    const auto value = [&](std::string_view each) {
        std::cout << "42[\"value\",[" << repeated(each, count, ",") << "]]\n";
        return true;
    };
    if (kind == "arrays") return value("[]");
    if (kind == "objects") return value("{\"a\":0}");
    if (kind == "strings") return value("\"\"");
    if (kind == "escapes") return value("\"\\u00e9\\n\"");
    if (kind == "numbers") return value("1.5e3");
    if (kind == "nested") {
        const std::string one = repeated("[", 900, "") + repeated("]", 900, "");
        return value(one);
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (kind == "echo") std::cout << "42[\"echo\",\"" << std::string(64, 'x') << "\"]\n";
        if (kind == "tiny") std::cout << "42[\"\"]\n";
        if (kind == "acks") std::cout << "43" << i << "[]\n";
        if (kind == "joins") std::cout << "40/in,\n41/in,\n";
    }
    return true;
}

void make(std::string_view kind, std::size_t count) {
    constexpr std::string_view colliding = "_colliding";
    const bool collide = kind.ends_with(colliding);
    if (collide) kind.remove_suffix(colliding.size());
    const bool named =
        std::set<std::string_view>{"rooms", "events", "namespaces", "query", "object"}.contains(kind);
    if (!named) return static_cast<void>(make_plain(kind, count));
    make_named(kind, collide ? colliding_names(count) : ordinary_names(count));
}

// --- the server

void play(engine::revision protocol) {
    testing::world all([](hub_settings& settings) { settings.max_rooms_per_socket = 1'000'000; });
    all.of("/q");
    all.of("/in");
    all.of().on_event("join", [](socket from, const std::string& room) { from.join(room); });
    all.of().on_event("value", [](socket, const value&) {});
    all.of().on_event("echo", [](socket from, std::string_view text) { from.emit("echo", text); });
    auto client = all.open(protocol);
    if (protocol == engine::revision::v4) client.send("40");
    for (std::string line; std::getline(std::cin, line);) {
        client.send(line);
        client.ignore();
    }
    if (client.closed()) std::cerr << "the client was closed\n";
}

}  // namespace

int main(int count, char** words) try {
    const std::vector<std::string_view> line(words, words + count);
    if (line.size() == 4 && line[1] == "make") return make(line[2], std::stoul(words[3])), 0;
    if (line.size() == 3 && line[1] == "play")
        return play(line[2] == "3" ? engine::revision::v3 : engine::revision::v4), 0;
    if (line.size() == 4 && line[1] == "wire") return cost::play_wire(line[2], std::stoul(words[3])), 0;
    if (line.size() == 4 && line[1] == "watch")
        return cost::watch_wire(line[2], std::stoul(words[3]), std::cout), 0;
    std::cerr << "kedge_cost make KIND COUNT | play REVISION | wire KIND COUNT | watch KIND COUNT\n";
    return 2;
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
