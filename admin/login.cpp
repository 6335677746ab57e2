#include <kedge/admin/login.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/transports/net/random_openssl.hpp>

namespace kedge::admin {
namespace {

constexpr std::string_view wrong = "invalid credentials";
constexpr std::string_view too_often = "too many attempts";
constexpr std::size_t session_bytes = 8;  // as the reference has it
constexpr std::size_t longest_session = 64;

std::string new_session() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::byte, session_bytes> drawn{};
    transports::random_openssl().fill(drawn);
    std::string name;
    for (const std::byte each : drawn) {
        name += digits[std::to_integer<std::size_t>(each >> 4)];
        name += digits[std::to_integer<std::size_t>(each & std::byte{15})];
    }
    return name;
}

engine::time_point time_now() {
    return std::chrono::floor<engine::duration>(std::chrono::steady_clock::now());
}

}  // namespace

login::login(std::shared_ptr<page> to, basic_auth who, std::shared_ptr<session_store> store)
    : to_(std::move(to)),
      username_(std::move(who.username)),
      store_(std::move(store)),
      verifier_(password_hash(std::move(who.password))) {}

void login::decide(const socket& one, const next& answer) {
    if (!attempts_.admit(one.conn().remote_address(), time_now())) return refuse(one, answer, too_often);
    const auto session = one.state()->auth()["sessionId"].as_string();
    if (session.empty() || session.size() > longest_session) return check_password(one, answer);
    store_->find(std::string(session), [weak = weak_from_this(), one, answer](bool known) {
        const auto here = weak.lock();
        if (!here) return;
        if (!known) return here->check_password(one, answer);
        here->attempts_.forgive(one.conn().remote_address());
        answer();
    });
}

// The password is compared whoever is named: who tries learns nothing of names.
void login::check_password(const socket& one, const next& answer) {
    const value& username = one.state()->auth()["username"];
    const value& password = one.state()->auth()["password"];
    if (!username.is_string() || !password.is_string()) return refuse(one, answer, wrong);
    const bool named = same_text(username.as_string(), username_);
    const bool waits = verifier_.check(
        std::string(password.as_string()), [one] { return !one.state()->left(); },
        [this, one, answer, named](bool matches) {
            matches&& named ? accept(one, answer) : refuse(one, answer, wrong);
        });
    if (!waits) refuse(one, answer, too_often);
}

// The page hears of its session before it is let in.
void login::accept(const socket& one, const next& answer) {
    const auto session = new_session();
    to_->at().state()->owner().guarded("the store of logins threw", [&] { store_->save(session); });
    attempts_.forgive(one.conn().remote_address());
    to_->log(log_level::info, "an operator has logged in", {{"address", one.conn().remote_address()}});
    one.emit("session", session);
    answer();
}

void login::refuse(const socket& one, const next& answer, std::string_view why) const {
    to_->hint("a login of an operator was refused",
              {{"reason", why}, {"address", one.conn().remote_address()}});
    answer(connect_error(std::string(why)));
}

}  // namespace kedge::admin
