#include <kedge/stomp/participant.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/events/exception_message.hpp>
#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/wire/codec_reader.hpp>

namespace kedge::stomp {

namespace {

refusal unknown_destination(std::string_view destination) {
    return {.message = "unknown destination", .details = std::string(destination)};
}

/// Rooms that no destination names are the broker's own.
bool may_be_room(std::string_view name) noexcept {
    return std::none_of(name.begin(), name.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

/// What a message to a topic is called among sockets.
std::string_view event_of(const frame& sent) noexcept {
    return sent.find("event") ? sent.value("event") : "message";
}

/// The body of a message as arguments: of a JSON array its items, of any other JSON that alone, no body:
/// none.
class body_arguments {
  public:
    explicit body_arguments(std::string body) : text_(std::move(body)) {
        const std::size_t size = text_.size();
        text_.push_back('\0');
        readable_ = size == 0 || read_json({text_.data(), size}, max_depth, tape_) == json_outcome::read;
    }
    bool readable() const noexcept { return readable_; }
    items all() const noexcept {
        const item root = tape_.root();
        if (!root.exists()) return {};
        return root.is_array() ? root.as_array() : items(root.position(), 1);
    }

  private:
    static constexpr std::size_t max_depth = 100;
    std::string text_;
    tape tape_;
    bool readable_ = false;
};

}  // namespace

participant::participant(transports::http_share& home, broker_core& of, participant_owner& owner,
                         engine::request_ptr first)
    : home_(home),
      of_(of),
      owner_(owner),
      link_(std::make_shared<client_link>()),
      session_(home.home(), of.terms, *this, *this),
      rest_(home.home().arriving(), *this) {
    link_->id = make_id();
    link_->request = std::move(first);
    link_->way = home.way();
    link_->at = this;
    if (!of.relay) return;
    net_ = std::make_unique<broker_connection>(home.home(), of.relay->address(), of.relay->tls);
    far_ = std::make_unique<relayed>(home.home(), *of.relay, *net_, session_,
                                     static_cast<relayed_owner&>(*this));
    net_->use(far_->link());
}

participant::~participant() {
    if (!rest_.empty()) home_.home().drop_carried(*this);
    link_->at = nullptr;
    link_->connected = false;
}

// ---- coming in

void participant::on_connect(stomp::session&, const frame& asked) {
    link_->connect = {.command = asked.command, .headers = asked.headers, .body = {}};
    if (!of_.on_connect) return accept({});
    connect_request request(link_);
    home_.home().guarded([&] { of_.on_connect(std::move(request)); });
}

void participant::accept(std::string user) {
    if (!session_.connecting()) return;
    link_->user = std::move(user);
    far_ ? approach_broker() : let_in();
}

void participant::let_in() {
    if (!session_.connecting()) return;
    link_->connected = true;
    of_.counted.opened.fetch_add(1, std::memory_order_relaxed);
    std::vector<header_view> more;
    if (!link_->user.empty()) more.emplace_back("user-name", link_->user);
    session_.accept(link_->id, more);
}

void participant::refuse(std::string_view message) {
    session_.fail({.message = std::string(message)});
}

// ---- subscriptions

std::optional<refusal> participant::asked(
    const std::function<std::optional<std::string>(const client&, std::string_view)>& rule,
    std::string_view destination) {
    if (!rule) return std::nullopt;
    std::optional<std::string> why = "the server could not decide";
    home_.home().guarded([&] { why = rule(client(link_), destination); });
    if (!why && session_.connected()) return std::nullopt;
    if (!why) why = "the client was refused";  // by the rule itself, and has gone
    return refusal{.message = std::move(*why), .details = std::string(destination)};
}

std::optional<refusal> participant::on_subscribe(stomp::session&, const subscription& made,
                                                 const frame& asked_for) {
    const std::string_view destination = made.destination;
    if (far(destination)) {
        if (std::optional<refusal> why = asked(of_.may_subscribe, destination)) return why;
        far_->forward(asked_for);
        return std::nullopt;
    }
    const bool topic = below(destination, topic_prefix) && may_be_room(destination);
    const bool own = below(destination, user_prefix) && may_be_room(destination);
    const bool kept = of_.terms.queues.enabled && below(destination, queue_prefix);
    if (!topic && !own && !kept) return unknown_destination(destination);
    if (std::optional<refusal> why = asked(of_.may_subscribe, destination)) return why;
    if (kept) read_queue(made, asked_for);
    const std::string_view last = asked_for.value(last_event_header);
    if (topic) listen(made, std::string(destination.substr(topic_prefix.size())), {}, last);
    if (own && !link_->user.empty())
        listen(made, user_room(link_->user), destination.substr(user_prefix.size() - 1), last);
    return std::nullopt;
}

void participant::on_unsubscribe(stomp::session&, const subscription& ended, const frame& asked_for) {
    if (far(ended.destination)) return far_->forward(asked_for);
    const auto read = std::find_if(readers_.begin(), readers_.end(),
                                   [&](const reader& each) { return each.subscription == ended.id; });
    if (read != readers_.end()) {
        stop_reading(*read);
        readers_.erase(read);
    }
    const auto found = std::find_if(listeners_.begin(), listeners_.end(),
                                    [&](const auto& each) { return each->subscription_id() == ended.id; });
    if (found == listeners_.end()) return;
    std::shared_ptr<topic_listener> stopped = std::move(*found);
    listeners_.erase(found);
    const std::optional<std::uint64_t> errand = stopped->errand();
    stopped->stop();
    if (errand) settle(*errand, std::nullopt);
    of_.topics->owner().here()->bury(std::move(stopped));
}

// ---- messages

std::optional<refusal> participant::may_send(stomp::session&, const frame& sent) {
    of_.counted.messages_in.fetch_add(1, std::memory_order_relaxed);
    const std::string_view destination = sent.value("destination");
    const bool topic = below(destination, topic_prefix) && may_be_room(destination);
    const bool kept = of_.terms.queues.enabled && below(destination, queue_prefix);
    const bool handled = below(destination, app_prefix) && of_.handlers.contains(destination);
    if (far(destination)) {
        if (far_->overrun()) return refusal{.message = "the broker takes no more", .details = {}};
    } else if (!topic && !kept && !handled) {
        return unknown_destination(destination);
    } else if (topic && is_reserved_event(event_of(sent))) {
        return refusal{.message = "the event's name is reserved", .details = std::string(event_of(sent))};
    }
    return asked(of_.may_send, destination);
}

std::optional<refusal> participant::on_send(stomp::session&, frame& sent) {
    const std::string destination(sent.value("destination"));
    if (far(destination)) {
        far_->forward(sent);
        return std::nullopt;
    }
    if (below(destination, topic_prefix))
        return publish(sent, std::string_view(destination).substr(topic_prefix.size()));
    if (below(destination, queue_prefix)) return enqueue(sent, destination);
    return call_application(sent, destination);
}

/// To the sockets of the room as an event, to its other listeners as what they hear.
std::optional<refusal> participant::publish(const frame& sent, std::string_view room) {
    const std::string_view event = event_of(sent);
    const auto [body, headers] = travelling(sent);
    broadcast_options to;
    to.rooms.emplace_back(room);
    with_arguments([&](const outgoing_arguments& both) { of_.topics->emit(std::move(to), event, both); },
                   body, headers);
    return std::nullopt;
}

std::optional<refusal> participant::call_application(const frame& sent, std::string_view destination) {
    const auto found = of_.handlers.find(destination);
    const body_arguments given(sent.body);
    if (!given.readable())
        return refusal{.message = "the body is no JSON", .details = std::string(destination)};
    const message received{client(link_), destination, sent};
    const std::string_view told = sent.value("reply-to");
    const std::string reply_to = "/queue/" + std::string(destination.substr(app_prefix.size()));
    handler_call context(received, told.starts_with("/user/") ? told.substr(user_prefix.size() - 1)
                                                              : std::string_view(reply_to));
    std::optional<refusal> why;
    try {
        if (const auto wrong = found->second->call(given.all(), context))
            why = refusal{.message = wrong->message(), .details = std::string(destination)};
    } catch (...) {
        home_.home().report(std::current_exception());
        why = refusal{.message = "the server failed to handle it", .details = std::string(destination)};
    }
    return why;
}

std::string participant::next_message_id() {
    of_.counted.messages_out.fetch_add(1, std::memory_order_relaxed);
    return topic_mark + std::to_string(of_.counted.last_message.fetch_add(1, std::memory_order_relaxed) + 1);
}

void participant::hear(const subscription& to, const broadcast_packet& event) {
    const rendering_ptr made = render(event);
    std::vector<header_view> headers;
    headers.reserve(made->headers.size() + 1);
    for (const auto& [name, value] : made->headers) headers.emplace_back(name, value);
    if (!event.offset().empty()) headers.emplace_back(event_id_header, event.offset());
    const std::string id = next_message_id();
    session_.deliver(to, to.destination, id, to.ack == ack_mode::automatic ? std::string_view() : id, headers,
                     made->body);
}

void participant::tell(std::string_view destination, std::string_view json) {
    const std::string wanted =
        std::string(user_prefix.substr(0, user_prefix.size() - 1)) + std::string(destination);
    const std::array<header_view, 1> headers{{{"content-type", "application/json"}}};
    for (const subscription& each : session_.subscriptions()) {
        if (each.destination != wanted) continue;
        const std::string id = next_message_id();
        session_.deliver(each, wanted, id, each.ack == ack_mode::automatic ? std::string_view() : id, headers,
                         json);
    }
}

// ---- the end

void participant::on_close(stomp::session&) {
    if (link_->connected.exchange(false)) of_.counted.closed.fetch_add(1, std::memory_order_relaxed);
    if (session_.failed()) of_.counted.errors.fetch_add(1, std::memory_order_relaxed);
    for (const auto& each : listeners_) each->stop();
    for (reader& each : readers_) stop_reading(each);
    readers_.clear();
    if (far_) far_->stop();
}

void participant::wind_up() {
    session_.fail({.message = "the server ends"});
}

}  // namespace kedge::stomp
