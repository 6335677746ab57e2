#include <kedge/socketio/core/client.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <kedge/socketio/core/conn_watch.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/value/value_memory.hpp>
#include <kedge/socketio/wire/nsp_url.hpp>
#include <kedge/socketio/wire/received_binaries.hpp>

namespace kedge {
namespace {

constexpr std::size_t most_forgiven = 16;
// From here on a message of its own is cheaper than a copy in whatever it waits in, which grows.
constexpr std::size_t large_binary = std::size_t{16} * 1024;
// What is kept takes more than its bytes: an event's passage through middlewares, a coroutine's frame, a
// socket.
constexpr std::size_t kept_overhead = 1024;

disconnect_reason translate(engine::close_reason reason) noexcept {
    switch (reason) {
        case engine::close_reason::transport_close:
            return disconnect_reason::transport_close;
        case engine::close_reason::transport_error:
            return disconnect_reason::transport_error;
        case engine::close_reason::ping_timeout:
            return disconnect_reason::ping_timeout;
        case engine::close_reason::parse_error:
            return disconnect_reason::parse_error;
        case engine::close_reason::forced_close:
            break;
    }
    return disconnect_reason::forced_close;
}

// What JavaScript takes for true.
bool truthy(const value& data) {
    if (data.is_boolean()) return data.as_boolean();
    if (data.is_number()) return data.as_number() != 0;
    if (data.is_string()) return !data.empty();
    return !data.is_null();
}

/// What the members take at most that a query becomes.
std::size_t memory_of_query(std::string_view nsp) noexcept {
    constexpr std::size_t member = 160;  // a name and a text, with what surrounds them
    const std::size_t mark = nsp.find('?');
    if (mark == std::string_view::npos) return 0;
    const std::string_view query = nsp.substr(mark);
    const auto members = static_cast<std::size_t>(std::count(query.begin(), query.end(), '&')) + 1;
    return nsp.size() + members * member;
}

void write_refusal(writer& to, const connect_error& why) {
    to.begin_object(why.data.is_null() ? 1 : 2);
    to.key("message");
    to.string(why.message);
    if (!why.data.is_null()) {
        to.key("data");
        why.data.write(to);
    }
    to.end_object();
}

}  // namespace

std::string_view client::entry::nsp() const noexcept {
    return socket ? std::string_view(socket->nsp().name()) : std::string_view(joining->nsp());
}

client::client(std::shared_ptr<hub> owner, desk& home, engine::session& below)
    : owner_(std::move(owner)),
      home_(home),
      session_(below),
      link_(std::make_shared<client_link>()),
      decoder_(owner_->parser()->make_decoder()),
      connect_timeout_(engine::timer::calls<&client::on_connect_timeout, client>(), this) {
    link_->who = this;
    link_->session = &below;
    auto& loop = session_.loop();
    loop.timers().arm(connect_timeout_, engine::later(loop.now(), owner_->settings().connect_timeout));
}

// Without on_close() before it only when the server is destroyed with sessions open.
client::~client() {
    link_->cut();
    for (const auto& each : entries_) {
        if (each.socket) each.socket->forget();
        if (each.joining) each.joining->forget();
    }
}

void client::begin() {
    if (revision_3()) start_join("/", value::object(), 0);
}

bool client::revision_3() const noexcept {
    return session_.revision() == engine::revision::v3;
}

// --- what is sent

void client::send(const encoded& made, bool compress) {
    if (made.attachments().empty()) return session_.send(made.content(), made.head(), compress);
    // Made before anything is said: without memory for them there is no half of a packet.
    std::vector<engine::message_ptr> large;
    for (const auto bytes : made.attachments())
        if (bytes.size() >= large_binary) large.push_back(binary_message(bytes, compress));
    session_.send(made.content(), made.head(), compress);
    auto next = large.begin();
    for (const auto bytes : made.attachments()) {
        if (bytes.size() >= large_binary)
            session_.send(*next++);
        else
            session_.send(engine::content_kind::binary,
                          {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, compress);
    }
}

void client::send(const packet_head& head, function_ref<void(writer&)> data) {
    send(owner_->parser()->encode(head, data));
}

// Clients of 1.x and 2.x take any JSON there and show it as it is.
void client::send_refusal(std::string_view nsp, const connect_error& why) {
    send({packet_type::connect_error, nsp, {}}, [&](writer& to) {
        if (!revision_3()) return write_refusal(to, why);
        if (truthy(why.data)) return why.data.write(to);
        to.string(why.message);
    });
}

void client::send_unknown(std::string_view nsp) {
    owner_->hint("a namespace that does not exist", {{"namespace", nsp}});
    send({packet_type::connect_error, nsp, {}}, [](writer& to) { write_refusal(to, "Invalid namespace"); });
}

// --- what arrives

void client::on_text(engine::session&, std::span<char> text, const engine::request*) {
    const desk::presence here(home_);
    if (!deaf_) on_decoded(decoder_->decode_text(text), text.size());
}

void client::on_binary(engine::session&, std::span<char> data, const engine::request*) {
    const desk::presence here(home_);
    const auto before = decoder_->held();
    if (deaf_) return;
    const decoded made = decoder_->decode_binary(data);
    const received_binaries at_hand(made.attachments());
    on_decoded(made, before + data.size());
}

std::size_t client::kept() const noexcept {
    return decoder_->held() + link_->kept.load(std::memory_order_relaxed);
}

void client::on_decoded(const decoded& made, std::size_t size) {
    awaits_.set(made.packet() ? 0 : decoder_->held());
    if (made.packet()) return receive(*made.packet(), size);
    if (!made.failed()) return home_.loop().arriving().look();
    deaf_ = true;
    const auto sockets = entries_;
    for (const auto& each : sockets)
        if (each.socket) each.socket->on_undecodable(made.error());
    const std::array<log_record::field, 2> facts{{{"error", made.error()}, {"session", session_.id()}}};
    owner_->log(log_level::info, "undecodable packet", facts);
    session_.close();
}

void client::receive(const packet& received, std::size_t size) {
    if (received.type == packet_type::connect) return on_connect(received, size);
    if (received.type == packet_type::connect_error) return break_rules("a client cannot refuse");
    entry* where = find(received.nsp);
    if (!where) {
        if (!forgiven(received.nsp)) break_rules("a packet for a namespace that was not joined");
        return;
    }
    if (received.type == packet_type::disconnect) return on_disconnect(*where);
    if (where->socket) return on_joined_packet(std::shared_ptr(where->socket), received, size);
    if (!where->joining->hold(received, std::max(size, memory_of(received.data))))
        break_rules("too much before the namespace was joined");
}

void client::on_joined_packet(const std::shared_ptr<socket_state>& socket, const packet& received,
                              std::size_t size) {
    if (received.type == packet_type::event) return socket->on_event(received, size);
    if (received.id) socket->on_ack(*received.id, received.arguments());
}

std::optional<kept_bytes> client::keep_bytes(std::size_t size) {
    if (link_->kept >= owner_->settings().max_kept_bytes_per_client) return std::nullopt;
    kept_bytes counted({link_, &link_->kept}, size + kept_overhead);
    home_.loop().arriving().look();
    return counted;
}

void client::on_connect(const packet& received, std::size_t size) {
    // What is kept of it are values: none is made that alone would be too much.
    size = std::max(size, revision_3() ? memory_of_query(received.nsp) : memory_of(received.data));
    if (size > owner_->settings().max_kept_bytes_per_client) return break_rules(too_much_is_kept);
    if (!revision_3())
        return join_anew(received.nsp, received.data.exists() ? value(received.data) : value::object(), size);
    auto [nsp, query] = split_nsp_url(received.nsp);
    if (nsp == "/" && find(nsp)) return;
    join_anew(nsp, std::move(query), size);
}

void client::join_anew(std::string_view nsp, value auth, std::size_t size) {
    if (nsp.size() > owner_->settings().max_nsp_length) return send_unknown(nsp);
    leave(nsp);
    if (!closed_) start_join(nsp, std::move(auth), size);
}

void client::start_join(std::string_view nsp, value auth, std::size_t size) {
    if (entries_.size() >= owner_->settings().max_namespaces_per_client)
        return send_refusal(nsp, connect_error("too many namespaces"));
    auto kept = keep_bytes(size);
    if (!kept) return break_rules(too_much_is_kept);
    if (forgiven_) std::erase(*forgiven_, nsp);
    auto started = std::make_shared<join>(*this, std::string(nsp), std::move(auth), std::move(*kept));
    entries_.push_back({nullptr, started});
    joins_wait_ || home_.crowded() ? start_later() : started->start();
}

// Who enters and leaves again and again fills the turn with sockets that have left.
void client::start_later() {
    if (std::exchange(joins_wait_, true)) return;
    home_.post([this, link = link_] {
        if (link->who) start_waiting();
    });
}

void client::start_waiting() {
    joins_wait_ = false;
    const auto all = entries_;
    for (const auto& each : all)
        if (each.joining) each.joining->start();
}

void client::on_joined(join& which, std::shared_ptr<socket_state> socket) {
    connect_timeout_.disarm();
    entry* const where = find(which.nsp());
    where->socket = socket;
    where->joining.reset();
    // Sockets are told of the client's end in the order in which they entered, not in which they asked.
    std::rotate(where, where + 1, entries_.data() + entries_.size());
    socket->enter();
    which.release(socket);
}

void client::on_refused(join& which, const connect_error& why) {
    drop(which);
    send_refusal(which.nsp(), why);
}

void client::on_unknown(join& which) {
    drop(which);
    send_unknown(which.nsp());
}

// What the program did in between may have ended this client.
void client::drop(join& which) {
    if (const auto* where = find(which.nsp()); where && where->joining.get() == &which) erase(*where);
    forgive(which.nsp());
}

// --- leaving

void client::on_disconnect(entry& where) {
    leave(where.nsp());
}

void client::leave(std::string_view nsp) {
    entry* where = find(nsp);
    if (!where) return;
    if (const auto socket = where->socket)
        return socket->leave_namespace(disconnect_reason::client_namespace_disconnect);
    const auto joining = where->joining;
    erase(*where);
    joining->cancel();
}

void client::on_left(socket_state& socket, bool forgiving) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const entry& each) { return each.socket.get() == &socket; });
    if (found == entries_.end()) return;
    home_.bury(std::move(found->socket));
    entries_.erase(found);
    if (forgiving) forgive(socket.nsp().name());
}

// Joins are silenced before anybody is told: a handler that hears of a parting may answer for one of them.
// Whatever fails, nobody is here any more then.
void client::part_with_all(function_ref<void(socket_state&)> part) noexcept {
    for (const auto& each : entries_)
        if (each.joining) each.joining->silence();
    const auto report = [this](const std::exception_ptr& thrown) {
        owner_->log_exception("a socket has not left properly", thrown);
    };
    while (!entries_.empty()) {
        const entry first = entries_.front();
        if (first.socket) engine::guarded([&] { part(*first.socket); }, report);
        if (first.joining) engine::guarded([&] { first.joining->cancel(); }, report);
        std::erase_if(entries_, [&](const entry& each) {
            return each.socket == first.socket && each.joining == first.joining;
        });
        home_.bury(first.socket);  // one of its handlers may be what called
    }
}

void client::dismiss_all() {
    part_with_all([](socket_state& each) { each.dismiss(); });
    session_.close();
}

void client::leave_all(disconnect_reason reason, std::string_view description) {
    closed_ = deaf_ = true;
    connect_timeout_.disarm();
    part_with_all([&](socket_state& each) { each.leave_namespace(reason, description); });
}

conn_watch& client::watch() {
    if (!watch_) {
        watch_ = std::make_unique<conn_watch>(home_);
        session_.observe(watch_.get());
    }
    return *watch_;
}

void client::unwatch(const socket_state& left) {
    if (watch_) watch_->forget(left);
}

void client::on_close(engine::session&, engine::close_reason reason, std::string_view description) {
    const desk::presence here(home_);
    const bool shutting_down = owner_->closing() && reason == engine::close_reason::forced_close;
    if (!closed_)
        leave_all(shutting_down ? disconnect_reason::server_shutting_down : translate(reason), description);
    link_->cut();
}

// The session closes for `forced close` if it can at once; if it must wait for a poll, the sockets do not.
void client::break_rules(std::string_view what) {
    const std::array<log_record::field, 2> facts{{{"rule", what}, {"session", session_.id()}}};
    owner_->log(log_level::info, "protocol violation", facts);
    session_.close();
    if (!closed_) leave_all(disconnect_reason::forced_server_close, {});
}

void client::on_connect_timeout(engine::time_point) {
    const desk::presence here(home_);
    break_rules("no namespace was joined in time");
}

// --- which namespaces

client::entry* client::find(std::string_view nsp) noexcept {
    for (auto& each : entries_)
        if (each.nsp() == nsp) return &each;
    return nullptr;
}

void client::erase(const entry& which) noexcept {
    entries_.erase(entries_.begin() + (&which - entries_.data()));
}

bool client::forgiven(std::string_view nsp) const noexcept {
    return forgiven_ && std::find(forgiven_->begin(), forgiven_->end(), nsp) != forgiven_->end();
}

void client::forgive(std::string_view nsp) {
    if (!forgiven_) forgiven_ = std::make_unique<std::deque<std::string>>();
    std::erase(*forgiven_, nsp);
    forgiven_->emplace_back(nsp);
    if (forgiven_->size() > most_forgiven) forgiven_->pop_front();
}

}  // namespace kedge
