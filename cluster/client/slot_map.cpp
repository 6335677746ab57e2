#include <kedge/cluster/client/slot_map.hpp>

#include <algorithm>
#include <charconv>

namespace kedge::cluster {

namespace {

constexpr std::size_t most_nodes = 4096;

template <class Number>
bool read_whole(std::string_view text, Number& to) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
    return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

/// A node without a host is where its teller is; one that does not know its name says "?".
std::optional<node_address> read_node(resp_value from, std::string_view asked) {
    const auto port = from[1].integer();
    std::string_view host = from[0].text();
    if (host == "?" || port <= 0 || port > 65535) return std::nullopt;
    if (host.empty()) host = asked;
    if (host.empty()) return std::nullopt;
    return node_address{std::string(host), static_cast<std::uint16_t>(port)};
}

}  // namespace

std::optional<slot_map> slot_map::read(resp_value reply, std::string_view asked) {
    slot_map made;
    bool any = false;
    for (const auto range : reply) any = made.read_range(range, asked) || any;
    return any ? std::optional(std::move(made)) : std::nullopt;
}

/// `[first, last, [host, port, …], replicas…]`
bool slot_map::read_range(resp_value range, std::string_view asked) {
    const auto first = range[0].integer();
    const auto last = range[1].integer();
    const auto owner = read_node(range[2], asked);
    if (!owner || first < 0 || last < first || last >= std::int64_t{slot_count}) return false;
    const auto index = index_of(*owner, true);
    if (index == nobody) return false;
    for (auto slot = first; slot <= last; ++slot) owners_[static_cast<std::size_t>(slot)] = index;
    for (std::size_t i = 3; i < range.size() && i < most_nodes; ++i)
        if (const auto replica = read_node(range[i], asked)) index_of(*replica, false);
    return true;
}

std::uint16_t slot_map::index_of(const node_address& which, bool master) {
    const auto found =
        std::find_if(nodes_.begin(), nodes_.end(), [&](const node& each) { return each.where == which; });
    if (found == nodes_.end() && nodes_.size() >= most_nodes) return nobody;
    if (found == nodes_.end())
        return nodes_.push_back({which, master}), static_cast<std::uint16_t>(nodes_.size() - 1);
    found->master = found->master || master;
    return static_cast<std::uint16_t>(found - nodes_.begin());
}

const node_address* slot_map::owner(unsigned slot) const noexcept {
    const auto index = slot < slot_count ? owners_[slot] : nobody;
    return index == nobody ? nullptr : &nodes_[index].where;
}

void slot_map::set_owner(unsigned slot, const node_address& to) {
    if (slot < slot_count) owners_[slot] = index_of(to, true);
}

std::vector<node_address> slot_map::masters() const {
    std::vector<node_address> made;
    for (const auto& each : nodes_)
        if (each.master) made.push_back(each.where);
    return made;
}

bool slot_map::knows(const node_address& which) const noexcept {
    return std::any_of(nodes_.begin(), nodes_.end(), [&](const node& each) { return each.where == which; });
}

/// "MOVED 3999 host:port", "ASK 3999 host:port"
std::optional<redirection> read_redirection(std::string_view error) {
    redirection made;
    made.for_good = error.starts_with("MOVED ");
    if (!made.for_good && !error.starts_with("ASK ")) return std::nullopt;
    error.remove_prefix(error.find(' ') + 1);
    const auto space = error.find(' ');
    if (space == error.npos || !read_whole(error.substr(0, space), made.slot) || made.slot >= slot_count)
        return std::nullopt;
    error.remove_prefix(space + 1);
    const auto colon = error.rfind(':');
    if (colon == error.npos || !read_whole(error.substr(colon + 1), made.to.port) || made.to.port == 0)
        return std::nullopt;
    made.to.host = error.substr(0, colon);
    return made;
}

bool is_for_later(std::string_view error) noexcept {
    return error.starts_with("TRYAGAIN") || error.starts_with("CLUSTERDOWN") || error.starts_with("LOADING");
}

bool was_carried_out(std::string_view error) {
    const auto code = error.substr(0, error.find(' '));
    const bool of_redis = !code.empty() && std::all_of(code.begin(), code.end(),
                                                       [](char each) { return each >= 'A' && each <= 'Z'; });
    return of_redis && !is_for_later(error) && !read_redirection(error);
}

}  // namespace kedge::cluster
