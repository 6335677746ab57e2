#include <kedge/stomp/session.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace kedge::stomp {

namespace {

constexpr std::string_view supported = "1.0,1.1,1.2";
constexpr std::string_view server_name = "kedge/0.1.0";

struct beats {
    engine::duration sends{0};
    engine::duration wants{0};
};

std::optional<engine::duration> read_milliseconds(std::string_view digits) noexcept {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return engine::duration(value);
}

/// What a client says of its heart-beats.
std::optional<beats> read_beats(std::string_view text) noexcept {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const auto sends = read_milliseconds(text.substr(0, comma));
    const auto wants = read_milliseconds(text.substr(comma + 1));
    if (!sends || !wants) return std::nullopt;
    return beats{*sends, *wants};
}

/// How often one side sends: the slower of what it offers and what the other wants, or never.
engine::duration agreed(engine::duration offered, engine::duration wanted) noexcept {
    if (offered.count() == 0 || wanted.count() == 0) return engine::duration{0};
    return std::max(offered, wanted);
}

/// The highest version in a comma-separated list, if we speak any of them.
std::optional<version> highest(std::string_view list) noexcept {
    std::optional<version> best;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t end = std::min(list.find(',', at), list.size());
        std::string_view one = list.substr(at, end - at);
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        for (const version each : {version::v1_0, version::v1_1, version::v1_2}) {
            if (one == text(each) && (!best || each > *best)) best = each;
        }
        at = end + 1;
    }
    return best;
}

refusal missing(std::string_view name, const frame& in) {
    return {.message = in.command + " needs the header " + std::string(name)};
}

std::size_t size_of(const frame& held) noexcept {
    std::size_t size = sizeof(frame) + held.command.size() + held.body.size();
    for (const auto& [name, value] : held.headers) size += sizeof(header) + name.size() + value.size();
    return size;
}

}  // namespace

session::session(engine::loop& home, const options& terms, wire& to, session_owner& owner)
    : home_(home),
      terms_(terms),
      wire_(to),
      owner_(owner),
      parser_({.head = terms.max_head_bytes, .headers = terms.max_headers, .body = terms.max_body_bytes}),
      silence_(engine::timer::calls<&session::on_silence, session>(), this),
      beat_(engine::timer::calls<&session::on_beat, session>(), this) {
    home_.timers().arm(silence_, home_.now() + terms_.connect_timeout);
}

// ---- what the client sends

void session::receive(std::string_view bytes) {
    if (state_ == state::connected) note_life();
    while (!bytes.empty() && state_ != state::leaving && state_ != state::over) {
        const frame_parser::outcome got = parser_.feed(bytes);
        if (got == frame_parser::outcome::broken) return fail({.message = std::string(parser_.problem())});
        if (got == frame_parser::outcome::frame) on_frame(parser_.read());
    }
}

void session::on_frame(frame& got) {
    const bool connects = got.command == "CONNECT" || got.command == "STOMP";
    if (connects && state_ == state::fresh) return on_connect(got);
    if (connects || state_ != state::connected)
        return fail({.message = connects ? "connected already" : "CONNECT comes first"},
                    got.value("receipt"));
    if (got.command == "DISCONNECT") return disconnect(got);
    if (const std::optional<refusal> why = act(got)) return fail(*why, got.value("receipt"));
    if (state_ == state::connected) give_receipt(got);
}

void session::on_connect(const frame& got) {
    if (!agree_version(got) || !agree_heart_beat(got)) return;
    state_ = state::connecting;
    parser_.speak(version_);
    owner_.on_connect(*this, got);
}

bool session::agree_version(const frame& got) {
    const std::string* const asked = got.find("accept-version");
    const std::optional<version> best = asked ? highest(*asked) : std::optional(version::v1_0);
    if (best) {
        version_ = *best;
        return true;
    }
    const std::array<header_view, 3> headers{{{"version", supported},
                                              {"message", "no version that the server speaks"},
                                              {"content-type", "text/plain"}}};
    write("ERROR", headers, "The server speaks " + std::string(supported));
    end();
    return false;
}

bool session::agree_heart_beat(const frame& got) {
    const std::string* const asked = got.find("heart-beat");
    const std::optional<beats> told = asked ? read_beats(*asked) : std::optional(beats{});
    if (!told) {
        fail({.message = "heart-beat is two numbers with a comma between them"});
        return false;
    }
    if (version_ == version::v1_0) return true;
    send_every_ = agreed(terms_.heart_beat, told->wants);
    hear_every_ = agreed(told->sends, terms_.heart_beat);
    return true;
}

void session::accept(std::string_view id, std::span<const header_view> more) {
    if (state_ != state::connecting) return;
    state_ = state::connected;
    const std::string interval = std::to_string(terms_.heart_beat.count());
    const std::string heart_beats = interval + ',' + interval;
    std::vector<header_view> headers{{"version", text(version_)}, {"session", id}, {"server", server_name}};
    if (version_ != version::v1_0) headers.emplace_back("heart-beat", heart_beats);
    headers.insert(headers.end(), more.begin(), more.end());
    write("CONNECTED", headers);
    silence_.disarm();
    note_life();
    if (send_every_.count() != 0) home_.timers().arm(beat_, home_.now() + send_every_ / 2);
}

// ---- frames of a client that is in

std::optional<refusal> session::act(frame& got) {
    if (got.command == "BEGIN") return begin(got);
    if (got.command == "COMMIT") return commit(got);
    if (got.command == "ABORT") return abort(got);
    const bool may_wait = got.command == "SEND" || got.command == "ACK" || got.command == "NACK";
    if (may_wait && got.find("transaction")) return hold(got);
    return perform(got);
}

std::optional<refusal> session::perform(frame& got) {
    if (got.command == "SEND") return send(got);
    if (got.command == "SUBSCRIBE") return subscribe(got);
    if (got.command == "UNSUBSCRIBE") return unsubscribe(got);
    if (got.command == "ACK") return acknowledge(got);
    if (got.command == "NACK" && version_ != version::v1_0) return acknowledge(got);
    return refusal{.message = "unknown command", .details = got.command};
}

std::optional<refusal> session::send(frame& got) {
    if (got.value("destination").empty()) return missing("destination", got);
    return owner_.on_send(*this, got);
}

std::optional<refusal> session::subscribe(const frame& got) {
    if (got.value("destination").empty()) return missing("destination", got);
    if (version_ != version::v1_0 && !got.find("id")) return missing("id", got);
    subscription made{.id = std::string(got.value("id")),
                      .destination = std::string(got.value("destination"))};
    const std::string_view mode = got.find("ack") ? got.value("ack") : "auto";
    if (mode == "client") {
        made.ack = ack_mode::client;
    } else if (mode == "client-individual" && version_ != version::v1_0) {
        made.ack = ack_mode::individual;
    } else if (mode != "auto") {
        return refusal{.message = "unknown ack mode", .details = std::string(mode)};
    }
    if (made.id.empty()) made.id = made.destination;
    if (find(made.id)) return refusal{.message = "the subscription id is in use", .details = made.id};
    if (subscriptions_.size() >= terms_.max_subscriptions)
        return refusal{.message = "too many subscriptions"};
    if (std::optional<refusal> why = owner_.on_subscribe(*this, made, got)) return why;
    subscriptions_.push_back(std::move(made));
    return std::nullopt;
}

std::optional<refusal> session::unsubscribe(const frame& got) {
    const bool by_id = got.find("id") || version_ != version::v1_0;
    const std::string_view name = got.value(by_id ? "id" : "destination");
    if (name.empty()) return missing("id", got);
    const auto found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                    [&](const subscription& each) { return each.id == name; });
    if (found == subscriptions_.end())
        return refusal{.message = "no such subscription", .details = std::string(name)};
    const subscription ended = std::move(*found);
    subscriptions_.erase(found);
    owner_.on_unsubscribe(*this, ended);
    return std::nullopt;
}

std::optional<refusal> session::acknowledge(const frame& got) {
    const std::string_view name = version_ == version::v1_2 ? "id" : "message-id";
    if (got.value(name).empty()) return missing(name, got);
    return owner_.on_ack(*this, got.value(name), got.value("subscription"), got.command == "ACK");
}

const subscription* session::find(std::string_view id) const noexcept {
    const auto found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                    [&](const subscription& each) { return each.id == id; });
    return found == subscriptions_.end() ? nullptr : &*found;
}

// ---- transactions

std::optional<refusal> session::begin(const frame& got) {
    const std::string_view name = got.value("transaction");
    if (name.empty()) return missing("transaction", got);
    if (transactions_.contains(name))
        return refusal{.message = "the transaction is open already", .details = std::string(name)};
    if (transactions_.size() >= terms_.max_transactions) return refusal{.message = "too many transactions"};
    transactions_.emplace(name, transaction{});
    return std::nullopt;
}

/// Keeps a frame until its transaction ends.
std::optional<refusal> session::hold(frame& got) {
    const auto found = transactions_.find(got.value("transaction"));
    if (found == transactions_.end())
        return refusal{.message = "no such transaction", .details = std::string(got.value("transaction"))};
    const std::size_t size = size_of(got);
    if (held_bytes_ + size > terms_.max_transaction_bytes)
        return refusal{.message = "the transactions hold too much"};
    held_bytes_ += size;
    found->second.bytes += size;
    found->second.frames.push_back(got);
    return std::nullopt;
}

std::optional<refusal> session::commit(const frame& got) {
    auto found = transactions_.extract(std::string(got.value("transaction")));
    if (found.empty())
        return refusal{.message = "no such transaction", .details = std::string(got.value("transaction"))};
    held_bytes_ -= found.mapped().bytes;
    for (frame& each : found.mapped().frames) {
        if (std::optional<refusal> why = perform(each)) return why;
        if (state_ != state::connected) break;
    }
    return std::nullopt;
}

std::optional<refusal> session::abort(const frame& got) {
    const auto found = transactions_.extract(std::string(got.value("transaction")));
    if (found.empty())
        return refusal{.message = "no such transaction", .details = std::string(got.value("transaction"))};
    held_bytes_ -= found.mapped().bytes;
    return std::nullopt;
}

// ---- what the server sends

void session::write(std::string_view command, std::span<const header_view> headers, std::string_view body) {
    out_.clear();
    append_frame(out_, version_, command, headers, body);
    last_sent_ = home_.now();
    wire_.send(out_);
}

void session::deliver(const subscription& to, std::string_view destination, std::string_view message_id,
                      std::string_view ack, std::span<const header_view> headers, std::string_view body) {
    if (state_ != state::connected) return;
    std::vector<header_view> all{{"destination", destination}, {"message-id", message_id}};
    all.emplace_back("subscription", to.id);
    if (!ack.empty() && version_ == version::v1_2) all.emplace_back("ack", ack);
    all.insert(all.end(), headers.begin(), headers.end());
    write("MESSAGE", all, body);
}

void session::give_receipt(const frame& got) {
    const std::string* const wanted = got.find("receipt");
    if (!wanted) return;
    const std::array<header_view, 1> headers{{{"receipt-id", *wanted}}};
    write("RECEIPT", headers);
}

// ---- heart-beats

/// Any bytes show that the client lives.
void session::note_life() {
    if (hear_every_.count() == 0) return;
    home_.timers().arm_about(silence_, home_.now() + hear_every_ * terms_.heart_beat_tolerance, home_.now());
}

void session::on_silence(engine::time_point) {
    if (state_ == state::leaving) return end();
    fail({.message = state_ == state::connected ? "no heart-beat came in time" : "no CONNECT came in time"});
}

void session::on_beat(engine::time_point now) {
    const engine::duration half = std::max(send_every_ / 2, engine::duration{1});
    if (now - last_sent_ >= half) {
        last_sent_ = now;
        wire_.send(heart_beat);
    }
    home_.timers().arm(beat_, now + half);
}

// ---- the end

/// All earlier frames were performed: the receipt says so, and the client closes.
void session::disconnect(const frame& got) {
    give_receipt(got);
    state_ = state::leaving;
    beat_.disarm();
    home_.timers().arm(silence_, home_.now() + terms_.disconnect_timeout);
}

void session::fail(const refusal& why) {
    fail(why, {});
}

void session::fail(const refusal& why, std::string_view receipt) {
    if (state_ == state::over || state_ == state::leaving) return;
    std::vector<header_view> headers{{"message", why.message}};
    if (!receipt.empty()) headers.emplace_back("receipt-id", receipt);
    if (!why.details.empty()) headers.emplace_back("content-type", "text/plain");
    write("ERROR", headers, why.details);
    end();
}

void session::lose() {
    if (std::exchange(state_, state::over) == state::over) return;
    silence_.disarm();
    beat_.disarm();
    transactions_.clear();
    owner_.on_close(*this);
}

void session::end() {
    if (state_ == state::over) return;
    wire_.close();
    lose();
}

}  // namespace kedge::stomp
