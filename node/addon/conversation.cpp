#include <kedge/node/addon/conversation.hpp>

#include <array>
#include <string>
#include <utility>

#include <kedge/engine/packet.hpp>
#include <kedge/engine/request.hpp>

namespace kedge::node {

std::uint32_t conversations::add(conversation& one) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(all_.size()));
        all_.push_back(nullptr);
    }
    const std::uint32_t id = free_.back();
    free_.pop_back();
    all_[id] = &one;
    return id;
}

/// A number that finds no place to be kept in is not given again.
void conversations::remove(std::uint32_t id) noexcept {
    all_[id] = nullptr;
    if (free_.size() < free_.capacity() || free_.size() < all_.size()) free_.push_back(id);
}

bool conversation_home::enter(std::uint32_t teller) {
    if (!above_.enter(teller)) return false;
    loop_->at_end_of_turn(*this);
    return true;
}

napi_value describe(const javascript& above, const engine::request& what) {
    std::vector<napi_value> parts{above.latin1(what.method()),
                                  above.latin1(what.target()),
                                  above.number(static_cast<std::uint32_t>(what.minor_version())),
                                  above.latin1(what.remote_address()),
                                  above.number(what.remote_port()),
                                  above.boolean(what.secure())};
    for (std::size_t i = 0; i < what.header_count(); ++i) {
        const engine::header_field each = what.header_at(i);
        parts.push_back(above.latin1(each.name));
        parts.push_back(above.latin1(each.value));
    }
    return above.list(parts);
}

conversation::conversation(conversation_home& home, engine::session& on)
    : home_(home), session_(on), id_(home.talks().add(*this)) {}

conversation::~conversation() {
    if (!gone_) home_.talks().remove(id_);
}

bool conversation::enter() {
    return !gone_ && home_.enter(conversation_home::first_talk + id_);
}

void conversation::begin() {
    if (!enter()) return;
    const javascript& above = home_.above();
    const javascript::values made(above);
    const bool v3 = session_.revision() == engine::revision::v3;
    home_.above().call(
        javascript::event::session,
        std::array{above.number(home_.number()), above.number(id_), above.latin1(session_.id()),
                   above.number(v3 ? 3 : 4), above.latin1(session_.first_request()->remote_address())});
}

// ---- what is sent

void conversation::send(engine::content_kind content, std::string_view data, bool compress, bool told) {
    const javascript::stay within(home_.above());
    engine::session::sent_callback sent;
    if (told)
        sent = [this] {
            if (enter()) home_.above().tell_plainly(javascript::event::sent, id_);
        };
    session_.send(content, data, compress, std::move(sent));
}

void conversation::send_shared() {
    const javascript::stay within(home_.above());
    if (home_.talks().shared()) session_.send(home_.talks().shared());
}

bool conversation::close(bool discard) {
    const javascript::stay within(home_.above());
    session_.close(discard);
    return session_.state() == engine::session_state::closed;
}

void conversation::abandon() {
    if (gone_) return;
    const javascript::stay within(home_.above());
    home_.talks().remove(id_);
    gone_ = true;
    session_.close(true);
}

void conversation::watch(bool yes) noexcept {
    session_.observe(yes ? this : nullptr);
}

std::uint32_t conversation::facts() const noexcept {
    std::uint32_t known = 0;
    if (session_.writable()) known |= writable;
    if (session_.kind() == engine::transport_kind::websocket) known |= on_websocket;
    if (session_.upgrading()) known |= upgrading;
    if (session_.upgraded()) known |= upgraded;
    return known;
}

// ---- what arrives

void conversation::on_text(engine::session&, std::span<char> text, const engine::request*) {
    if (enter()) home_.above().tell_text(javascript::event::text, id_, {text.data(), text.size()});
}

void conversation::on_binary(engine::session&, std::span<char> data, const engine::request*) {
    if (enter()) home_.above().tell_bytes(javascript::event::data, id_, data);
}

void conversation::on_packet(engine::session&, const engine::packet& received) {
    if (received.type != engine::packet_type::message)
        tell(inside::packet, static_cast<std::uint32_t>(received.type));
}

/// Messages are JavaScript's own.
void conversation::on_packet_create(engine::session&, const engine::outbound& made) {
    if (made.type != engine::packet_type::message)
        tell(inside::create, static_cast<std::uint32_t>(made.type));
}

void conversation::tell(inside what, std::uint32_t more) {
    if (!enter()) return;
    const javascript::values made(home_.above());
    home_.above().call(
        javascript::event::watched,
        std::array{home_.above().number(id_), home_.above().number(static_cast<std::uint32_t>(what)),
                   home_.above().number(more)});
}

/// Told in a scope of its own: the ticks of the messages before it come first. It can be asked for its
/// request until it was told.
void conversation::on_close(engine::session&, engine::close_reason reason, std::string_view description) {
    session_.observe(nullptr);
    const std::string why(description);
    if (home_.above().telling(conversation_home::first_talk + id_)) home_.above().leave();
    if (!enter()) return;
    gone_ = true;
    javascript& above = home_.above();
    {
        const javascript::values made(above);
        above.call(javascript::event::ended,
                   std::array{above.number(id_), above.latin1(engine::to_string(reason)), above.string(why),
                              above.number(facts())});
    }
    home_.talks().remove(id_);
    above.leave();
}

}  // namespace kedge::node
