#include <kedge/stomp/session/session.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <kedge/stomp/frames/heart_beats.hpp>

namespace kedge::stomp {

namespace {

constexpr std::string_view supported = "1.0,1.1,1.2";
constexpr std::string_view server_name = "kedge/0.1.0";

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

std::string trimmed(const std::string& text) {
    const std::size_t from = text.find_first_not_of(" \t");
    if (from == std::string::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

}  // namespace

session::session(engine::loop& home, const options& terms, wire& to, session_owner& owner)
    : home_(home),
      terms_(terms),
      wire_(to),
      owner_(owner),
      parser_({.head = terms.max_head_bytes, .headers = terms.max_headers, .body = terms.max_body_bytes}),
      silence_(engine::timer::calls<&session::on_silence, session>(), this),
      beat_(engine::timer::calls<&session::on_beat, session>(), this),
      transactions_(terms) {
    home_.timers().arm(silence_, engine::later(home_.now(), terms_.connect_timeout));
}

// ---- what the client sends

void session::receive(std::string_view bytes) {
    while (receive_frame(bytes)) {
    }
}

bool session::receive_frame(std::string_view& bytes) {
    if (bytes.empty() || state_ == state::leaving || state_ == state::over) return false;
    if (state_ == state::connected) note_life();
    const frame_parser::outcome got = parser_.feed(bytes);
    if (got == frame_parser::outcome::broken) fail({.message = std::string(parser_.problem())});
    if (got == frame_parser::outcome::frame) on_frame(parser_.read());
    return true;
}

void session::on_frame(frame& got) {
    const bool connects = got.command == "CONNECT" || got.command == "STOMP";
    if (connects && state_ == state::fresh) return on_connect(got);
    if (connects || state_ != state::connected)
        return fail({.message = connects ? "connected already" : "CONNECT comes first"},
                    got.value("receipt"));
    if (got.command == "DISCONNECT") return disconnect(got);
    const std::string receipt(got.value("receipt"));  // the frame may be kept by whom it is for
    receipt_wanted_ = receipt;
    const bool wanted = got.find("receipt") != nullptr;
    if (const std::optional<refusal> why = act(got)) return fail(*why, receipt);
    if (wanted && state_ == state::connected) give_receipt(receipt);
}

void session::on_connect(frame& got) {
    if (!agree_version(got) || !agree_heart_beat(got)) return;
    // What clients of 1.0 write around a value is none of it.
    if (version_ == version::v1_0) {
        for (auto& [name, value] : got.headers) value = trimmed(value);
    }
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
    failed_ = true;
    write("ERROR", headers, "The server speaks " + std::string(supported));
    end();
    return false;
}

bool session::agree_heart_beat(const frame& got) {
    const std::string* const asked = got.find("heart-beat");
    const std::optional<heart_beats> told = asked ? read_heart_beats(*asked) : std::optional(heart_beats{});
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
    const std::string offered = write_heart_beats(terms_.heart_beat);
    std::vector<header_view> headers{{"version", text(version_)}, {"session", id}, {"server", server_name}};
    if (version_ != version::v1_0) headers.emplace_back("heart-beat", offered);
    headers.insert(headers.end(), more.begin(), more.end());
    write("CONNECTED", headers);
    silence_.disarm();
    note_life();
    if (send_every_.count() != 0) home_.timers().arm(beat_, home_.now() + send_every_ / 2);
    if (send_every_.count() != 0 && hear_every_.count() != 0) wire_.on_heart_beats();
}

// ---- what the server sends

void session::write(std::string_view command, std::span<const header_view> headers, std::string_view body) {
    out_.clear();
    append_frame(out_, version_, command, headers, body);
    last_sent_ = home_.now();
    wire_.send(out_);
}

bool session::deliver(const subscription& to, std::string_view destination, std::string_view message_id,
                      std::string_view ack, std::span<const header_view> headers, std::string_view body) {
    if (state_ != state::connected) return false;
    std::vector<header_view> all;
    all.reserve(headers.size() + 4);
    all.emplace_back("destination", destination);
    all.emplace_back("message-id", message_id);
    if (to.named) all.emplace_back("subscription", to.id);
    if (!ack.empty() && version_ == version::v1_2) all.emplace_back("ack", ack);
    all.insert(all.end(), headers.begin(), headers.end());
    write("MESSAGE", all, body);
    return state_ == state::connected;
}

void session::pass(const frame& message) {
    if (state_ != state::connected) return;
    std::vector<header_view> headers;
    for (const auto& [name, value] : message.headers) {
        if (name != "content-length") headers.emplace_back(name, value);
    }
    write("MESSAGE", headers, message.body);
}

void session::give_receipt(std::string_view receipt) {
    receipts_.add(receipt);
    give_receipts();
}

void session::give_receipts() {
    while (const std::optional<std::string> receipt = receipts_.next()) {
        const std::array<header_view, 1> headers{{{"receipt-id", *receipt}}};
        write("RECEIPT", headers);
        if (state_ == state::over) return;
    }
}

void session::settle(std::uint64_t errand, const std::optional<refusal>& why) {
    if (state_ != state::connected && state_ != state::leaving) return;
    const std::optional<std::string> receipt = receipts_.end(errand);
    if (!receipt) return;
    if (why) return fail(*why, *receipt);
    give_receipts();
}

// ---- heart-beats

/// Any bytes show that the client lives.
void session::note_life() {
    if (hear_every_.count() == 0) return;
    home_.timers().arm_about(silence_, engine::later(home_.now(), hear_every_ * terms_.heart_beat_tolerance),
                             home_.now());
}

void session::hold(bool held) {
    if (std::exchange(held_, held) == held || state_ == state::over) return;
    wire_.hold(held);
    if (!held && state_ == state::connected) note_life();
}

void session::on_silence(engine::time_point) {
    if (state_ == state::leaving) return end();
    if (held_) return note_life();
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
    receipt_wanted_ = got.value("receipt");
    owner_.on_disconnect(*this);
    if (state_ == state::over) return;
    if (const std::string* const receipt = got.find("receipt")) give_receipt(*receipt);
    if (state_ == state::over) return;
    state_ = state::leaving;
    beat_.disarm();
    home_.timers().arm(silence_, engine::later(home_.now(), terms_.disconnect_timeout));
}

void session::fail(const refusal& why) {
    if (state_ != state::leaving) fail(why, {});
}

/// Who is leaving is told as well what became of its frames.
void session::fail(const refusal& why, std::string_view receipt) {
    if (state_ == state::over) return;
    failed_ = true;
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
    hold(false);  // or the client's farewell would not be read
    wire_.close();
    lose();
}

}  // namespace kedge::stomp
