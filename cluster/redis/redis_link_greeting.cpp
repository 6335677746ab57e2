// How a connection to Redis begins.
#include <array>
#include <span>
#include <utility>

#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

/// An answer of a server that does not know HELLO (before Redis 6, and some proxies), or not its third
/// version.
bool is_older(std::string_view error) {
    return error.starts_with("NOPROTO") || error.starts_with("ERR unknown command") ||
           error.starts_with("ERR unsupported") || error.starts_with("ERR Protocol version");
}

}  // namespace

void redis_link::on_connected() {
    if (state_ != state::connecting) return;
    state_ = state::greeting;
    ++connection_;
    figures().connections.add();
    reader_.reset();
    greeting_.clear();
    tried_hello_ = true;
    std::string hello;
    std::array<std::string_view, 7> words{"HELLO", "3"};
    std::size_t count = 2;
    if (!options_.password.empty()) {
        words[count++] = "AUTH";
        words[count++] = options_.user.empty() ? "default" : std::string_view(options_.user);
        words[count++] = options_.password;
    }
    if (!options_.name.empty()) {
        words[count++] = "SETNAME";
        words[count++] = options_.name;
    }
    append_command(hello, std::span(words).first(count));
    if (options_.database != 0)
        greeting_.push_back(make_command({"SELECT", std::to_string(options_.database)}));
    // Redis that was restarted greets while it loads what it had, and refuses what is to be written.
    if (options_.answers) greeting_.push_back(make_command({"PING"}));
    out_.output() += hello;
}

void redis_link::greet_the_old_way() {
    tried_hello_ = false;
    if (!options_.name.empty()) greeting_.push_front(make_command({"CLIENT", "SETNAME", options_.name}));
    if (options_.password.empty()) return;
    greeting_.push_front(options_.user.empty() ? make_command({"AUTH", options_.password})
                                               : make_command({"AUTH", options_.user, options_.password}));
}

/// What answers PING, the last of the greeting, is there, whatever it says but this.
bool redis_link::is_harmless(std::string_view error) const {
    const bool to_ping = options_.answers && !tried_hello_ && greeting_.empty();
    return to_ping && !error.starts_with("LOADING") && !error.starts_with("NOAUTH");
}

void redis_link::on_greeting(resp_value reply) {
    if (reply.is_error() && !is_harmless(reply.text())) {
        if (!tried_hello_ || !is_older(reply.text())) return lose(reply.text());
        greet_the_old_way();
    } else {
        tried_hello_ = false;
    }
    if (greeting_.empty()) return on_greeted();
    out_.output() += greeting_.front();
    greeting_.pop_front();
}

}  // namespace kedge::cluster
