#include <kedge/sockjs/member.hpp>

#include <array>
#include <utility>

#include <kedge/sockjs/client.hpp>
#include <kedge/sockjs/room_listener.hpp>
#include <kedge/sockjs/service.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/net/random_openssl.hpp>

namespace kedge::sockjs {

namespace {

/// An id that nobody guesses: what a client calls itself may be known to others.
std::string make_id() {
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuv";
    std::array<std::byte, 20> bytes{};
    transports::random_openssl random;
    random.fill(bytes);
    std::string id;
    for (const std::byte each : bytes) id += digits[std::to_integer<unsigned>(each) & 31];
    return id;
}

/// What a request takes while it is kept, about.
std::size_t size_of(const engine::request& kept) noexcept {
    std::size_t size = 512 + kept.target().size();
    for (std::size_t at = 0; at < kept.header_count(); ++at)
        size += kept.header_at(at).name.size() + kept.header_at(at).value.size();
    return size;
}

// What clients are told when the server ends.
constexpr std::uint16_t leaving = 1001;
constexpr std::string_view leaving_reason = "Server shutting down";

}  // namespace

member::member(transports::http_share& home, service& of, member_owner& owner, engine::request_ptr first,
               std::string_view transport)
    : home_(home),
      of_(of),
      owner_(owner),
      link_(std::make_shared<client_link>()),
      head_size_(size_of(*first)) {
    link_->id = make_id();
    link_->request = std::move(first);
    link_->transport = transport;
    link_->way = home.way();
    link_->loop = &home.home();
    link_->at = this;
    of_.counted.opened.fetch_add(1, std::memory_order_relaxed);
    of_.kept.fetch_add(head_size_, std::memory_order_relaxed);
}

member::~member() {
    of_.kept.fetch_sub(head_size_, std::memory_order_relaxed);
    link_->at = nullptr;
    link_->connected = false;
}

void member::introduce() {
    if (!of_.on_connection) return;
    home_.home().guarded([this] { of_.on_connection(client(link_)); });
}

void member::on_message(std::function<void(std::string_view)> handler) {
    message_handler_ = std::make_shared<std::function<void(std::string_view)>>(std::move(handler));
}

void member::on_close(std::function<void(std::uint16_t, std::string_view)> handler) {
    close_handler_ = std::move(handler);
}

/// The handler is held: it may put another in its place.
void member::tell_message(std::string_view message) {
    of_.counted.messages_in.fetch_add(1, std::memory_order_relaxed);
    const auto held = message_handler_;
    if (held && *held) home_.home().guarded([&] { (*held)(message); });
}

void member::tell_close(std::uint16_t code, std::string_view reason) {
    link_->connected = false;
    for (const auto& each : listeners_) each->stop();
    of_.counted.closed.fetch_add(1, std::memory_order_relaxed);
    const auto held = std::move(close_handler_);
    if (held) home_.home().guarded([&] { held(code, reason); });
}

void member::tell_room() {
    if (const auto told = std::exchange(room_handler_, nullptr)) home_.home().guarded(told);
}

void member::depart() {
    link_->at = nullptr;
    owner_.on_gone(*this);
}

void member::wind_up() {
    close(leaving, leaving_reason);
}

// ---- rooms

room_listener* member::listener_of(const nsp_state& where) noexcept {
    for (const auto& each : listeners_) {
        if (each->hears(where)) return each.get();
    }
    return nullptr;
}

void member::join(const std::shared_ptr<nsp_state>& where, std::string_view room) {
    if (!link_->connected) return;
    room_listener* at = listener_of(*where);
    if (!at) at = listeners_.emplace_back(std::make_unique<room_listener>(*this, link_->id, where)).get();
    at->join(room);
}

void member::leave(const std::shared_ptr<nsp_state>& where, std::string_view room) {
    if (room_listener* const at = listener_of(*where)) at->leave(room);
}

// ---- with a session

session_member::session_member(transports::http_share& home, service& of, member_owner& owner,
                               engine::request_ptr first, std::string_view transport, std::string key)
    : member(home, of, owner, std::move(first), transport),
      key_(std::move(key)),
      session_(home.home(), of.terms, *this, of.kept) {}

void session_member::say(std::string_view message) {
    of().counted.messages_out.fetch_add(1, std::memory_order_relaxed);
    session_.send(message);
}

void session_member::say_written(std::string_view, const std::string& written) {
    of().counted.messages_out.fetch_add(1, std::memory_order_relaxed);
    session_.send_written(written);
}

/// Who is away finds no server when it returns.
void session_member::wind_up() {
    if (session_.attached()) return member::wind_up();
    session_.drop(leaving, leaving_reason);
}

}  // namespace kedge::sockjs
