#include <kedge/cluster/redis/sentinel_watch.hpp>

#include <charconv>
#include <utility>

#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr engine::duration between_questions{1000};

std::optional<transports::dial_address> read_address(resp_value from) {
    const auto host = from[0].text();
    const auto port = from[1].text();
    transports::dial_address made{std::string(host), 0, {}};
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), made.port);
    if (host.empty() || error != std::errc() || end != port.data() + port.size() || made.port == 0)
        return std::nullopt;
    return made;
}

}  // namespace

sentinel_watch::sentinel_watch(engine::loop& home, std::string master, hooks told)
    : home_(home),
      name_(std::move(master)),
      hooks_(std::move(told)),
      again_(engine::timer::calls<&sentinel_watch::on_time, sentinel_watch>(), this) {}

void sentinel_watch::on_ready() {
    ask();
}

void sentinel_watch::on_down() {
    again_.disarm();
}

void sentinel_watch::on_trouble(std::string_view, std::string_view why) {
    hooks_.on_trouble("a sentinel cannot be reached", why);
}

void sentinel_watch::ask() {
    if (!link_->ready()) return;  // on_ready() will
    link_->send(make_command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", name_}),
                [this](resp_value reply) { on_answer(reply); });
}

/// One that knows no master, or has lost touch, is left for the next.
void sentinel_watch::on_answer(resp_value reply) {
    if (!link_->ready()) return;
    auto found = read_address(reply);
    if (!found) {
        hooks_.on_trouble("a sentinel does not know the master", reply.is_error() ? reply.text() : name_);
        return link_->reconnect("it does not know the master");
    }
    home_.timers().arm(again_, home_.now() + between_questions);
    if (master_ && master_->host == found->host && master_->port == found->port) return;
    master_ = std::move(found);
    hooks_.on_master(*master_);
}

}  // namespace kedge::cluster
