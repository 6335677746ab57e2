#include <kedge/engine/upgrade.hpp>

namespace kedge::engine {

namespace {

/// While the client waits for its last poll to be answered, how often that is offered.
constexpr duration noop_cadence{100};

bool is_probe(const packet& received) noexcept {
    return received.type == packet_type::ping && received.content == content_kind::text &&
           std::string_view(received.data.data(), received.data.size()) == "probe";
}

}  // namespace

upgrade::upgrade(upgrade_owner& owner, loop& home, const options& settings, std::unique_ptr<transport> to)
    : owner_(owner),
      home_(home),
      to_(std::move(to)),
      timeout_(timer::calls<&upgrade::on_timeout, upgrade>(), this),
      cadence_(timer::calls<&upgrade::on_cadence, upgrade>(), this) {
    to_->owner(this);
    home_.timers().arm(timeout_, later(home_.now(), settings.upgrade_timeout));
}

void upgrade::stop() noexcept {
    ended_ = true;
    timeout_.disarm();
    cadence_.disarm();
}

std::unique_ptr<transport> upgrade::abandon() noexcept {
    stop();
    return std::move(to_);
}

void upgrade::on_packet(transport&, packet& received, const request*) {
    if (ended_) return;
    if (is_probe(received)) {
        answer_probe();
    } else if (received.type == packet_type::upgrade) {
        owner_.on_upgraded(abandon());
    } else {
        fail();
    }
}

void upgrade::answer_probe() {
    if (!to_->writable()) return;  // a peer that asks and does not read is not answered for ever
    const outbound answer{packet_type::pong, content_kind::text, true, "probe", nullptr};
    to_->send({&answer, 1});
    home_.timers().arm(cadence_, home_.now() + noop_cadence);
    owner_.on_probe(*to_);
}

void upgrade::on_garbage(transport&) {
    if (!ended_) fail();
}

void upgrade::on_error(transport&, std::string_view) {
    if (ended_) return;
    discard(*to_);
    stop();
    owner_.on_upgrade_failed(nullptr);
}

/// The transport has ended by itself. Since it is the caller, it stays here until the upgrade is destroyed.
void upgrade::on_close(transport&) {
    if (ended_) return;
    stop();
    owner_.on_upgrade_failed(nullptr);
}

void upgrade::fail() {
    owner_.on_upgrade_failed(abandon());
}

void upgrade::on_timeout(time_point) {
    fail();
}

void upgrade::on_cadence(time_point now) {
    home_.timers().arm(cadence_, now + noop_cadence);
    owner_.on_poll_to_end();
}

}  // namespace kedge::engine
