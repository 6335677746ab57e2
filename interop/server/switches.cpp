#include "switches.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace interop {
namespace {

template <class Number>
Number number(std::string_view name, std::string_view text) {
    Number result{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc() || end != text.data() + text.size())
        throw std::invalid_argument(std::string(name) + " takes a number");
    return result;
}

bool take_flag(switches& to, std::string_view name) {
    if (name == "--app") return to.app = true;
    if (name == "--engine") return to.engine = true;
    if (name == "--eio3") return to.eio3 = true;
    if (name == "--recovery") return to.recovery = true;
    if (name == "--admin-readonly") return to.admin_readonly = true;
    return false;
}

/// name=value,name=value
void take_adapter_options(switches& to, std::string_view text) {
    while (!text.empty()) {
        const auto one = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), one.size() + 1));
        const auto sign = one.find('=');
        if (sign == std::string_view::npos) throw std::invalid_argument("an option without a value");
        to.adapter_options.emplace(one.substr(0, sign), one.substr(sign + 1));
    }
}

void take_option(switches& to, std::string_view name, std::string_view text) {
    const auto milliseconds = [&] { return std::chrono::milliseconds(number<std::int64_t>(name, text)); };
    if (name == "--port") {
        to.port = number<std::uint16_t>(name, text);
    } else if (name == "--threads") {
        to.threads = number<unsigned>(name, text);
    } else if (name == "--ping-interval") {
        to.ping_interval = milliseconds();
    } else if (name == "--ping-timeout") {
        to.ping_timeout = milliseconds();
    } else if (name == "--connect-timeout") {
        to.connect_timeout = milliseconds();
    } else if (name == "--max-buffer") {
        to.max_buffer = number<std::size_t>(name, text);
    } else if (name == "--tls-cert") {
        to.tls_cert = text;
    } else if (name == "--tls-key") {
        to.tls_key = text;
    } else if (name == "--folder") {
        to.folder = text;
    } else if (name == "--redis") {
        to.redis = text;
    } else if (name == "--redis-node") {
        to.redis_nodes.emplace_back(text);
    } else if (name == "--sentinel") {
        to.sentinels.emplace_back(text);
    } else if (name == "--adapter") {
        to.adapter = text;
    } else if (name == "--mode") {
        to.mode = text;
    } else if (name == "--adapter-options") {
        take_adapter_options(to, text);
    } else if (name == "--fleet-address") {
        to.fleet_address = text;
    } else if (name == "--fleet-node") {
        to.fleet_nodes.emplace_back(text);
    } else if (name == "--admin") {
        to.admin = text;
    } else if (name == "--admin-mode") {
        to.admin_mode = text;
    } else if (name == "--node") {
        to.node = text;
    } else if (name == "--parser" && text == "msgpack") {
        to.msgpack = true;
    } else {
        throw std::invalid_argument("unknown switch: " + std::string(name) + " " + std::string(text));
    }
}

}  // namespace

switches parse(int count, char** given) {
    switches result;
    for (int i = 1; i < count; ++i) {
        if (take_flag(result, given[i])) continue;
        if (i + 1 == count) throw std::invalid_argument(std::string(given[i]) + " takes a value");
        take_option(result, given[i], given[i + 1]);
        ++i;
    }
    return result;
}

}  // namespace interop
