#include <kedge/stomp/relay/broker_link.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <kedge/stomp/frames/heart_beats.hpp>

namespace kedge::stomp {

namespace {

frame told(std::string_view why) {
    return {.command = "ERROR", .headers = {{"message", std::string(why)}}, .body = {}};
}

}  // namespace

broker_link::broker_link(engine::loop& home, broker_wire& to, link_terms terms, broker_link_user& user)
    : home_(home),
      wire_(to),
      terms_(std::move(terms)),
      user_(user),
      parser_(terms_.limits),
      silence_(engine::timer::calls<&broker_link::on_silence, broker_link>(), this),
      beat_(engine::timer::calls<&broker_link::on_beat, broker_link>(), this) {}

void broker_link::introduce(std::string login, std::string passcode, version speaks) {
    terms_.login = std::move(login);
    terms_.passcode = std::move(passcode);
    terms_.speaks = speaks;
}

// ---- the beginning

void broker_link::start() {
    if (state_ != state::off) return;
    state_ = state::connecting;
    reached_ = false;
    parser_ = frame_parser(terms_.limits);
    parser_.speak(terms_.speaks);
    home_.timers().arm(silence_, home_.now() + terms_.connect_timeout);
    wire_.connect();
}

void broker_link::on_connected() {
    if (state_ != state::connecting) return;
    state_ = state::greeting;
    reached_ = true;
    const std::string offered = write_heart_beats(terms_.heart_beat);
    std::vector<header_view> headers{{"accept-version", text(terms_.speaks)}, {"host", terms_.virtual_host}};
    if (terms_.speaks != version::v1_0) headers.emplace_back("heart-beat", offered);
    if (!terms_.login.empty()) {
        headers.emplace_back("login", terms_.login);
        headers.emplace_back("passcode", terms_.passcode);
    }
    write("CONNECT", headers);
}

void broker_link::on_greeting(const frame& got) {
    if (got.command != "CONNECTED") return lose("the broker does not greet");
    const std::string_view spoken = got.find("version") ? got.value("version") : "1.0";
    if (spoken != text(terms_.speaks))
        return lose("the broker speaks version " + std::string(spoken) + " only");
    const heart_beats its = read_heart_beats(got.value("heart-beat")).value_or(heart_beats{});
    const bool beats = terms_.speaks != version::v1_0;
    send_every_ = beats ? agreed(terms_.heart_beat, its.wants) : engine::duration{0};
    hear_every_ = beats ? agreed(its.sends, terms_.heart_beat) : engine::duration{0};
    state_ = state::ready;
    silence_.disarm();
    note_life();
    if (send_every_.count() != 0) home_.timers().arm(beat_, home_.now() + send_every_ / 2);
    user_.on_ready();
}

// ---- frames

void broker_link::write(std::string_view command, std::span<const header_view> headers,
                        std::string_view body) {
    out_.clear();
    append_frame(out_, terms_.speaks, command, headers, body);
    last_sent_ = home_.now();
    wire_.send(out_);
}

void broker_link::send(std::string_view command, std::span<const header_view> headers,
                       std::string_view body) {
    if (state_ != state::ready) return;
    left_ = left_ || command == "DISCONNECT";
    write(command, headers, body);
    if (congested_ || wire_.unsent() <= terms_.max_unsent) return;
    congested_ = true;
    wire_.want_drain();
}

void broker_link::on_drained() {
    if (std::exchange(congested_, false) && state_ == state::ready) user_.on_room();
}

void broker_link::hold(bool held) {
    if (std::exchange(held_, held) == held || state_ == state::off) return;
    if (held) return wire_.pause();
    note_life();
    wire_.resume();
}

void broker_link::on_bytes(std::string_view bytes) {
    if (state_ == state::ready) note_life();
    while (!bytes.empty() && (state_ == state::greeting || state_ == state::ready)) {
        const frame_parser::outcome got = parser_.feed(bytes);
        if (got == frame_parser::outcome::broken)
            return lose("the broker sent what is no STOMP: " + std::string(parser_.problem()));
        if (got == frame_parser::outcome::frame) on_frame(parser_.read());
    }
}

void broker_link::on_frame(frame& got) {
    if (got.command == "ERROR") return lose(std::move(got));
    if (state_ == state::greeting) return on_greeting(got);
    if (got.command == "MESSAGE" || got.command == "RECEIPT") user_.on_frame(got);
}

// ---- heart-beats

/// Any bytes show that the broker lives. Who does not read hears nothing, and that shows nothing.
void broker_link::note_life() {
    if (hear_every_.count() == 0 || state_ != state::ready) return;
    home_.timers().arm_about(silence_, home_.now() + hear_every_ * terms_.heart_beat_tolerance, home_.now());
}

void broker_link::on_silence(engine::time_point) {
    if (state_ != state::ready) return lose("the broker did not answer in time");
    if (held_) return note_life();
    lose("no heart-beat of the broker came in time");
}

void broker_link::on_beat(engine::time_point now) {
    const engine::duration half = std::max(send_every_ / 2, engine::duration{1});
    if (now - last_sent_ >= half) {
        last_sent_ = now;
        wire_.send(heart_beat);
    }
    home_.timers().arm(beat_, now + half);
}

// ---- the end

void broker_link::rest() noexcept {
    state_ = state::off;
    silence_.disarm();
    beat_.disarm();
    congested_ = false;
    held_ = false;
    left_ = false;
    send_every_ = hear_every_ = engine::duration{0};
}

void broker_link::stop() {
    if (state_ == state::off) return;
    const bool greeted = state_ == state::ready;
    if (greeted && !left_) write("DISCONNECT", {});
    rest();
    greeted ? wire_.finish() : wire_.hang_up();
}

void broker_link::lose(std::string_view why) {
    lose(told(why));
}

/// The frame is a copy: it outlives the parser, which a new start resets.
void broker_link::lose(frame why) {
    if (state_ == state::off) return;
    rest();
    wire_.hang_up();
    user_.on_lost(why);
}

void broker_link::on_lost(std::string_view why) {
    if (state_ == state::off) return;
    rest();
    user_.on_lost(told(why));
}

}  // namespace kedge::stomp
