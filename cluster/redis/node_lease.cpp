#include <kedge/cluster/redis/node_lease.hpp>

#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include <kedge/cluster/redis/resp_writer.hpp>
#include <kedge/engine/base64.hpp>

namespace kedge::cluster {

namespace {

std::string milliseconds(engine::duration time) {
    return std::to_string(time.count());
}

std::optional<std::uint8_t> read_number(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number >= node_lease::numbers)
        return std::nullopt;
    return static_cast<std::uint8_t>(number);
}

std::string unique_name(engine::random_source& random) {
    std::array<std::byte, 12> drawn{};
    random.fill(drawn);
    std::string name;
    engine::append_base64url(name, drawn);
    return name;
}

}  // namespace

std::optional<transports::dial_address> parse_node_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != host.npos) {
        return std::nullopt;
    }
    transports::dial_address made{std::string(host), 0, {}};
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), made.port);
    if (host.empty() || error != std::errc() || end != port.data() + port.size()) return std::nullopt;
    return made;
}

node_lease::node_lease(engine::loop& home, command_port& commands, engine::random_source& random,
                       std::string key, std::string_view address, hooks told)
    : home_(home),
      redis_(commands),
      random_(random),
      key_(std::move(key)),
      value_(std::string(address) + ',' + unique_name(random)),
      hooks_(std::move(told)),
      timer_(engine::timer::calls<&node_lease::on_time, node_lease>(), this) {}

void node_lease::start() {
    ask();
}

std::string node_lease::key_of(unsigned number) const {
    return key_ + ':' + std::to_string(number);
}

void node_lease::again(engine::duration after) {
    home_.timers().arm(timer_, engine::later(home_.now(), after));
}

/// All numbers are asked for at once: that is one command in five seconds.
void node_lease::ask() {
    if (over_) return;
    ask_again_ = asking_;
    if (asking_) return;
    if (!redis_.ready()) return again(asked_again_after);
    asking_ = true;
    std::vector<std::string> keys;
    keys.reserve(numbers);
    for (unsigned i = 0; i < numbers; ++i) keys.push_back(key_of(i));
    std::vector<std::string_view> words{"MGET"};
    words.insert(words.end(), keys.begin(), keys.end());
    std::string command;
    append_command(command, words);
    redis_.ask(command, [this](resp_value reply) { on_all(reply); });
}

void node_lease::on_all(resp_value reply) {
    asking_ = false;
    if (over_) return;
    if (reply.size() != numbers) {
        if (reply.is_error() && redis_.ready())
            hooks_.log(log_level::warning, "the nodes of the fleet are not known", reply.text());
        return again(redis_.ready() ? renewed_every : asked_again_after);
    }
    taken_.reset();
    bool changed = false;
    std::uint8_t number = 0;
    for (const resp_value each : reply) {
        const std::string_view value = each.text();
        if (!value.empty()) {
            taken_.set(number);
            if (value != value_ && values_[number] != value) {
                learn(number, value);
                changed = true;
            }
            missed_since_.erase(number);
        } else if (hearsay_.test(number) && !ask_again_) {  // else it may be older than what was said
            changed = forget(number) || changed;
        } else if (values_.contains(number)) {
            missed_since_.emplace(number, home_.now());
        }
        ++number;
    }
    if (!ask_again_) hearsay_.reset();
    changed = forget_missing() || changed;
    if (changed) tell();
    hold(own_ == engine::no_node ? resp_value() : reply[own_]);
}

void node_lease::learn(std::uint8_t number, std::string_view value) {
    values_[number] = value;
    const auto where = parse_node_address(value.substr(0, value.find(',')));
    if (where)
        others_[number] = *where;
    else
        others_.erase(number);
}

bool node_lease::forget(std::uint8_t number) {
    values_.erase(number);
    missed_since_.erase(number);
    return others_.erase(number) > 0;
}

bool node_lease::forget_missing() {
    bool some = false;
    for (auto each = missed_since_.begin(); each != missed_since_.end();) {
        if (home_.now() < engine::later(each->second, missed_for)) {
            ++each;
            continue;
        }
        values_.erase(each->first);
        some = others_.erase(each->first) > 0 || some;
        each = missed_since_.erase(each);
    }
    return some;
}

/// Keeps the number that this node has, as far as Redis says that it has it.
void node_lease::hold(resp_value reply) {
    if (own_ == engine::no_node) return claim();
    if (reply.text() == value_) {
        redis_.ask(make_command({"PEXPIRE", key_of(own_), milliseconds(lasts)}), [](resp_value) {});
    } else if (reply.is_null()) {
        const std::uint8_t number = own_;
        redis_.ask(make_command({"SET", key_of(number), value_, "NX", "PX", milliseconds(lasts)}),
                   [](resp_value) {});  // the next answer tells whose it is
    } else {
        lose("another node has this one's number");
        return claim();
    }
    if (ask_again_) return ask();
    again(renewed_every);
}

/// Begins anywhere, so that a number that has just run out, and may stand in ids still, is hardly taken.
void node_lease::claim() {
    std::array<std::byte, 1> drawn{};
    random_.fill(drawn);
    const unsigned first = std::to_integer<unsigned>(drawn[0]) % numbers;
    for (unsigned i = 0; i < numbers; ++i) {
        const auto number = static_cast<std::uint8_t>((first + i) % numbers);
        if (taken_.test(number) || values_.contains(number)) continue;
        asking_ = true;
        return redis_.ask(make_command({"SET", key_of(number), value_, "NX", "PX", milliseconds(lasts)}),
                          [this, number](resp_value reply) { on_claimed(number, reply); });
    }
    hooks_.log(log_level::error, "no number is left in the fleet", "");
    again(renewed_every);
}

void node_lease::on_claimed(std::uint8_t number, resp_value reply) {
    asking_ = false;
    if (over_) return;
    if (reply.text() != "OK") {
        if (reply.is_error() && redis_.ready())
            hooks_.log(log_level::warning, "a number in the fleet was refused", reply.text());
        return again(asked_again_after);
    }
    own_ = number;
    redis_.ask(make_command({"PUBLISH", key_, std::to_string(number) + " " + value_}), [](resp_value) {});
    hooks_.log(log_level::info, "joined the fleet", std::to_string(number));
    tell();
    if (ask_again_) return ask();
    again(renewed_every);
}

void node_lease::lose(std::string_view why) {
    own_ = engine::no_node;
    hooks_.log(log_level::warning, "lost the number in the fleet", why);
    tell();
}

/// "number value" of who came; "number" of who went.
bool node_lease::on_announced(std::string_view message) {
    const auto space = message.find(' ');
    const auto number = read_number(message.substr(0, space));
    const std::string_view value = space == message.npos ? "" : message.substr(space + 1);
    if (!number || (space != message.npos && !parse_node_address(value.substr(0, value.find(',')))))
        return false;
    if (over_ || *number == own_ || value == value_) return true;
    hearsay_.set(*number);
    if (!value.empty() && !values_.contains(*number)) {
        learn(*number, value);
        tell();
    }
    ask();
    return true;
}

void node_lease::release() {
    if (std::exchange(over_, true)) return;
    timer_.disarm();
    if (own_ == engine::no_node) return;
    redis_.ask(make_command({"DEL", key_of(own_)}), [](resp_value) {});
    redis_.ask(make_command({"PUBLISH", key_, std::to_string(own_)}), [](resp_value) {});
}

void node_lease::tell() {
    hooks_.on_change(own_, others_);
}

}  // namespace kedge::cluster
